"""Put a provisioner together from its parts."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from zfs_provisioner import audit
from zfs_provisioner.api.app import Provisioner
from zfs_provisioner.archive import Archive
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.background import Background, Loop, Preparation
from zfs_provisioner.checkpoints import Checkpoints
from zfs_provisioner.custody import Custody
from zfs_provisioner.events import Events
from zfs_provisioner.journal import to_all
from zfs_provisioner.metrics import Metrics, StorageCollector
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces

log = logging.getLogger(__name__)

_SWEEP: Final = 60.0  # seconds; a lease lasts minutes, so that is soon enough after its end
_PREPARE_AGAIN: Final = 10.0  # seconds; a pool that is being imported is there in a few of them


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def assemble(
    root: str,
    storage: Storage,
    audit_log: AuditLog,
    metrics: Metrics,
    clock: Callable[[], datetime] = now,
) -> Provisioner:
    """Return a provisioner of the storage, whose changes go into the audit log and to watchers."""
    # Numbers begin at the clock's milliseconds: above those of the last run, which cannot have
    # made a thousand changes a second all its life.
    events = Events(time.time_ns() // 1_000_000, lost=metrics.lagged.inc)
    journal = to_all(audit_log.write, events.publish)
    archive = Archive(storage, clock, journal)
    custody = Custody(storage, clock, journal)
    workspaces = Workspaces(custody, archive)
    readiness = Readiness(storage, root, clock, journal)
    metrics.listeners(lambda: events.listeners)
    metrics.registry.register(StorageCollector(storage, readiness, clock))

    def prepare() -> None:
        readiness.prepare()
        log.info("serving %s", root)

    loops = [
        Loop(name="audit flush", seconds=audit.FLUSH_SECONDS, work=audit_log.flush),
        Loop(name="lease sweep", seconds=_SWEEP, work=workspaces.close_expired),
    ]
    return Provisioner(
        root=root,
        storage=storage,
        archive=archive,
        workspaces=workspaces,
        checkpoints=Checkpoints(custody, archive),
        readiness=readiness,
        events=events,
        metrics=metrics,
        background=Background(
            Preparation(seconds=_PREPARE_AGAIN, work=prepare), loops, metrics.loop_failed
        ),
    )
