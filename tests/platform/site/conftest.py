from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests_processes import processes_of
from tests_provisioner import mount
from tests_site import MakeSite, RunningSite

__all__ = ["mount"]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """Make sites that are gone after the test; it fails when a process of theirs is not."""
    made: list[RunningSite] = []

    def make(state: Path | None = None, **settings: str) -> RunningSite:
        site = RunningSite(state or tmp_path / "state", **{"CASAHUB_SAMPLES": "false"} | settings)
        made.append(site)
        return site

    yield make
    left = [each for site in made for each in processes_of(site.state).items()]
    for pid, _command in left:
        psutil.Process(pid).kill()
    assert left == []
