"""A whole reduction in a session of each engine, in the image that is shipped.

Run by `test_on_engines`, where the engines are. `tests/spawner/test_reduction.py` tells the same
story of a process of this machine.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_engines import hub_on, open_directory
from tests_hub import HubSite
from tests_reduction import import_observation, reduce_and_come_back
from tests_sessions import Session


@pytest.fixture
def state() -> Iterator[Path]:
    with open_directory() as state:
        yield state


@pytest.fixture(params=["docker", "apptainer"])
def site(request: pytest.FixtureRequest, state: Path) -> Iterator[HubSite]:
    with hub_on(request.param, state) as running:
        import_observation(running, state)
        yield running


@pytest.mark.timeout(900)
def test_a_reduction_is_found_again_and_restored(site: HubSite) -> None:
    reduce_and_come_back(Session(site, "ada", "reduction"))
