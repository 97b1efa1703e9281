"""A whole reduction in a session that is a process of this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_hub import HubSite, running_hub
from tests_reduction import import_observation, reduce_and_come_back
from tests_sessions import Session

CONFIG = Path(__file__).with_name("hub_config_whole.py")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[HubSite]:
    with running_hub(tmp_path, CONFIG) as running:
        import_observation(running, tmp_path)
        yield running


@pytest.mark.timeout(600)
def test_a_reduction_is_found_again_and_restored(site: HubSite) -> None:
    reduce_and_come_back(Session(site, "ada", "reduction"))
