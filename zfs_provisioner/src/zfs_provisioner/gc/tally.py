"""What Prometheus is told about the collection."""

from collections import Counter as Count
from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from zfs_provisioner.gc.brakes import Brake, Stop
from zfs_provisioner.gc.plans import Action, ActionKind, Outcome, Plan
from zfs_provisioner.gc.pressure import Pressure

_PREFIX = "zfs_provisioner_gc_"


class Tally:
    """Counts what the collection plans, does and leaves, and says how long ago it last looked."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], datetime]) -> None:
        def gauge(name: str, help_text: str, *labels: str) -> Gauge:
            return Gauge(f"{_PREFIX}{name}", help_text, labels, registry=registry)

        def counter(name: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"{_PREFIX}{name}", help_text, labels, registry=registry)

        self._planned = gauge("planned", "Actions that may be done now, by kind.", "kind")
        self._coming = gauge("coming", "Actions within the notice, by kind.", "kind")
        self._left = gauge(
            "left", "Workspaces past their time that are left alone, by kind.", "kind"
        )
        self._done = counter("done", "Actions that were done, by kind.", "kind")
        self._refused = counter("refused", "Actions that could not be done, by kind.", "kind")
        self._freed = counter("freed_bytes", "Bytes of the workspaces that were destroyed.")
        self._stopped = gauge("stopped", "Whether a brake stops it: 1 or 0.", "brake")
        self._pressure = gauge("pressure", "The rung that the pool is on: 0, none, to 4, page.")
        self._clock = clock
        self._last: datetime | None = None
        gauge(
            "last_round_seconds", "Time since the last complete round; -1 before the first."
        ).set_function(self._age)
        for kind in ActionKind:
            self._done.labels(kind)
            self._refused.labels(kind)

    def _age(self) -> float:
        return -1.0 if self._last is None else (self._clock() - self._last).total_seconds()

    def found(self, plan: Plan, stops: Iterable[Stop]) -> None:
        """Show what a round found."""
        for shown, those in (
            (self._planned, plan.actions),
            (self._coming, plan.coming),
            (self._left, plan.left),
        ):
            count = Count(each.kind for each in those)
            for kind in ActionKind:
                shown.labels(kind).set(count[kind])
        pulled = {each.brake for each in stops}
        for brake in Brake:
            self._stopped.labels(brake).set(brake in pulled)
        self._pressure.set(list(Pressure).index(plan.pressure))

    def became(self, outcome: Outcome) -> None:
        """Count what became of an action."""
        action: Action = outcome.action
        (self._done if outcome.done else self._refused).labels(action.kind).inc()
        if outcome.done:
            self._freed.inc(action.frees or 0)

    def completed(self) -> None:
        """Note that a round came to its end."""
        self._last = self._clock()
