"""The lab, for all tests that boot it."""

import pytest
from tests_lab import BUILDS, VERSIONS, Lab


@pytest.fixture(scope="session", params=VERSIONS)
def lab(request: pytest.FixtureRequest) -> Lab:
    """The lab on each OpenZFS. A build that is impossible here says why; a failing one fails."""
    version: str = request.param
    request.config.stash[BUILDS][version].require()
    return Lab(version)


@pytest.fixture(scope="session")
def labs(request: pytest.FixtureRequest) -> list[Lab]:
    """Every lab that could be built, of the versions that are tested."""
    begun = request.config.stash[BUILDS]
    return [Lab(each) for each in VERSIONS if each in begun and begun[each].process.wait() == 0]
