"""A hub is killed, or forgets: what it had started does not go on for ever, and work is kept."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from casahub.reconciler import Access
from casahub_spawner.found import FoundSession
from casahub_spawner.marks import marks, sessions
from tests_command import Command
from tests_gate import Gate
from tests_hub import HubSite, running_hub, until
from tests_leaks import leaks, refuse_leaks, refuse_leftovers
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind

CONFIG = Path(__file__).with_name("hub_config_reconciled.py")


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """The gate between the hub and the provisioner; the site is beside it."""
    state = tmp_path_factory.mktemp("site")
    with Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening() as gate:
        yield gate


@pytest.fixture(scope="module")
def site(gate: Gate) -> Iterator[HubSite]:
    with running_hub(gate.path.parent, CONFIG) as running:
        yield running
        refuse_leaks(running)
    refuse_leftovers(running)


def found(site: HubSite) -> list[FoundSession]:
    return asyncio.run(sessions(str(site.settings.state)))


def kill_hub(site: HubSite) -> None:
    site.hub.stop(signal.SIGKILL)


def forget(site: HubSite, session: Session) -> None:
    """Let the database be one from before the server was made."""
    with contextlib.closing(sqlite3.connect(site.settings.hub / "jupyterhub.sqlite")) as hub:
        assert hub.execute("DELETE FROM spawners WHERE name = ?", [session.name]).rowcount == 1
        hub.commit()


@contextmanager
def resting_reconciler(site: HubSite) -> Iterator[None]:
    """Let the site's own do nothing in the block."""
    [service] = [
        each
        for each in psutil.Process(site.hub.process.pid).children()
        if "casahub.reconciler" in (each.as_dict(["cmdline"])["cmdline"] or ())
    ]
    service.suspend()
    try:
        yield
    finally:
        service.resume()


def test_a_session_that_the_hub_forgot_ends_and_its_work_is_kept(site: HubSite) -> None:
    session, stays = Session(site, "ada", "forgotten"), Session(site, "ada", "known")
    lost, kept = session.started(dataset="ngc5921"), stays.started(dataset="ngc5921")
    session.write("notes.txt", "flag antenna 7")
    pid, known = session.pid, stays.pid
    kill_hub(site)
    forget(site, session)
    site.restart_hub()
    until("the lost one ends", lambda: not psutil.pid_exists(pid))
    until("its workspace is free", lambda: session.workspace(lost.id).lease is None)
    assert [each.kind for each in session.checkpoints(lost)] == [CheckpointKind.AUTO]
    assert session.model() == {}
    until("the other one is found again", lambda: stays.model().get("ready"))
    refuse_leaks(site, apart=[lost.id])
    assert stays.pid == known
    assert stays.workspace().id == kept.id
    stays.delete()
    again = Session(site, "ada", "back")
    assert again.started(workspace=lost.id).id == lost.id
    assert again.file("notes.txt") == "flag antenna 7"
    again.delete()


@pytest.mark.parametrize("moment", ["it has the lease", "its server was started"])
def test_a_hub_that_is_killed_in_the_middle_of_a_start_leaves_nothing_in_use(
    site: HubSite, gate: Gate, moment: str
) -> None:
    session, workspace = Session(site, "beth", f"half-{len(moment)}"), str(uuid.uuid4())
    options = {"dataset": "ngc5921", "release": "2026-02", "workspace": workspace}
    held = f"PUT /v1/workspaces/{workspace}/lease" if "lease" in moment else "never"
    with ThreadPoolExecutor() as pool, gate.holding(held) as caught:
        asked = pool.submit(session.start, **options)
        if "lease" in moment:
            assert caught.wait(20)
        else:
            until("a server was started", lambda: found(site))
        kill_hub(site)
        with contextlib.suppress(httpx.HTTPError):  # nobody answers any more
            asked.result(30)
    made = session.workspace(workspace)
    assert made.lease
    site.restart_hub()
    decided = lambda: session.model()["ready"] or not session.workspace(workspace).lease  # noqa: E731
    until("it is taken over, or nothing of it is left", decided, 90)
    if session.model()["ready"]:  # the hub had just written down what it had started
        session.stop()
    until("its workspace is free", lambda: session.workspace(workspace).lease is None)
    until("nothing runs", lambda: not found(site))
    assert not session.model()["ready"]
    refuse_leaks(site, apart=[workspace])
    assert session.started(workspace=workspace).id == workspace
    session.delete()


