"""The Docker daemon of the lab, as tests look into it and restart it."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import psutil
from docker.errors import DockerException
from tests_hub import until


def client() -> docker.DockerClient:
    """Return a client of the daemon that DOCKER_HOST names."""
    return docker.from_env(timeout=60)


def containers() -> list[Any]:
    """Return all containers, also those that ended."""
    found: list[Any] = client().containers.list(all=True, ignore_removed=True)
    return found


def container_of(user: str, session: str) -> Any:
    """Return the one container of a session."""
    [found] = _containers_of(user, session)
    return found


def is_running(user: str, session: str) -> bool:
    """Return whether the one container of a session runs."""
    return [each.status for each in _containers_of(user, session)] == ["running"]


def _containers_of(user: str, session: str) -> list[Any]:
    labels = [f"casahub.owner={user}", f"casahub.session={session}"]
    found: list[Any] = client().containers.list(
        all=True, ignore_removed=True, filters={"label": labels}
    )
    return found


def left_behind() -> list[str]:
    """Return what sessions left in Docker: containers, volumes, and mounts of their filesystems."""
    here = client()
    table = Path("/proc/self/mountinfo").read_text()
    mounts = [line.split()[4] for line in table.splitlines()]
    return [
        *(f"container {each.name}" for each in containers()),
        *(f"volume {each.name}" for each in here.volumes.list()),
        *(f"mount {each}" for each in mounts if each.endswith("/merged")),
    ]


def _daemon() -> psutil.Process:
    # It runs itself again for a moment to unpack things, and one that ended may not be reaped yet.
    daemons = [each for each in psutil.process_iter() if "--data-root" in _arguments(each)]
    assert len(daemons) == 1, daemons
    return daemons[0]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline() if process.name() == "dockerd" else []
    except psutil.NoSuchProcess:
        return []


def _answers() -> bool:
    try:
        return bool(client().ping())
    except DockerException:
        return False


@contextmanager
def daemon_away(number: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """End the daemon for the block, and start it again as it was."""
    daemon = _daemon()
    argv = daemon.cmdline()
    _end(daemon, number)
    try:
        yield
    finally:
        _start(argv)


@contextmanager
def daemon_with(*options: str) -> Iterator[None]:
    """Run the daemon with more options in the block."""
    argv = _daemon().cmdline()
    _end(_daemon())
    _start([*argv, *options])
    try:
        yield
    finally:
        _end(_daemon())
        _start(argv)


def _end(daemon: psutil.Process, number: signal.Signals = signal.SIGTERM) -> None:
    daemon.send_signal(number)
    until("the daemon ended", lambda: not daemon.is_running() or daemon.status() == "zombie")


def _start(argv: Sequence[str]) -> None:
    # It outlives the tests, and ends with the lab.
    nowhere = subprocess.DEVNULL
    subprocess.Popen(argv, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    until("the daemon answers", _answers)
