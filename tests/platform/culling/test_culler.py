"""Sessions that the culler stops, and those that it must not, on a real hub.

The site stops a session in which nothing happened for 15 s; nothing here waits for a time to pass,
but for what a kernel, the hub or the culler does.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests_gate import Gate
from tests_hub import PORTAL, HubSite, until
from tests_page import Page
from tests_processes import SLOWNESS
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind

IDLE = timedelta(seconds=15)
SILENT = "import time; time.sleep(30); open('done', 'w').close(); time.sleep(1)"
WORKING = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", '''
import time
end = time.monotonic() + 30
while time.monotonic() < end: pass
open("done", "w").close()
end = time.monotonic() + 1
while time.monotonic() < end: pass
'''])
"""


@pytest.fixture
def session(site: HubSite) -> Iterator[Session]:
    yield from removed(Session(site, "ada", f"s-{uuid.uuid4().hex[:8]}"))


@pytest.fixture
def other(site: HubSite) -> Iterator[Session]:
    yield from removed(Session(site, "ada", f"s-{uuid.uuid4().hex[:8]}"))


def removed(session: Session) -> Iterator[Session]:
    yield session
    if session.model():
        session.delete()


def activity(session: Session) -> dict[str, Any]:
    return session.ask("GET", "api/casahub/activity")


def test_an_idle_session_with_an_open_page_is_stopped(session: Session) -> None:
    workspace = session.started(dataset="ngc5921")
    session.write("notes.txt", "flag antenna 7")
    with Page(session).open() as page:
        assert page.closed.wait(60)
    session.await_stopped()
    [kept] = session.checkpoints(workspace)
    assert kept.kind is CheckpointKind.AUTO
    assert session.workspace(workspace.id).lease is None
    # Stopping deletes nothing: it goes on where it was.
    assert session.started(workspace=workspace.id).id == workspace.id
    assert session.file("notes.txt") == "flag antenna 7"


@pytest.mark.parametrize(
    ("code", "because"),
    [(SILENT, "reduction.ipynb is running"), (WORKING, "is computing")],
)
def test_a_session_that_computes_in_silence_goes_on(
    session: Session, code: str, because: str
) -> None:
    workspace = session.started(dataset="ngc5921")
    first = workspace.lease
    with Page(session).open() as page:
        page.run(code)
        until("it is known", lambda: because in activity(session)["because"])
        assert activity(session)["busy"]
    # Nobody looks at it any more.
    until("the kernel is done", lambda: session.file("done") is not None)
    assert session.model()["ready"]
    held = session.workspace(workspace.id).lease
    assert first
    assert held
    assert held.until - first.until > IDLE
    session.await_stopped()


def test_one_that_is_kept_and_one_without_a_checkpoint_go_on(
    site: HubSite, gate: Gate, session: Session, other: Session
) -> None:
    """`other` has the same time as `session`, which is how one sees that it is over."""
    person = site.sign_in("ada")  # first: it takes a part of the time on a busy machine
    workspace = other.started(dataset="ngc5921")
    form = {"seconds": "86400", "workspace": workspace.id, "back": "workspace"}
    form["_xsrf"] = person.cookies.get("_xsrf", path=PORTAL) or ""
    kept = person.post(f"{PORTAL}sessions/{other.name}/keep", data=form)
    assert "The session is left running until" in kept.text
    assert "Keep no longer" in kept.text
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    with gate.refusing("PUT /v1/workspaces/") as refused:
        session.started(dataset="ngc5921")
        session.write("notes.txt", "flag antenna 7")
        assert refused.wait(60 * SLOWNESS)
        why = "no checkpoint could be made: The storage is being put in order."
        until("its owner reads why", lambda: why in person.get(PORTAL).text)
        assert session.model()["ready"]
    session.await_stopped()
    assert other.model()["ready"]
    assert abs(datetime.fromisoformat(activity(other)["stops"]) - tomorrow) < timedelta(minutes=5)

    person.post(f"{PORTAL}sessions/{other.name}/keep", data=form | {"seconds": "0"})
    other.await_stopped()
    assert list(site.settings.culling.glob("*/*.json")) == []
