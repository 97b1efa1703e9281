"""Serve one storage root: own it, listen, and stop in order."""

import asyncio
import logging
import signal
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from zfs_provisioner import logs
from zfs_provisioner.api.app import create_app
from zfs_provisioner.assembly import Collection, assemble
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.connections import Connection, Server
from zfs_provisioner.errors import InvalidSettingsError
from zfs_provisioner.listening import Place, TcpPlace
from zfs_provisioner.logs import LogFormat
from zfs_provisioner.metrics import Metrics
from zfs_provisioner.storage.opening import StorageRoot

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served, and where.

    Attributes
    ----------
    audit
        File of the audit log.
    """

    root: StorageRoot
    place: Place
    audit: Path
    log_format: LogFormat = LogFormat.TEXT
    collection: Collection = field(default_factory=Collection)


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    Raises
    ------
    RootInUseError
        Another provisioner owns the root.
    StorageUnavailableError
        The root's pool is not there.
    InvalidSettingsError
        The place or the audit log cannot be used.
    """
    root, place = settings.root, settings.place
    access = place.access()
    tls = place.tls() if isinstance(place, TcpPlace) else None
    logs.configure(settings.log_format)
    # uvicorn raises the signal again after its own shutdown; as an exception it lets us clean up.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    metrics = Metrics()
    with root.opened() as storage, closing(_audit_log(settings.audit, metrics)) as audit_log:
        provisioner = assemble(
            root.name, storage, audit_log, metrics, collection=settings.collection
        )
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


def _audit_log(path: Path, metrics: Metrics) -> AuditLog:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return AuditLog(path, metrics.audited)
    except OSError as error:
        raise InvalidSettingsError(
            f"The audit log {path} cannot be written ({error.strerror}): make its directory, or "
            "name another file with --audit."
        ) from error
