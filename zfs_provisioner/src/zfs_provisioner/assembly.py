"""Put a provisioner together from its parts."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
from zfs_provisioner.gc.collector import Collector
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.gc.pressure import PoolGauge
from zfs_provisioner.gc.tally import Tally
from zfs_provisioner.journal import to_all
from zfs_provisioner.metrics import Metrics, StorageCollector
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces

log = logging.getLogger(__name__)

_SWEEP: Final = 60.0  # seconds; a lease lasts minutes, so that is soon enough after its end
_PREPARE_AGAIN: Final = 10.0  # seconds; a pool that is being imported is there in a few of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """How garbage is collected.

    Attributes
    ----------
    expects
        Names of the sources that have to report activity.
    runs
        Whether it is done by itself; asked for, it is done in any case.
    """

    policy: Policy = field(default_factory=Policy)
    expects: tuple[str, ...] = ()
    runs: bool = True


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def steady() -> float:
    """Return the seconds of a clock that nobody sets; it runs on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def assemble(
    root: str,
    storage: Storage,
    audit_log: AuditLog,
    metrics: Metrics,
    clock: Callable[[], datetime] = now,
    collection: Collection | None = None,
) -> Provisioner:
    """Return a provisioner of the storage, whose changes go into the audit log and to watchers."""
    collection = collection or Collection()
    # Numbers begin at the clock's milliseconds: above those of the last run, which cannot have
    # made a thousand changes a second all its life.
    events = Events(time.time_ns() // 1_000_000, lost=metrics.lagged.inc)
    journal = to_all(audit_log.write, events.publish)
    archive = Archive(storage, clock, journal)
    custody = Custody(storage, clock, journal)
    gauge = PoolGauge(collection.policy.pressure)
    workspaces = Workspaces(custody, archive, gauge.refuse_new)
    collector = Collector(
        root,
        custody,
        workspaces,
        collection.policy,
        gauge,
        Tally(metrics.registry, clock),
        expects=collection.expects,
        steady=steady,
    )
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
    if collection.runs:
        every = collection.policy.safety.every.total_seconds()
        loops.append(Loop(name="collection", seconds=every, work=collector.round))
    return Provisioner(
        root=root,
        storage=storage,
        archive=archive,
        workspaces=workspaces,
        checkpoints=Checkpoints(custody, archive),
        collector=collector,
        readiness=readiness,
        events=events,
        metrics=metrics,
        background=Background(
            Preparation(seconds=_PREPARE_AGAIN, work=prepare), loops, metrics.loop_failed
        ),
    )
