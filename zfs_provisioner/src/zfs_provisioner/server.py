"""Serve one storage root: put the parts together, listen, and stop in order."""

import asyncio
import fcntl
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn

from zfs_provisioner import audit
from zfs_provisioner.api.app import Provisioner, create_app
from zfs_provisioner.archive import Archive
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.background import Background, Loop, Preparation
from zfs_provisioner.connections import Connection, Server
from zfs_provisioner.errors import InvalidSettingsError, RootInUseError
from zfs_provisioner.events import Events
from zfs_provisioner.journal import to_all
from zfs_provisioner.listening import Place, TcpPlace
from zfs_provisioner.metrics import Metrics, StorageCollector
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.workspaces import Workspaces

log = logging.getLogger(__name__)

_SWEEP: Final = 60.0  # seconds; a lease lasts minutes, so that is soon enough after its end
_PREPARE_AGAIN: Final = 10.0  # seconds; a pool that is being imported is there in a few of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served, and where.

    Attributes
    ----------
    audit
        File of the audit log; None for `audit.jsonl` in the root.
    """

    root: Path
    place: Place
    audit: Path | None = None


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    Raises
    ------
    RootInUseError
        Another provisioner owns the root.
    InvalidSettingsError
        The place or the audit log cannot be used.
    """
    root, place = settings.root, settings.place
    access = place.access()
    tls = place.tls() if isinstance(place, TcpPlace) else None
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    # uvicorn raises the signal again after its own shutdown; as an exception it lets us clean up.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    metrics = Metrics()
    with _owning(root), closing(_audit_log(settings, metrics)) as audit_log:
        provisioner = _provisioner(root, audit_log, metrics)
        config = uvicorn.Config(
            create_app(provisioner, access),
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="on",
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        )
        with place.listening() as listener:
            log.info("listening on %s", place)
            server = Server(config, stopping=provisioner.events.close)
            asyncio.run(server.serve(sockets=[listener]))
    log.info("stopped")


def _audit_log(settings: Settings, metrics: Metrics) -> AuditLog:
    path = settings.audit or settings.root / "audit.jsonl"
    try:
        return AuditLog(path, metrics.audited)
    except OSError as error:
        raise InvalidSettingsError(
            f"The audit log {path} cannot be written ({error.strerror}): make its directory, or "
            "name another file with --audit."
        ) from error


def _provisioner(root: Path, audit_log: AuditLog, metrics: Metrics) -> Provisioner:
    # Numbers begin at the clock's milliseconds: above those of the last run, which cannot have
    # made a thousand changes a second all its life.
    events = Events(time.time_ns() // 1_000_000, lost=metrics.lagged.inc)
    journal = to_all(audit_log.write, events.publish)
    storage = DirectoryStorage(root)
    archive = Archive(storage, _now)
    workspaces = Workspaces(storage, archive, _now)
    readiness = Readiness(storage, str(root), _now, journal)
    metrics.listeners(lambda: events.listeners)
    metrics.registry.register(StorageCollector(storage, readiness, _now))
    loops = [Loop(name="audit flush", seconds=audit.FLUSH_SECONDS, work=audit_log.flush)]
    if sweep := getattr(workspaces, "close_expired", None):
        loops.append(Loop(name="lease sweep", seconds=_SWEEP, work=sweep))

    def prepare() -> None:
        readiness.prepare()
        log.info("serving %s", root)

    return Provisioner(
        root=root,
        storage=storage,
        archive=archive,
        workspaces=workspaces,
        readiness=readiness,
        events=events,
        metrics=metrics,
        background=Background(
            Preparation(seconds=_PREPARE_AGAIN, work=prepare), loops, metrics.loop_failed
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _owning(root: Path) -> Iterator[None]:
    """Hold the root's lock, which the kernel drops however the process ends."""
    with (root / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise RootInUseError(
                f"{root} is served by another provisioner (pid {lock.read().strip()}): stop that "
                "one, or name another root."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
