"""Anything that users, operators, strangers and clocks may do, in any order: the invariants hold.

The eight invariants of the design are checked after every deed on the pool of the model itself, not
through what the provisioner says of it.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests_model import ModelStorage
from tests_model_pool import Filesystem, ModelPool, Tree, files
from tests_provisioner import Clock
from tests_strangers import PoolStranger
from tests_traces import POLICY, WORKSPACES, Deed, House
from zfs_provisioner.errors import UnknownCheckpointError
from zfs_provisioner.model import CheckpointKind, Workspace, WorkspaceId

from zfs_provisioner import naming

NUMBERS = st.integers(0, len(WORKSPACES) - 1)
HOW = st.integers(0, 9)
WIDS = {naming.workspace_directory(WorkspaceId(each)) for each in WORKSPACES}


@dataclass(frozen=True)
class Seen:
    """A filesystem as it was at one moment."""

    name: str
    origin: str | None
    head: Tree
    snapshots: dict[str, Tree]
    properties: dict[str, object]

    @property
    def label(self) -> Workspace | None:
        found = self.properties.get("label")
        return found if isinstance(found, Workspace) else None

    @property
    def is_workspace(self) -> bool:
        return self.name.rpartition("/")[2][:26] in WIDS

    @property
    def foreign(self) -> set[str]:
        """Snapshots and properties that are not ours."""
        return {each for each in self.snapshots if not is_checkpoint(each)} | (
            self.properties.keys() - {"label"}
        )


@dataclass(frozen=True)
class Moment:
    """The pool at one moment, by the guids of its filesystems."""

    at: datetime
    filesystems: dict[int, Seen]
    holds: frozenset[str]
    mounted: frozenset[str]

    def clones(self, name: str) -> list[str]:
        return [
            each.name
            for each in self.filesystems.values()
            if each.origin and each.origin.startswith(f"{name}@")
        ]


def is_checkpoint(name: str) -> bool:
    try:
        naming.parse_checkpoint(name)
    except UnknownCheckpointError:
        return False
    return True


def moment(pool: ModelPool, clock: Clock) -> Moment:
    def seen(name: str, each: Filesystem) -> Seen:
        return Seen(name, each.origin, pool.head(name), dict(each.snapshots), dict(each.properties))

    return Moment(
        at=clock.now,
        filesystems={each.guid: seen(name, each) for name, each in pool.filesystems.items()},
        holds=frozenset(pool.holds),
        mounted=frozenset({*pool.mounts, *pool.elsewhere}),
    )


class Collection(RuleBasedStateMachine):
    """A house on the model, with a record of what was there before each deed."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        directory = Path(self._directory.name)
        source = directory / "source"
        source.mkdir()
        (source / "table.dat").write_text("data")
        self.clock = Clock()
        self.pool = ModelPool(directory / "live")
        self.house = House(
            lambda: ModelStorage(self.pool),
            lambda storage: PoolStranger(storage.pool),
            self.clock,
            source,
        )
        self.before = self.after = moment(self.pool, self.clock)
        self.deed: Deed = ("begin", 0, 0)
        self.overdue: dict[int, list[datetime]] = {}
        self.offset: float | None = None  # of the two clocks, when this provisioner looked last
        self.clock_is_wrong = False

    def teardown(self) -> None:
        self._directory.cleanup()

    def _do(self, what: str, number: int = 0, how: int = 0) -> str:
        self.deed = what, number, how
        self.before = moment(self.pool, self.clock)
        answer = self.house.do(self.deed)
        self.after = moment(self.pool, self.clock)
        return answer

    @rule(what=st.sampled_from(["create", "lease", "write", "release"]), number=NUMBERS, how=HOW)
    def use(self, what: str, number: int, how: int) -> None:
        self._do(what, number, how)

    @rule(number=NUMBERS, how=HOW)
    def work(self, number: int, how: int) -> None:
        """Leave an `auto` checkpoint, as a session does."""
        for what in ("create", "lease", "write", "release"):
            self._do(what, number, how)
            self.all_holds()

    @rule(what=st.sampled_from(["checkpoint", "branch", "keep"]), number=NUMBERS, how=HOW)
    def arrange(self, what: str, number: int, how: int) -> None:
        self._do(what, number, how)

    @rule(what=st.sampled_from(["trash", "undelete"]), number=NUMBERS)
    def change_mind(self, what: str, number: int) -> None:
        self._do(what, number)

    @rule(how=HOW)
    def let_time_pass(self, how: int) -> None:
        self._do("advance", 0, how)

    @rule()
    def look(self) -> None:
        self._look()

    @rule(times=st.integers(2, 6))
    def look_for_hours(self, times: int) -> None:
        for _ in range(times):
            self._do("advance", 0, 1)
            self._look()
            self.all_holds()

    def _look(self) -> None:
        offset = self.clock.now.timestamp() - self.clock.steady
        if self.offset not in (None, offset):
            self.clock_is_wrong = True
            self.overdue.clear()  # what was seen by another clock is no look
        self.offset = offset
        late = POLICY.trash.floor
        for guid, each in moment(self.pool, self.clock).filesystems.items():
            label = each.label
            if each.name.startswith("trash/") and label is not None and label.trashed:
                if label.trashed + late <= self.clock.now:
                    self.overdue.setdefault(guid, []).append(self.clock.now)
            else:
                self.overdue.pop(guid, None)
        self._do("round")
        if all(each.done for each in self.house.outcomes):
            self._nothing_is_planned_again()

    def _nothing_is_planned_again(self) -> None:
        """Planning after executing plans nothing (7)."""
        seen = self.house.site.collector.outlook()
        stopped = {kind for each in seen.stops for kind in each.kinds}
        assert [each for each in seen.actions if each.kind not in stopped] == []

    @rule(how=HOW)
    def fill(self, how: int) -> None:
        self._do("press", 0, how)

    @rule(number=NUMBERS, how=HOW)
    def meddle(self, number: int, how: int) -> None:
        self._do("meddle", number, how)

    @rule(how=HOW)
    def set_clock(self, how: int) -> None:
        self._do("jump", 0, how)

    @rule()
    def restart(self) -> None:
        self._do("restart")
        self.offset = None
        self.overdue.clear()  # it forgot what it saw: only looks from here on count

    @rule()
    def resume(self) -> None:
        self._do("resume")
        self.clock_is_wrong = False

    @rule()
    def stop_the_pool(self) -> None:
        """Unknown means: change nothing (6)."""
        self.pool.state = "SUSPENDED"
        try:
            assert self._do("round") == "storage_unavailable"
            assert self.before == self.after
        finally:
            self.pool.state = "ONLINE"

    @invariant()
    def all_holds(self) -> None:
        self._archive_is_untouched()
        for guid, was in self.before.filesystems.items():
            now = self.after.filesystems.get(guid)
            if now is None:
                self._may_be_destroyed(guid, was)
                continue
            self._keeps_its_content(was, now)
            if was.name != now.name:
                self._may_move(was, now)
        assert self.after.holds >= {
            each for each in self.before.holds if "@" in each and self._kept(each)
        }

    def _kept(self, held: str) -> bool:
        """Tell whether a hold's filesystem has the name that it had."""
        names = {each.name for each in self.after.filesystems.values()}
        return held.partition("@")[0] in names

    def _archive_is_untouched(self) -> None:
        """Nothing below the archive is named by any action (1)."""

        def archive(of: Moment) -> dict[int, Seen]:
            return {k: v for k, v in of.filesystems.items() if v.name.startswith("archive")}

        assert archive(self.before) == archive(self.after)

    def _may_be_destroyed(self, guid: int, was: Seen) -> None:
        """Only out of trash, past its time in two looks, unmounted, with nothing foreign (2, 5)."""
        assert self.deed[0] == "round"
        assert not self.clock_is_wrong
        assert was.name.startswith("trash/")
        assert was.is_workspace
        assert was.label is not None
        assert was.label.trashed is not None
        assert was.label.trashed + POLICY.trash.floor <= self.clock.now
        looks = self.overdue[guid]
        assert looks[-1] - looks[0] >= POLICY.safety.apart
        assert was.name not in self.before.mounted
        assert not was.foreign
        assert not any(each.startswith(f"{was.name}@") for each in self.before.holds)
        assert not self.after.clones(was.name)

    def _keeps_its_content(self, was: Seen, now: Seen) -> None:
        """Head, checkpoints and strangers' things stay, but what the ladder lets go (4, 5)."""
        if self.deed[0] not in {"write", "create", "branch"} and was.is_workspace:
            assert was.head == now.head
        gone = was.snapshots.keys() - now.snapshots.keys()
        for each in gone:
            assert self.deed[0] == "round"
            assert not self.clock_is_wrong
            assert naming.parse_checkpoint(each).kind is CheckpointKind.AUTO
            assert was.label is not None
            assert was.label.base != each
            assert was.name.startswith("ws/")
            assert f"{was.name}@{each}" not in self.before.holds
            assert not was.label.in_use(self.clock.now)
        assert not gone or len(now.snapshots) >= POLICY.checkpoints.last
        assert all(
            now.snapshots[each] == was.snapshots[each]
            for each in now.snapshots.keys() & was.snapshots
        )
        assert was.foreign <= now.foreign

    def _may_move(self, was: Seen, now: Seen) -> None:
        """To trash only what nobody uses, with all that was changed in a checkpoint (3)."""
        if not was.is_workspace:  # a stranger's, below a workspace that its user moves
            assert self.deed[0] in {"trash", "undelete"}
            return
        if not now.name.startswith("trash/"):
            assert self.deed[0] == "undelete"
            return
        assert self.deed[0] in {"trash", "round"}
        assert was.label is not None
        assert not was.label.in_use(self.clock.now)
        kept = [files(each) for each in now.snapshots.values()]
        origin = files(self.pool.tree(now.origin)) if now.origin else {}
        assert files(now.head) in [origin, *kept]
        if self.deed[0] == "round":
            assert not self.clock_is_wrong
            assert was.name not in self.before.mounted
            assert not was.foreign
            assert was.label.keep is None or was.label.keep <= self.clock.now

    @invariant()
    def ids_mean_the_same_workspaces(self) -> None:
        """Same id, same workspace; another owner never gets it (8)."""
        labelled = {
            guid: each.label for guid, each in self.before.filesystems.items() if each.label
        }
        for guid, each in self.after.filesystems.items():
            if each.label and guid in labelled:
                was = labelled[guid]
                assert was is not None
                assert (was.id, was.spec.owner) == (each.label.id, each.label.spec.owner)
        ids = [each.label.id for each in self.after.filesystems.values() if each.label]
        assert len(ids) == len(set(ids))


Collection.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestCollection = Collection.TestCase
