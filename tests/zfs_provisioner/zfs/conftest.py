"""The lab, for all tests that boot it: its builds begin with the first test of a run."""

from collections.abc import Generator

import pytest
from tests_lab import VERSIONS, Build, Lab, builds

_BUILDS = pytest.StashKey[dict[str, Build]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let a first run spend the minutes of building on the other tests."""
    booted = {
        str(item.callspec.params["lab"])
        for item in session.items
        if isinstance(item, pytest.Function)
        and hasattr(item, "callspec")
        and "lab" in item.callspec.params
    }
    with builds(sorted(booted)) as begun:
        session.config.stash[_BUILDS] = begun
        return (yield)


@pytest.fixture(scope="session", params=VERSIONS)
def lab(request: pytest.FixtureRequest) -> Lab:
    """The lab on each OpenZFS. A build that is impossible here says why; a failing one fails."""
    version: str = request.param
    request.config.stash[_BUILDS][version].require()
    return Lab(version)


@pytest.fixture(scope="session")
def labs(request: pytest.FixtureRequest) -> list[Lab]:
    """Every lab that could be built, of the versions that are tested."""
    begun = request.config.stash[_BUILDS]
    return [Lab(version) for version, build in begun.items() if build.process.wait() == 0]
