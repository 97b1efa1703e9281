"""A running site, and people with browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser
from tests_browser import Person, browser
from tests_filesystems import NotHereError, mounted
from tests_lab import DEEP
from tests_site import RunningSite

__all__ = ["browser"]

CHECKOUT: Final = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def artefacts() -> Path:
    place = CHECKOUT / "artefacts" / "screenshots"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="session", params=["here", "btrfs"] if DEEP else ["here"])
def disk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """This machine's own filesystem, and one that clones whole subvolumes."""
    directory = tmp_path_factory.mktemp("casahub")
    if request.param == "here":
        yield directory
        return
    try:
        with mounted(request.param, "4G", directory) as place:
            yield place
    except NotHereError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def running_site(disk: Path) -> Iterator[RunningSite]:
    with RunningSite(disk / "var").running() as site:
        yield site


@pytest.fixture(scope="module")
def person(
    browser: Browser,  # the fixture of this name
    running_site: RunningSite,
    artefacts: Path,
) -> Iterator[Callable[..., Person]]:
    """Give people their own browsers: cookies of one are not the other's."""
    contexts = []

    def enter(name: str, *, dark: bool = False) -> Person:
        context = browser.new_context(
            viewport={"width": 1280, "height": 1000}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        return Person(context, running_site.url, artefacts, name)

    yield enter
    for context in contexts:
        context.close()
