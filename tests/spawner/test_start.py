"""Starts that fail, are pressed twice, or are stopped on their way: nothing is left of them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests_hub import HubSite, until
from tests_processes import SLOWNESS
from tests_sessions import Session, processes_of_sessions

AGAIN = "Try again; if it stays so, tell the site's administrators."
AT_ONCE = 20 * SLOWNESS  # seconds on a busy machine; otherwise it would be minutes, or an hour


def watched_by_hub(site: HubSite) -> int:
    """Return how many ends of processes and directories the hub is waiting to hear of."""
    files = Path(f"/proc/{site.hub.process.pid}/fd").iterdir()
    kinds = [each.readlink().name for each in files if each.is_symlink()]
    return sum(kind in {"anon_inode:[pidfd]", "anon_inode:inotify"} for kind in kinds)


@pytest.fixture(autouse=True)
def nothing_is_left(site: HubSite) -> Iterator[None]:
    """Every test here ends its sessions: no process is left then, no watch and no lease."""
    earlier, watched = processes_of_sessions(site), watched_by_hub(site)
    yield
    until("no process is left", lambda: processes_of_sessions(site) == earlier)
    until("nothing is watched", lambda: watched_by_hub(site) == watched)
    kept = site.ask(lambda client: client.workspaces("dora"))
    assert [each.id for each in kept if each.lease] == []


@pytest.mark.parametrize(
    ("name", "end", "words"),
    [
        ("ends", "ended with status 3", "The sky / is cloudy."),
        ("killed", "was ended by SIGKILL", "Out of stars."),
    ],
)
def test_a_server_that_ends_fails_its_start_at_once(
    site: HubSite, name: str, end: str, words: str
) -> None:
    session, before = Session(site, "dora", name), time.monotonic()
    session.start(dataset="ngc5921")
    session.await_stopped()
    assert time.monotonic() - before < AT_ONCE
    event = session.progress()[-1]
    assert event["failed"]
    assert f"The notebook server {end} before it answered. " in event["message"]
    assert f"Its last words: “{words}”. {AGAIN}" in event["message"]
    log = event["message"].rpartition(" All that it wrote: ")[2].removesuffix(".")
    assert words.split(" / ") == site.settings.homes.joinpath(log).read_text().splitlines()


def test_a_server_that_never_answers_is_ended(site: HubSite) -> None:
    session = Session(site, "dora", "deaf")
    session.start(dataset="ngc5921")
    session.await_stopped()
    message = session.progress()[-1]["message"]
    assert "The notebook server did not answer in 3 s. Its last words: “Who is there?”." in message


def test_a_start_that_is_pressed_twice_is_one_session(site: HubSite) -> None:
    earlier = processes_of_sessions(site)
    session = Session(site, "dora", "twice")
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: session.start(dataset="ngc5921", name="Twice"), range(4)))
    assert all(each.status_code in {201, 202} for each in answers), [each.text for each in answers]
    until("it is ready", lambda: session.model()["ready"])
    assert watched_by_hub(site)
    # A server runs other programs for a moment, such as `ldconfig` to find a library.
    until("it is one", lambda: len(processes_of_sessions(site)) == len(earlier) + 1)
    assert [each.spec.name for each in session.workspaces()].count("Twice") == 1
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: session.stop(), range(2)))
    session.stop()  # once more means nothing


def test_a_start_that_is_stopped_on_its_way_leaves_no_process(site: HubSite) -> None:
    earlier = processes_of_sessions(site)
    session = Session(site, "dora", "stopped")
    session.start(dataset="ngc5921")
    until("its process is there", lambda: processes_of_sessions(site) != earlier)
    session.stop()
    assert not session.model()["ready"]


@pytest.mark.parametrize("remove", [False, True], ids=["stopped", "removed"])
@pytest.mark.parametrize("name", ["deaf", "stubborn"])
def test_a_start_on_its_way_may_be_stopped_twice(site: HubSite, name: str, remove: bool) -> None:
    """The second comes while the hub gives the cancelled start a second to come to its end."""
    earlier = processes_of_sessions(site)
    session = Session(site, "dora", name)
    session.start(dataset="ngc5921")
    until("its process is there", lambda: processes_of_sessions(site) != earlier)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(session.end, remove=remove)
        until("the start is cancelled", lambda: session.model()["pending"] != "spawn")
        answers = [session.end(remove=remove), first.result()]
    assert [each.status_code for each in answers if each.is_error] == [], [
        each.text for each in answers
    ]
    if remove:
        until("it is gone", lambda: not session.model())
    else:
        session.await_stopped()
