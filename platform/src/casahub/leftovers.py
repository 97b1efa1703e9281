"""What a site that ended badly left behind: processes, and leases of sessions that are no more.

Call these only while holding `only_site`: then no other site owns what is found.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Final

import psutil
from casahub_spawner.engines import Engine, engine_named
from casahub_spawner.found import HOLDERS, EngineError
from zfs_provisioner.client import ProvisionerClient

from casahub.errors import SiteError
from casahub.settings import Settings

log: Final = logging.getLogger(__name__)

MARK: Final = "CASAHUB_UP"  # in the environment of all that a site runs, besides sessions
_LOOK: Final = 0.1  # seconds between two looks at a process that is ending


def mark_environment(settings: Settings) -> None:
    """Let all that this process starts be known as parts of this site."""
    os.environ[MARK] = str(os.getpid())
    os.environ["CASAHUB_STATE"] = str(settings.state)


async def end_parts(settings: Settings, seconds: float) -> None:
    """End hub, proxy, services and provisioner of a run that was killed; our own children stay."""
    state = str(settings.state)

    def is_part(environment: dict[str, str]) -> bool:
        return MARK in environment and environment.get("CASAHUB_STATE") == state

    found = [process for process, _environment in _processes(is_part)]
    await _end([each for each in found if not _is_ours(each)], seconds)


async def end_sessions(settings: Settings) -> None:
    """End sessions that no hub looks after, whatever engine has them.

    Raises
    ------
    SiteError
        The engine does not answer, or one does not end.
    """
    try:
        engine = _engine(settings)
        for each in await engine.sessions(str(settings.state)):
            await engine.end(each)
    except EngineError as error:
        raise SiteError(f"Sessions that the hub left behind may go on: {error}") from error


async def end_leases(settings: Settings, client: ProvisionerClient) -> None:
    """End the leases of sessions that no longer run; what they changed gets its checkpoint.

    A session that still runs is taken over by the next hub, with its lease. So is every lease where
    the engine does not answer: the reconciler ends what is left over when it does.
    """
    try:
        live = {each.workspace for each in await _engine(settings).sessions(str(settings.state))}
    except EngineError as error:
        log.warning("leases are looked at later: %s", error)
        return
    for each in await client.workspaces():
        if each.lease and each.lease.holder.startswith(HOLDERS) and each.id not in live:
            await client.release_lease(each.id, each.spec.owner, holder=each.lease.holder)


def _engine(settings: Settings) -> Engine:
    return engine_named(settings.engine)


def _processes(
    wanted: Callable[[dict[str, str]], bool],
) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Yield processes with their environment, read once: a process may end at any moment."""
    for process in psutil.process_iter():
        environment: dict[str, str] = {}
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            environment = process.environ()
        if process.pid != os.getpid() and wanted(environment):
            yield process, environment


async def _end(processes: list[psutil.Process], seconds: float) -> None:
    for send, patience in (psutil.Process.terminate, seconds), (psutil.Process.kill, seconds):
        for process in filter(_is_alive, processes):
            with contextlib.suppress(psutil.NoSuchProcess):
                send(process)
        deadline = time.monotonic() + patience
        # They are not our children: nothing tells us of their end.
        while any(map(_is_alive, processes)) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _is_ours(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.ppid() == os.getpid())
    return False
