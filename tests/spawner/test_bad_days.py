"""Servers, the hub and the provisioner end, hang or come back: sessions and data stay."""

import contextlib
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import psutil
import pytest
from tests_gate import Gate
from tests_hub import HubSite, until
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind

SORRY = (
    "The storage does not answer. Running sessions and your data are safe: try again in a minute; "
    "if it stays so, tell the site's administrators."
)


@pytest.fixture(scope="module")
def session(site: HubSite) -> Session:
    """A session that these tests bring into trouble one after the other."""
    session = Session(site, "beth", "storm")
    session.started(dataset="ngc5921", name="Storm")
    return session


def running(session: Session) -> Session:
    """Start it, if the test before left it stopped."""
    if not session.model()["ready"]:
        session.started()
    return session


def lease_until(session: Session) -> datetime:
    lease = session.workspace().lease
    assert lease
    return lease.until


@contextmanager
def without_provisioner(site: HubSite) -> Iterator[None]:
    site.provisioner.stop()
    try:
        yield
    finally:
        site.provisioner.start("serving ")


def test_a_running_server_renews_its_lease(session: Session) -> None:
    first = lease_until(running(session))
    until("the lease is renewed", lambda: lease_until(session) > first)


def test_sessions_outlive_the_provisioner(site: HubSite, session: Session) -> None:
    pid = running(session).pid
    with without_provisioner(site):
        newcomer = Session(site, "newcomer", "second")
        assert newcomer.refusal(dataset="ngc5921") == (503, SORRY)
        session.write("outage.txt", "written without the provisioner")
        assert session.model()["ready"]
    back = lease_until(session)
    until("the lease is renewed", lambda: lease_until(session) > back)
    assert session.pid == pid
    assert session.file("outage.txt") == "written without the provisioner"


def test_the_page_with_the_form_says_so_too(site: HubSite) -> None:
    browser = site.sign_in("beth")
    assert 'name="choice"' in browser.get("/hub/spawn/beth/other").text
    with without_provisioner(site):
        page = browser.get("/hub/spawn/beth/other").text
    assert SORRY.replace("'", "&#39;") in page
    assert "make run" not in page


def test_a_session_that_ended_without_the_provisioner_is_closed_when_it_is_back(
    site: HubSite, session: Session
) -> None:
    running(session).write("late.txt", "stopped without the provisioner")
    earlier = len(session.checkpoints(session.workspace()))
    with without_provisioner(site):
        session.stop()
    until("the lease is ended", lambda: session.workspace().lease is None)
    assert len(session.checkpoints(session.workspace())) == earlier + 1


def test_a_session_that_ended_while_the_provisioner_started_is_closed_later(
    gate: Gate, session: Session
) -> None:
    running(session).write("early.txt", "stopped too early for the provisioner")
    earlier = len(session.checkpoints(session.workspace()))
    with gate.refusing("DELETE /v1/workspaces/") as refused:
        session.stop()
        assert refused.wait(20)
    until("the lease is ended", lambda: session.workspace().lease is None)
    assert len(session.checkpoints(session.workspace())) == earlier + 1


def test_a_killed_server_is_noticed_and_its_work_kept_while_the_provisioner_hangs(
    gate: Gate, session: Session
) -> None:
    running(session).write("kept.txt", "before the kill")
    earlier = len(session.checkpoints(session.workspace()))
    with gate.holding("PUT /v1/workspaces/") as caught:
        assert caught.wait(20)
        os.kill(session.pid, signal.SIGKILL)
        session.await_stopped()
    workspace = session.workspace()
    assert workspace.lease is None
    *_earlier, last = session.checkpoints(workspace)
    assert (last.kind, len(_earlier)) == (CheckpointKind.AUTO, earlier)


def test_a_server_that_its_engine_does_not_stop_is_ended_before_its_lease(site: HubSite) -> None:
    session = Session(site, "beth", "unstopped")
    made = session.started(dataset="ngc5921", name="Unstopped")
    session.write("strike.txt", "before the strike")
    pid = session.pid
    session.stop()
    assert not psutil.pid_exists(pid)
    assert session.workspace(made.id).lease is None
    assert [each.kind for each in session.checkpoints(made)] == [CheckpointKind.AUTO]


def test_a_hanging_provisioner_is_not_waited_for_at_a_start(gate: Gate, site: HubSite) -> None:
    newcomer = Session(site, "newcomer", "third")
    with gate.holding("GET /v1/datasets"):
        newcomer.start(dataset="ngc5921")
        newcomer.await_stopped()
    assert newcomer.progress()[-1]["message"] == f"Spawn failed: {SORRY}"


@pytest.mark.parametrize("moment", ["GET /v1/datasets", "PUT /v1/workspaces/", "the server starts"])
def test_a_cancelled_start_leaves_nothing_in_use(site: HubSite, gate: Gate, moment: str) -> None:
    session = Session(site, "cora", f"cancelled-{len(moment)}")
    with ThreadPoolExecutor() as pool, gate.holding(moment) as caught:
        pool.submit(session.start, dataset="ngc5921", name=moment)
        session.await_pending()
        if "/v1/" in moment:
            assert caught.wait(20)
        session.stop()
    made = [each for each in session.workspaces() if each.spec.name == moment]
    assert [each.lease for each in made] in ([], [None])


@pytest.fixture(scope="module")
def again(site: HubSite) -> Session:
    """A session whose first start was cancelled while its workspace was made."""
    again = Session(site, "cora", f"cancelled-{len('PUT /v1/workspaces/')}")
    again.started(dataset="ngc5921", name="PUT /v1/workspaces/")
    return again


def test_a_start_after_a_cancelled_one_means_the_same_workspace(again: Session) -> None:
    mine = again.workspace()
    same = [each.id for each in again.workspaces() if each.spec.name == mine.spec.name]
    assert same == [mine.id]


def test_a_new_hub_takes_the_sessions_of_the_old_one(
    site: HubSite, session: Session, again: Session
) -> None:
    """One server lives on; one died, and another program has its number now."""
    died, lost, pid = again, again.workspace(), running(session).pid
    session.write("restart.txt", "before the hub's end")
    died.write("restart.txt", "before the hub's end")
    died_pid = died.pid
    site.hub.stop(signal.SIGKILL)
    os.kill(died_pid, signal.SIGKILL)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        with contextlib.closing(sqlite3.connect(site.settings.hub / "jupyterhub.sqlite")) as hub:
            given = "UPDATE spawners SET state = json_set(state, '$.pid', ?) WHERE name = ?"
            assert hub.execute(given, [stranger.pid, died.name]).rowcount == 1
            hub.commit()
        site.restart_hub()
        died.await_stopped()
        until("the session is found again", lambda: session.model().get("ready"))
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    assert died.workspace(lost.id).lease is None
    assert [each.kind for each in died.checkpoints(lost)] == [CheckpointKind.AUTO]
    assert session.pid == pid
    assert session.file("restart.txt") == "before the hub's end"
    kept = len(session.checkpoints(session.workspace()))
    session.stop()
    assert not psutil.pid_exists(pid)
    assert len(session.checkpoints(session.workspace())) == kept + 1
