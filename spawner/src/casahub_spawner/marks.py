"""Sessions that are processes of this machine, found again by marks in their environment.

A process hands its environment on to what it starts. So a session's kernels and terminals carry its
marks too, and what outlives the server that started it is still known as a part of that session.
"""

import asyncio
import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import psutil

from casahub_spawner.found import EngineError, FoundSession

_MARKS: Final = {
    "site": "CASAHUB_SITE",
    "owner": "CASAHUB_OWNER",
    "session": "CASAHUB_SESSION",
    "workspace": "CASAHUB_WORKSPACE",
    "engine_id": "CASAHUB_START",
}
_GRACE: Final = 10.0  # seconds for a server to end its kernels; Jupyter takes about one
_KILLED: Final = 5.0  # seconds for the kernel to clear away what was killed


def marks(session: FoundSession) -> dict[str, str]:
    """Return what has to be in the environment of a session; `engine_id` is one for each start."""
    return {name: getattr(session, field) for field, name in _MARKS.items()}


def marked(environment: Mapping[str, str]) -> FoundSession | None:
    """Return which session a process with this environment belongs to; None for none."""
    try:
        return FoundSession(**{field: environment[name] for field, name in _MARKS.items()})
    except KeyError:
        return None


async def sessions(site: str) -> list[FoundSession]:
    """Return the sessions of a site of which any process is alive."""
    found = await asyncio.to_thread(lambda: {each for _process, each in _processes()})
    return sorted((each for each in found if each.site == site), key=lambda each: each.engine_id)


async def end(session: FoundSession) -> None:
    """End all processes of a session; one that is gone already is fine.

    Raises
    ------
    EngineError
        Some are alive even so.
    """
    await asyncio.to_thread(_end, session)


def _end(session: FoundSession) -> None:
    there = _of(session)
    if not there:
        return
    # The server first, alone: it ends its kernels in order.
    _send(signal.SIGTERM, _roots(there), _GRACE)
    _send(signal.SIGTERM, _of(session), _KILLED)
    _send(signal.SIGKILL, _of(session), _KILLED)
    left = [each.pid for each in _of(session)]
    if left:
        raise EngineError(
            f"Processes {', '.join(map(str, left))} of {session.owner}/{session.session} do not "
            "end, though killed: they wait for a disk or a network filesystem."
        )


def _of(session: FoundSession) -> list[psutil.Process]:
    return [process for process, found in _processes() if found == session]


def _roots(processes: list[psutil.Process]) -> list[psutil.Process]:
    numbers = {each.pid for each in processes}
    roots = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in numbers:
                roots.append(process)
    return roots


def _send(number: signal.Signals, processes: list[psutil.Process], patience: float) -> None:
    """Send a signal to processes and wait for the end of each, or until patience is over."""
    with contextlib.ExitStack() as opened:
        ends = []
        for process in processes:
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                end_of = os.pidfd_open(process.pid)
                opened.callback(os.close, end_of)
                ends.append(end_of)
                process.send_signal(number)
        _await(ends, patience)


def _await(ends: Iterable[int], patience: float) -> None:
    """Wait until each of these descriptors is readable, which those of pidfd_open(2) then are."""
    deadline = time.monotonic() + patience
    for each in ends:
        left = max(0.0, deadline - time.monotonic())
        waiting = select.poll()
        waiting.register(each, select.POLLIN)
        waiting.poll(left * 1000)


def _processes() -> Iterator[tuple[psutil.Process, FoundSession]]:
    """Yield the processes of all sites' sessions; a process may end at any moment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            found = marked(process.environ())
            if found and process.status() != psutil.STATUS_ZOMBIE:
                yield process, found