def test_a_lease_that_somebody_ended_is_taken_again(site: HubSite) -> None:
    session = Session(site, "cora", "freed")
    made = session.started(dataset="ngc5921")
    pid = session.pid
    site.ask(lambda client: client.release_lease(made.id, "cora", holder="hub:cora/freed"))
    until("it is leased again", lambda: session.workspace().lease)
    refuse_leaks(site)
    assert session.pid == pid
    session.delete()


def test_a_server_whose_session_is_gone_is_stopped_by_the_hubs_own_look(site: HubSite) -> None:
    session = Session(site, "cora", "gone")
    session.started(dataset="ngc5921")
    os.kill(session.pid, signal.SIGKILL)
    session.await_stopped()
    refuse_leaks(site)
    session.delete()


def test_a_server_that_cannot_be_ended_keeps_its_lease_until_it_can(site: HubSite) -> None:
    session = Session(site, "cora", "undying")
    made = session.started(dataset="ngc5921")
    with resting_reconciler(site):
        session.stop()
        assert [each.session for each in found(site)] == ["undying"]
        assert session.workspace(made.id).lease
        Path(made.path, "late.txt").write_text("written after the stop")
    until("its workspace is free", lambda: session.workspace(made.id).lease is None)
    assert found(site) == []
    assert [each.kind for each in session.checkpoints(made)] == [CheckpointKind.AUTO]
    refuse_leaks(site, apart=[made.id])
    session.delete()


@pytest.fixture
def stray(site: HubSite) -> Iterator[FoundSession]:
    """A program that was started in a session of long ago, and that nobody ended."""
    stray = FoundSession(
        site=str(site.settings.state),
        owner="dora",
        session="old",
        workspace=str(uuid.uuid4()),
        engine_id="of-long-ago",
    )
    environment = os.environ | marks(stray)
    with subprocess.Popen(["sleep", "600"], env=environment) as program:
        yield stray
        program.kill()


def sweeps_without_an_answer(site: HubSite) -> int:
    said = "nothing done, looked again later: the provisioner"
    return sum(said in each for each in site.hub.said)


def test_nothing_is_ended_while_anybody_does_not_answer(site: HubSite, stray: FoundSession) -> None:
    site.provisioner.stop()
    before = sweeps_without_an_answer(site)
    try:
        until("it looked in vain", lambda: sweeps_without_an_answer(site) > before + 3)
        assert found(site) == [stray]
    finally:
        site.provisioner.start("serving ")
    until("it ends when all answer", lambda: found(site) == [])


def test_the_command_lists_and_repairs(site: HubSite, stray: FoundSession) -> None:
    """The site's own is stopped, so that it is not quicker."""
    casahub = Command(site.settings.state)
    with resting_reconciler(site):
        session = Session(site, "dora", "runs")
        made = session.started(dataset="ngc5921")
        rows = {each["session"]: each for each in casahub.json("sessions")}
        assert rows["runs"]["verdict"] == "runs"
        assert rows["runs"]["workspace"] == made.id
        assert rows["runs"]["lease"]
        assert rows["old"]["verdict"] == "lost: a session that the hub does not know"
        lost = f"dora/old, on workspace {stray.workspace}, engine id of-long-ago"
        assert leaks(site) == [f"a session that the hub does not know: {lost}"]
        repaired = casahub.run("sessions", "--repair")
        assert (repaired.returncode, "old" in repaired.stdout) == (0, False)
        assert "Ended a session that the hub does not know: dora/old" in repaired.stderr
    assert [each.session for each in found(site)] == ["runs"]
    session.delete()
    assert "No session runs, and none is missing." in casahub("sessions")


def test_the_commands_access_is_the_accounts_own_and_changes_nothing_at_the_hub(
    site: HubSite,
) -> None:
    path = site.settings.hub / "reconciler.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    access = Access.model_validate(json.loads(path.read_text()))
    headers = {"Authorization": f"token {access.token}"}
    with httpx.Client(base_url=access.api_url.rstrip("/") + "/", headers=headers) as hub:
        assert hub.get("users").status_code == 200
        for method, what in ("POST", "users/eve"), ("POST", "users/ada/servers/x"):
            assert hub.request(method, what).status_code in {403, 404}


def test_without_a_site_the_command_says_so(tmp_path: Path) -> None:
    assert "No site runs on this state" in Command(tmp_path / "none").fails("sessions")
