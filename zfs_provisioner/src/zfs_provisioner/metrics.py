"""What Prometheus is told: calls, storage, workspaces, and what goes on beside them.

Each provisioner has a registry of its own, so that two in one process do not mix.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import Workspace, WorkspaceState
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.protocol import Storage

# Seconds. A create on ZFS takes 3 to 10 ms, a copy of a large release minutes.
_BUCKETS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


class Metrics:
    """Counts, and renders the counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Histogram(
            "zfs_provisioner_call_seconds",
            "How long calls took, by verb and outcome: ok, refused (4xx) or failed (5xx).",
            ["verb", "outcome"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "zfs_provisioner_calls_in_flight",
            "Requests that are not answered yet, streams of events not counted.",
            registry=self.registry,
        )
        self._audit_lines = Counter(
            "zfs_provisioner_audit_lines",
            "Lines of the audit log, by whether they could be written: written or failed.",
            ["outcome"],
            registry=self.registry,
        )
        self._loop_failures = Counter(
            "zfs_provisioner_background_failures",
            "Failures of work beside the calls, by its name.",
            ["loop"],
            registry=self.registry,
        )
        self.lagged = Counter(
            "zfs_provisioner_listeners_lagged",
            "Watchers of events that were too slow and lost some.",
            registry=self.registry,
        )
        for outcome in ("written", "failed"):
            self._audit_lines.labels(outcome)  # so that it is there, as 0, before the first line

    def called(self, verb: str, status: int, seconds: float) -> None:
        """Count a call."""
        self._calls.labels(verb, outcome(status)).observe(seconds)

    def audited(self, written: bool) -> None:
        """Count an audit line."""
        self._audit_lines.labels("written" if written else "failed").inc()

    def loop_failed(self, name: str) -> None:
        """Count a failure of a loop."""
        self._loop_failures.labels(name).inc()

    def listeners(self, count: Callable[[], float]) -> None:
        """Show how many watch for events."""
        gauge = Gauge("zfs_provisioner_listeners", "Watchers of events.", registry=self.registry)
        gauge.set_function(count)

    def render(self) -> bytes:
        """Return all in Prometheus' text form; asks the storage."""
        return generate_latest(self.registry)


def outcome(status: int) -> str:
    """Return the word for an HTTP status."""
    if status >= _SERVER_ERROR:
        return "failed"
    return "refused" if status >= _CLIENT_ERROR else "ok"


class StorageCollector(Collector):
    """Looks at the storage when it is asked; one that cannot be asked is said to be unavailable."""

    def __init__(
        self, storage: Storage, readiness: Readiness, clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._readiness = readiness
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Name what `collect` gives, so that the registry need not ask the storage for it."""
        return [_available(0), *_space(0, 0), _workspaces({})]

    def collect(self) -> Iterable[Metric]:
        """Return availability, space and workspaces by state."""
        try:
            self._readiness.refuse_if_not_ready()
            can = self._storage.capabilities()
            count = by_state(self._storage.workspaces(), self._clock())
        except (ProvisionerError, OSError):
            return [_available(0)]
        return [_available(1), *_space(can.free, can.size), _workspaces(count)]


def by_state(workspaces: Sequence[Workspace], now: datetime) -> dict[str, int]:
    """Count workspaces: in trash, leased, or live and not leased."""
    count = {"live": 0, "leased": 0, "trashed": 0}
    for each in workspaces:
        if each.state is WorkspaceState.TRASHED:
            count["trashed"] += 1
        else:
            count["leased" if each.in_use(now) else "live"] += 1
    return count


def _available(value: int) -> Metric:
    return GaugeMetricFamily(
        "zfs_provisioner_storage_available", "Whether the storage can be used: 1 or 0.", value
    )


def _space(free: int, size: int) -> list[Metric]:
    return [
        GaugeMetricFamily("zfs_provisioner_storage_free_bytes", "Space that is free.", free),
        GaugeMetricFamily("zfs_provisioner_storage_size_bytes", "Space that there is.", size),
    ]


def _workspaces(count: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "zfs_provisioner_workspaces",
        "Workspaces by state: live (and not leased), leased, trashed.",
        labels=["state"],
    )
    for state, number in count.items():
        family.add_metric([state], number)
    return family
