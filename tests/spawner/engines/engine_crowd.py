"""Fifty people press start at the same moment, as a class does.

Run by `test_on_engines`, where the engines are.
"""

import pwd
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import tests_apptainer
import tests_docker
from tests_hub import HubSite, running_hub
from tests_lab import DEEP
from tests_sessions import Session
from tests_troubles import leases

CROWD = 50
LEFT: dict[str, Callable[[Path], list[str]]] = {
    "docker": lambda _state: tests_docker.left_behind(),
    "apptainer": tests_apptainer.left_behind,
}


@pytest.fixture
def state() -> Iterator[Path]:
    """The site's directory, which another account can reach into, unlike pytest's own."""
    with TemporaryDirectory(prefix="casahub-crowd-") as state:
        Path(state).chmod(0o755)
        yield Path(state)


@pytest.fixture(params=list(LEFT) if DEEP else ["docker"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(engine: str, state: Path) -> Iterator[HubSite]:
    config = Path(__file__).with_name(f"hub_config_{engine}.py")
    account = pwd.getpwnam("www-data")  # Apptainer wants one that has a name
    options = ["--session-account", f"{account.pw_uid}:{account.pw_gid}"]
    with running_hub(state, config, options=options) as running:
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
    assert (LEFT[engine](state), leases(site)) == ([], [])
