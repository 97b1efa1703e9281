"""A hub that asks for its servers once an hour, and is killed: events tell it what happened."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from tests_gate import Gate
from tests_hub import HubSite, running_hub, until
from tests_processes import SLOWNESS
from tests_sessions import Session, processes_of_sessions

CONFIG = Path(__file__).with_name("hub_config_patient.py")
AT_ONCE = 20 * SLOWNESS  # seconds on a busy machine; otherwise it would be minutes, or an hour


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    state = tmp_path_factory.mktemp("patient")
    with Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening() as gate:
        yield gate


@pytest.fixture(scope="module")
def site(gate: Gate) -> Iterator[HubSite]:
    """The site of these tests; when they ended, nothing of their sessions is left."""
    with running_hub(gate.path.parent, CONFIG) as running:
        yield running
        assert processes_of_sessions(running) == set()
        assert [
            each.id for each in running.ask(lambda client: client.workspaces()) if each.lease
        ] == []


def kill_hub(site: HubSite) -> None:
    site.hub.stop(signal.SIGKILL)


def kill_server(session: Session) -> None:
    before = time.monotonic()
    os.kill(session.pid, signal.SIGKILL)
    session.await_stopped()
    assert time.monotonic() - before < AT_ONCE


def test_a_killed_server_is_noticed_at_once(site: HubSite) -> None:
    session = Session(site, "ella", "watched")
    session.started(dataset="ngc5921", name="Watched")
    kill_server(session)
    assert session.workspace().lease is None


def test_a_server_stops_while_the_renewal_of_its_lease_waits(site: HubSite, gate: Gate) -> None:
    session = Session(site, "ella", "renewed")
    made = session.started(dataset="ngc5921", name="Renewed")
    with ThreadPoolExecutor() as pool, gate.holding("PUT /v1/workspaces/") as caught:
        stopping = pool.submit(session.end)
        assert caught.wait(20)
        until("no process is left", lambda: processes_of_sessions(site) == set())
        assert session.workspace(made.id).lease
    assert stopping.result().is_success
    session.await_stopped()
    assert session.workspace(made.id).lease is None


def lets_in(session: Session) -> bool:
    """Tell whether the server knows who asks: one that asked the killed hub refuses for a while."""
    try:
        session.ask("GET", "api/contents")
    except httpx.HTTPStatusError:
        return False
    return True


def test_a_server_that_was_starting_when_the_hub_was_killed_is_taken_over(site: HubSite) -> None:
    session = Session(site, "ella", "watched")
    session.start()
    until("the server is starting", lambda: session.model().get("state", {}).get("pid"))
    pid = session.pid
    kill_hub(site)
    assert psutil.pid_exists(pid)
    site.restart_hub()
    until("it is ready", lambda: session.model().get("ready"), 90)
    assert session.pid == pid
    until("the server asks the next hub who we are", lambda: lets_in(session), 90)
    session.write("taken-over.txt", "by the next hub")
    kept = session.workspace()
    assert kept.lease
    kill_server(session)  # noticed at once by a hub that did not start it
    assert len(session.checkpoints(kept)) == 1


def test_a_new_hub_knows_how_long_starts_took(site: HubSite) -> None:
    session = Session(site, "ella", "usual")
    for _ in range(3):
        session.started(dataset="ngc5921", name="Usual")
        session.stop()
    kill_hub(site)
    site.restart_hub()
    session.start(dataset="ngc5921", name="Usual")
    assert any(", usually " in event.get("message", "") for event in session.progress())
    session.stop()


def test_a_start_without_a_server_yet_is_forgotten_when_the_hub_was_killed(
    site: HubSite, gate: Gate
) -> None:
    session = Session(site, "ella", "cloning")
    with gate.holding("PUT /v1/workspaces/") as caught:
        session.start(dataset="ngc5921", name="Cloning")
        assert caught.wait(20)
        kill_hub(site)
    site.restart_hub()
    session.await_stopped()
    [made] = [each for each in session.workspaces() if each.spec.name == "Cloning"]
    assert made.lease is None
    again = session.started(dataset="ngc5921", name="Cloning")
    assert again.id == made.id
    session.stop()
