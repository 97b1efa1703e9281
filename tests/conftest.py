"""What all tests share: how property tests explore, and labs that are built beside the tests.

Property tests take the same examples each time in the gate, new ones in `make fuzz`.
"""

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from tests_lab import BUILDS, RECIPES, Engines, builds, wanted

# No deadline: an example that waits for its turn on a busy machine is not slow.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("gate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest into the middle, where tests run side by side.

    What they need has been built by then, and none of them runs alone at the end.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [each for each in files.values() if any(map(_may_take_long, each))]
    rest = [each for each in files.values() if each not in long]
    middle = len(rest) // 2
    ordered = [*rest[:middle], *long, *rest[middle:]]
    items[:] = [item for file in ordered for item in file]


def _may_take_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("timeout") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let a first run spend the minutes of building labs on the other tests."""
    names = sorted({name for item in session.items for name in wanted(item)})
    with builds({name: RECIPES[name] for name in names}) as begun:
        session.config.stash[BUILDS] = begun
        return (yield)


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Engines:
    """Docker and Apptainer. A build that is impossible here says why; a failing one fails."""
    request.config.stash[BUILDS]["engines"].require()
    return Engines()
