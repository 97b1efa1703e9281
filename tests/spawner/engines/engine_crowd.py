"""Fifty people press start at the same moment, as a class does.

Run by `test_on_engines`, where the engines are.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests_engines import LEFT_BEHIND, hub_on, open_directory
from tests_hub import HubSite
from tests_lab import DEEP
from tests_sessions import Session
from tests_troubles import leases

CROWD = 50


@pytest.fixture
def state() -> Iterator[Path]:
    with open_directory() as state:
        yield state


@pytest.fixture(params=list(LEFT_BEHIND) if DEEP else ["docker"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(engine: str, state: Path) -> Iterator[HubSite]:
    with hub_on(engine, state) as running:
        yield running


@pytest.mark.timeout(900)
def test_fifty_start_at_once_and_nothing_is_left(site: HubSite, engine: str, state: Path) -> None:
    sessions = [Session(site, f"user{number}", "crowd") for number in range(CROWD)]

    def start(session: Session) -> list[dict[str, Any]]:
        session.start(dataset="ngc5921")
        return session.progress()

    with ThreadPoolExecutor(CROWD) as pool:
        told = list(pool.map(start, sessions))
        assert [events[-1] for events in told if not events[-1].get("ready")] == []
        messages = [event.get("message", "") for events in told for event in events]
        assert any("Waiting for 10 earlier starts" in each for each in messages)
        workspaces = {each.workspace().id for each in sessions}
        assert len(workspaces) == CROWD
    with ThreadPoolExecutor(5) as pool:  # a class goes home less suddenly than it comes
        list(pool.map(Session.stop, sessions))
    assert (LEFT_BEHIND[engine](state), leases(site)) == ([], [])
