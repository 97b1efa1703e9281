"""A site whose garbage is collected, by a policy of hours."""

from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from tests_provisioner import Clock, Site, silent
from zfs_provisioner.gc.collector import Collector
from zfs_provisioner.gc.plans import ActionKind, Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.gc.pressure import PoolGauge
from zfs_provisioner.gc.tally import Tally
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import Workspace
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces

HOUR = 3600
DAY = 24 * HOUR
POLICY = Policy.model_validate(
    {
        "workspaces": {"idle": "30 days", "idle_unchanged": "10 days", "idle_floor": "10 days"},
        "trash": {"time": "14 days", "time_unchanged": "4 days", "floor": "2 days"},
        "checkpoints": {"last": 2, "ladder": ["1 day for 7 days"]},
        "safety": {"notice": "2 days", "absence": "200 days"},
        # How full this machine's disk is decides nothing here.
        "pressure": {"warn": 0, "shorten": 0, "refuse": 0, "page": 0},
    }
)


class CollectedSite(Site):
    """Archive, workspaces and their collection, as a provisioner that starts puts them together."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        source: Path | None = None,
        policy: Policy = POLICY,
        expects: tuple[str, ...] = (),
    ) -> None:
        super().__init__(storage, clock, source)
        gauge = PoolGauge(policy.pressure)
        self.workspaces = Workspaces(self.custody, self.archive, gauge.refuse_new)
        self.registry = CollectorRegistry()
        self.collector = Collector(
            "root",
            self.custody,
            self.workspaces,
            policy,
            gauge,
            Tally(self.registry, clock),
            expects=expects,
            steady=lambda: clock.steady,
        )

    def make(self, wid: str, owner: str = "alice", *, text: str | None = None) -> Workspace:
        """Make a workspace that its owner used once, and wrote a text into if there is one."""
        self.workspaces.ensure_created(
            wid, owner=owner, dataset="obs", release="1", name="A test", report=silent
        )
        self.use(wid, owner, text=text)
        return self.workspaces.get(wid, owner)

    def use(self, wid: str, owner: str = "alice", *, text: str | None = None) -> None:
        """Work in a workspace for a moment."""
        hour = timedelta(hours=1)
        self.workspaces.ensure_leased(wid, owner=owner, holder="h", session="s", duration=hour)
        if text is not None:
            path = Path(self.workspaces.get(wid, owner).path)
            (path / "notes.txt").write_text(text)
        self.workspaces.ensure_released(wid, owner=owner, holder="h")

    def rounds(self, days: float = 0) -> list[Outcome]:
        """Let days pass, then look twice, as far apart as it takes to go by both."""
        self.clock.advance(days * DAY)
        first = self.collector.round()
        self.clock.advance(2 * HOUR)
        return first + self.collector.round()

    def told(self, *verbs: Verb) -> list[tuple[Verb, str]]:
        """Return what the journal says of these verbs: verb and subject."""
        return [(each.verb, each.subject) for each in self.journal if each.verb in verbs]

    def counted(self, name: str, **labels: str) -> float | None:
        """Return a metric."""
        return self.registry.get_sample_value(f"zfs_provisioner_gc_{name}", labels)


def done(outcomes: list[Outcome]) -> list[tuple[ActionKind, str]]:
    """Return what was done, and to which workspaces."""
    return [(each.action.kind, each.action.workspace.id) for each in outcomes if each.done]
