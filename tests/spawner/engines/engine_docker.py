"""Sessions in containers of a real Docker daemon, on good days and bad ones.

Run by `test_on_engines`, where the daemon is. After each test nothing of its sessions is left.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from casahub_spawner.docker import end, sessions
from casahub_spawner.found import FoundSession
from tests_docker import (
    client,
    container_of,
    containers,
    daemon_away,
    daemon_with,
    is_running,
    left_behind,
)
from tests_hub import HubSite, running_hub, until
from tests_sessions import Session
from tests_troubles import leases, trouble

CONFIG = Path(__file__).with_name("hub_config_docker.py")
ACCOUNT = (1000, 1000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    options = ["--session-account", "{}:{}".format(*ACCOUNT)]
    with running_hub(tmp_path_factory.mktemp("site"), CONFIG, options=options) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left(site: HubSite) -> Iterator[None]:
    yield
    assert (left_behind(), leases(site)) == ([], [])


def test_a_file_of_the_session_is_in_the_workspace(site: HubSite) -> None:
    session = Session(site, "vera", "rotation")
    workspace = session.started(dataset="ngc5921", name="Rotation")
    session.write("notes.txt", "flat, all the way out")
    on_host = Path(workspace.path, "notes.txt")
    assert on_host.read_text() == "flat, all the way out"
    owner = on_host.stat()
    assert (owner.st_uid, owner.st_gid) == ACCOUNT
    session.stop()
    assert session.started().id == workspace.id
    assert session.file("notes.txt") == "flat, all the way out"
    session.stop()


def test_a_container_may_do_no_more_than_it_must(site: HubSite) -> None:
    session = Session(site, "vera", "safe")
    session.started(dataset="ngc5921")
    container = container_of("vera", "safe")
    host = container.attrs["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert (host["Init"], host["ReadonlyRootfs"]) == (True, True)
    assert (host["CpuQuota"], host["Memory"], host["MemorySwap"]) == (150_000, 2**30, 2**30)
    _status, output = container.exec_run(["sh", "-c", "id -u; touch /var/x; echo ok > /tmp/x"])
    assert b"1000" in output
    assert b"Read-only" in output
    command = " ".join([container.attrs["Path"], *container.attrs["Args"]])
    [token] = [
        each.split("=", 1)[1]
        for each in container.attrs["Config"]["Env"]
        if each.startswith("JUPYTERHUB_API_TOKEN=")
    ]
    assert token not in command
    session.stop()


@pytest.mark.parametrize("user", ["Ünïcode 天文", "a" * 255, "x--y", "{username}"])
def test_any_name_has_a_container(site: HubSite, user: str) -> None:
    session = Session(site, user, "any")
    session.started(dataset="ngc5921")
    labels = container_of(user, "any").labels
    assert (labels["casahub.owner"], labels["casahub.session"]) == (user, "any")
    session.stop()


def test_start_pressed_twice_makes_one_container(site: HubSite) -> None:
    session = Session(site, "vera", "twice")
    with ThreadPoolExecutor() as pool:
        pressed = [pool.submit(session.start, dataset="ngc5921") for _ in range(2)]
    assert any(each.result().is_success for each in pressed)
    until("it is ready", lambda: session.model()["ready"])
    assert len(containers()) == 1
    session.stop()


def test_stop_when_the_container_is_gone(site: HubSite) -> None:
    session = Session(site, "vera", "gone")
    session.started(dataset="ngc5921")
    container_of("vera", "gone").remove(force=True)
    session.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_session_lives_on_while_the_daemon_is_away(site: HubSite, number: signal.Signals) -> None:
    with daemon_with("--live-restore"):
        session = Session(site, "vera", "restored")
        session.started(dataset="ngc5921")
        started = container_of("vera", "restored").attrs["State"]["StartedAt"]
        with daemon_away(number):
            session.write("outage.txt", "written without Docker")
            time.sleep(5)  # the hub asks every 2 s, and must not take silence for an end
            assert session.model()["ready"]
        assert session.file("outage.txt") == "written without Docker"
        assert container_of("vera", "restored").attrs["State"]["StartedAt"] == started
        session.stop()


def test_a_session_that_ended_with_the_daemon_is_closed(site: HubSite) -> None:
    session = Session(site, "vera", "ended")
    session.started(dataset="ngc5921")
    session.write("last.txt", "kept")
    with daemon_away():
        pass
    session.await_stopped()
    until("nothing is left", lambda: not left_behind())
    session.started()
    assert session.file("last.txt") == "kept"
    session.stop()


def test_a_hub_finds_its_sessions_again(site: HubSite) -> None:
    session = Session(site, "vera", "found")
    session.started(dataset="ngc5921")
    container = container_of("vera", "found").id
    site.hub.stop(signal.SIGKILL)
    site.restart_hub()
    until("the session is ready", lambda: session.model().get("ready"))
    assert container_of("vera", "found").id == container
    session.write("after.txt", "the hub came back")
    session.stop()


def test_a_hub_killed_in_the_middle_of_a_start(site: HubSite) -> None:
    session = Session(site, "vera", "interrupted")
    session.start(dataset="ngc5921")
    until("it runs", lambda: is_running("vera", "interrupted"))
    site.hub.stop(signal.SIGKILL)
    site.restart_hub()
    until("it is ready", lambda: session.model().get("ready"), 90)
    session.write("after.txt", "as if nothing had happened")
    session.stop()


def test_what_a_killed_hub_left_makes_room(site: HubSite) -> None:
    session = Session(site, "vera", "again")
    session.started(dataset="ngc5921")
    was = container_of("vera", "again")
    session.stop()
    left = client().containers.run(
        os.environ["CASAHUB_TEST_IMAGE"],
        ["sleep", "600"],
        name=was.name,
        labels=was.labels,
        detach=True,
    )
    session.started()
    assert container_of("vera", "again").id != left.id
    session.stop()


def test_a_provisioner_killed_in_the_middle_of_a_start(site: HubSite) -> None:
    session = Session(site, "vera", "orphaned")
    trouble(session, "silence")
    session.start(dataset="ngc5921")
    until("it runs", lambda: is_running("vera", "orphaned"))
    site.provisioner.stop(signal.SIGKILL)
    site.provisioner.start("serving ")
    trouble(session, None)
    container_of("vera", "orphaned").kill()
    session.await_stopped()
    session.started(dataset="ngc5921")
    session.stop()


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("no pull", {"image": "far"}, "`docker pull 127.0.0.1:1/nowhere:1`"),
        (None, {"image": "far"}, "`docker pull 127.0.0.1:1/nowhere:1`"),
        ("words", {}, "There is no licence for the sky"),
        (None, {"size": "tiny"}, "out of memory (OOM): it needed more than its limit of 64 MiB"),
        ("no program", {}, "/there/is/none"),
    ],
)
def test_a_start_that_fails_says_why(
    site: HubSite, kind: str | None, options: dict[str, str], words: str
) -> None:
    session = Session(site, "vera", "failing")
    trouble(session, kind)
    # Named each time: a session is remembered with the image that it had last.
    session.start(dataset="ngc5921", **{"image": "notebook", "size": "usual"} | options)
    assert words in session.progress()[-1]["message"]
    session.await_stopped()


def test_somebody_elses_container_of_that_name_stays(site: HubSite) -> None:
    session = Session(site, "vera", "theirs")
    session.started(dataset="ngc5921")
    name = container_of("vera", "theirs").name
    session.stop()
    theirs = client().containers.create(os.environ["CASAHUB_TEST_IMAGE"], name=name)
    try:
        session.start()
        assert name in session.progress()[-1]["message"]
        session.await_stopped()
        assert client().containers.get(name).id == theirs.id
    finally:
        theirs.remove()


def test_a_stop_reaches_a_start_in_flight(site: HubSite) -> None:
    session = Session(site, "vera", "flight")
    trouble(session, "silence")
    session.start(dataset="ngc5921")
    until("it runs", lambda: is_running("vera", "flight"))
    session.stop()


def test_the_reconciler_finds_and_ends_what_runs(site: HubSite) -> None:
    session = Session(site, "Ünïcode 天文", "lost")
    workspace = session.started(dataset="ngc5921")
    name = str(site.settings.state)
    [found] = asyncio.run(sessions(name))
    container = container_of("Ünïcode 天文", "lost").id
    assert found == FoundSession(name, "Ünïcode 天文", "lost", workspace.id, container)
    assert asyncio.run(sessions("another site")) == []
    asyncio.run(end(found))
    asyncio.run(end(found))
    session.await_stopped()
