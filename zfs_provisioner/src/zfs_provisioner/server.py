"""Serve one storage root: own it, listen, and stop in order."""

import asyncio
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from zfs_provisioner import logs
from zfs_provisioner.api.app import create_app
from zfs_provisioner.assembly import assemble
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.connections import Connection, Server
from zfs_provisioner.errors import InvalidSettingsError, RootInUseError
from zfs_provisioner.listening import Place, TcpPlace
from zfs_provisioner.logs import LogFormat
from zfs_provisioner.metrics import Metrics
from zfs_provisioner.storage.directory import DirectoryStorage

log = logging.getLogger(__name__)


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
    log_format: LogFormat = LogFormat.TEXT


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
    logs.configure(settings.log_format)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    # uvicorn raises the signal again after its own shutdown; as an exception it lets us clean up.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    metrics = Metrics()
    with _owning(root), closing(_audit_log(settings, metrics)) as audit_log:
        provisioner = assemble(root, DirectoryStorage(root), audit_log, metrics)
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
