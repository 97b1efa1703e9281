"""What happens between the plan and an action, on plain directories.

What plain directories do not have, branches that share blocks, is put into what the storage sees.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_provisioner import Clock, Site, silent
from tests_residents import DAY, HOUR, MINUTE, seen_all, wid
from zfs_provisioner.custody import Custody
from zfs_provisioner.errors import StorageDamagedError, StorageUnavailableError
from zfs_provisioner.gc import executor
from zfs_provisioner.gc.executor import Executor
from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import Action, ActionKind, Inventory, Outcome
from zfs_provisioner.gc.policy import CheckpointRules, Policy
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import CheckpointKind, Workspace, WorkspaceId, WorkspaceState
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.residents import Kept, Refusal, Resident
from zfs_provisioner.storage import open_places
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.workspaces import Workspaces

POLICY = Policy(checkpoints=CheckpointRules(last=2))
TRASH, DESTROY, PRUNE = ActionKind.TRASH, ActionKind.DESTROY, ActionKind.PRUNE
View = Callable[[Resident], Resident]


class Observed(DirectoryStorage):
    """Plain directories of which a test can change what is seen, and what fails."""

    view: View = staticmethod(lambda resident: resident)
    fault: Exception | None = None
    refusals: Sequence[Refusal] = ()

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        return [self.view(each) for each in super().look_closer(residents)]

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        if self.fault is not None:
            raise self.fault
        refused = {each.workspace for each in self.refusals}
        wanted = [each for each in residents if each.workspace.id not in refused]
        return [*self.refusals, *super().destroy(wanted)]


class Collection:
    """Workspaces on a storage, and what collects them."""

    def __init__(self, root: Path, clock: Clock, source: Path) -> None:
        self.root, self.storage, self.clock = root, Observed(root), clock
        self.site = Site(self.storage, clock, source)
        self.journal = self.site.journal
        self.custody = Custody(self.storage, clock, self.journal.append)
        self.workspaces = Workspaces(self.custody, self.site.archive)
        self.executor = Executor(self.custody, self.workspaces)
        self.inventory: Inventory | None = None

    def made(self) -> Workspace:
        return self.workspaces.ensure_created(
            str(uuid.uuid4()), owner="alice", dataset="obs", release="1", name="x", report=silent
        )

    def in_trash(self) -> Workspace:
        return self.workspaces.ensure_trashed(self.made().id, "alice")

    def with_checkpoints(self, number: int = 6) -> Workspace:
        """Return a workspace that had so many sessions, a minute apart."""
        one = self.made()
        for each in range(number):
            self.lease(one)
            (Path(one.path) / "notes.txt").write_text(f"note {each}")
            self.workspaces.ensure_released(one.id, owner="alice", holder="h")
            self.clock.advance(60)
        return one

    def lease(self, workspace: Workspace, duration: timedelta = HOUR) -> None:
        self.workspaces.ensure_leased(
            workspace.id, owner="alice", holder="h", session="x", duration=duration
        )

    def pass_time(self, duration: timedelta) -> None:
        self.clock.advance(duration.total_seconds())

    def planned(self) -> tuple[Action, ...]:
        """Return the actions of a plan, all of which was past its time an hour ago too."""
        survey = self.storage.survey()
        # The disk of the machine that tests may be full, and this is not about that.
        survey = replace(survey, free=1, size=1)
        seen = seen_all(survey.residents, self.clock.now - HOUR)
        self.inventory = Inventory(survey=survey, seen=seen)
        return plan(self.inventory, POLICY, self.clock.now).actions

    def execute(self, actions: Sequence[Action]) -> list[Outcome]:
        assert self.inventory is not None
        return list(self.executor.execute(actions, self.inventory, POLICY))

    def refusal(self, actions: Sequence[Action]) -> str:
        """Execute one action, that must be refused and change nothing; return why."""
        before = self.state()
        (outcome,) = self.execute(actions)
        assert not outcome.done
        assert self.state() == before
        return outcome.why

    def state(self) -> object:
        return [
            (each, self.storage.checkpoints(each)) for each in self.storage.workspaces()
        ], sorted(self.root.rglob("notes.txt"))

    def verbs(self) -> list[Verb]:
        return [each.verb for each in self.journal]


@pytest.fixture
def gc(tmp_path: Path, clock: Clock, source: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    # Of all processes only this one: a machine may have thousands, and each action looks at them.
    monkeypatch.setattr(open_places, "_processes", lambda: [str(os.getpid())])
    return Collection(tmp_path / "root", clock, source)


def due_trash(gc: Collection) -> tuple[Workspace, tuple[Action, ...]]:
    one = gc.made()
    gc.pass_time(91 * DAY)
    actions = gc.planned()
    assert [each.kind for each in actions] == [TRASH]
    return one, actions


def due_destruction(gc: Collection, number: int = 1) -> tuple[list[Workspace], tuple[Action, ...]]:
    those = [gc.in_trash() for _ in range(number)]
    gc.pass_time(31 * DAY)
    actions = gc.planned()
    assert [each.kind for each in actions] == [DESTROY] * number
    return those, actions


def due_pruning(gc: Collection) -> tuple[Workspace, tuple[Action, ...]]:
    one = gc.with_checkpoints()
    actions = gc.planned()
    assert [each.kind for each in actions] == [PRUNE]
    return one, actions


def container(gc: Collection, workspace: Workspace) -> Path:
    """Return the directory in trash that holds a workspace."""
    (found,) = (gc.root / "trash").glob("*")
    return found


def branch_of_first(branch: WorkspaceId) -> View:
    """Return a view in which a workspace has one more checkpoint, with a branch."""
    return lambda seen: replace(
        seen,
        checkpoints=tuple(replace(each, branches=(branch,)) for each in seen.checkpoints),
    )


# To trash


def test_what_is_idle_goes_to_trash_with_its_changes_in_a_final_checkpoint(gc: Collection) -> None:
    one = gc.made()
    gc.lease(one)
    (Path(one.path) / "notes.txt").write_text("what alice made")
    gc.pass_time(91 * DAY)
    (outcome,) = gc.execute(gc.planned())
    assert outcome.done
    (found,) = gc.workspaces.all()
    assert found.state is WorkspaceState.TRASHED
    assert found.trashed == gc.clock.now
    (final,) = gc.storage.checkpoints(found)
    assert final.kind is CheckpointKind.FINAL
    with gc.storage.reading(found, final.name) as content:
        assert (content / "notes.txt").read_text() == "what alice made"
    assert gc.verbs()[-2:] == [Verb.CHECKPOINTED, Verb.TRASHED]
    assert gc.journal[-1].detail == outcome.action.why


def test_after_going_to_trash_nothing_is_planned(gc: Collection) -> None:
    _one, actions = due_trash(gc)
    gc.execute(actions)
    assert gc.planned() == ()


def test_a_lease_after_the_plan_keeps_it_out_of_trash(gc: Collection) -> None:
    one, actions = due_trash(gc)
    gc.lease(one)
    assert gc.refusal(actions) == "it is in use"


def test_a_session_after_the_plan_keeps_it_out_of_trash(gc: Collection) -> None:
    one, actions = due_trash(gc)
    gc.lease(one)
    gc.workspaces.ensure_released(one.id, owner="alice", holder="h")
    assert "its time is not over" in gc.refusal(actions)


def test_a_wish_to_keep_it_after_the_plan_keeps_it_out_of_trash(gc: Collection) -> None:
    one, actions = due_trash(gc)
    gc.workspaces.keep(one.id, "alice", gc.clock.now + MINUTE)
    assert "its time is not over" in gc.refusal(actions)
    gc.pass_time(MINUTE)
    assert gc.execute(actions)[0].done


def test_going_to_trash_after_the_plan_is_not_done_again(gc: Collection) -> None:
    one, actions = due_trash(gc)
    gc.workspaces.ensure_trashed(one.id, "alice")
    assert gc.refusal(actions) == "it is in trash"


def test_something_foreign_after_the_plan_keeps_it_out_of_trash(gc: Collection) -> None:
    one, actions = due_trash(gc)
    (Path(one.path).parent / "foreign").touch()
    assert "foreign is not a workspace's" in gc.refusal(actions)


def test_a_process_that_works_in_it_after_the_plan_keeps_it_out_of_trash(gc: Collection) -> None:
    one, actions = due_trash(gc)
    with (Path(one.path) / "notes.txt").open():
        assert "open" in gc.refusal(actions)


def test_another_one_in_its_place_after_the_plan_stays_out_of_trash(gc: Collection) -> None:
    _one, actions = due_trash(gc)
    gc.storage.view = lambda seen: replace(seen, identity=seen.identity + 1)
    assert "another one is in its place" in gc.refusal(actions)


# Out of trash


def test_what_was_long_enough_in_trash_is_destroyed(gc: Collection) -> None:
    (one, other), actions = due_destruction(gc, 2)
    outcomes = gc.execute(actions)
    assert [each.done for each in outcomes] == [True, True]
    assert gc.workspaces.all() == []
    assert gc.verbs()[-2:] == [Verb.DESTROYED, Verb.DESTROYED]
    assert {each.subject for each in gc.journal[-2:]} == {one.id, other.id}
    assert gc.journal[-1].detail == actions[-1].why
    assert gc.planned() == ()


def test_an_undelete_after_the_plan_keeps_it(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    gc.workspaces.ensure_undeleted(one.id, "alice")
    assert gc.refusal(actions) == "it was brought back"


def test_an_undelete_and_a_lease_after_the_plan_keep_it(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    gc.workspaces.ensure_undeleted(one.id, "alice")
    gc.lease(one)
    assert gc.refusal(actions) == "it is in use"


def test_being_in_trash_anew_after_the_plan_keeps_it(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    gc.workspaces.ensure_undeleted(one.id, "alice")
    gc.workspaces.ensure_trashed(one.id, "alice")
    assert "its time is not over" in gc.refusal(actions)


def test_a_clock_that_goes_back_after_the_plan_keeps_it(gc: Collection) -> None:
    _those, actions = due_destruction(gc)
    gc.pass_time(-30 * DAY)
    assert "its time is not over" in gc.refusal(actions)


def test_a_new_checkpoint_after_the_plan_keeps_it(gc: Collection) -> None:
    one = gc.with_checkpoints(2)
    gc.workspaces.ensure_trashed(one.id, "alice")
    gc.pass_time(31 * DAY)
    actions = gc.planned()
    checkpoints = container(gc, one) / "checkpoints"
    first = min(checkpoints.iterdir())
    shutil.copytree(first, checkpoints / format_checkpoint(CheckpointKind.USER, gc.clock.now, 99))
    assert "other checkpoints" in gc.refusal(actions)


def test_a_checkpoint_that_is_gone_after_the_plan_keeps_it(gc: Collection) -> None:
    one = gc.with_checkpoints(2)
    gc.workspaces.ensure_trashed(one.id, "alice")
    gc.pass_time(31 * DAY)
    actions = gc.planned()
    shutil.rmtree(min((container(gc, one) / "checkpoints").iterdir()))
    assert "other checkpoints" in gc.refusal(actions)


def test_a_replaced_workspace_is_kept(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    place = container(gc, one)
    shutil.copytree(place, gc.root / "copy", symlinks=True)
    place.rename(gc.root / "away")
    (gc.root / "copy").rename(place)
    assert "another one is in its place" in gc.refusal(actions)


def test_another_one_in_its_place_is_kept(gc: Collection) -> None:
    _those, actions = due_destruction(gc)
    gc.storage.view = lambda seen: replace(seen, identity=seen.identity + 1)
    assert "another one is in its place" in gc.refusal(actions)


def test_what_is_gone_already_is_only_said_to_be(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    shutil.rmtree(container(gc, one))
    assert "it is gone" in gc.refusal(actions)
    assert Verb.DESTROYED not in gc.verbs()


def test_something_foreign_after_the_plan_keeps_it(gc: Collection) -> None:
    (one,), actions = due_destruction(gc)
    (container(gc, one) / "foreign").touch()
    assert "foreign is not a workspace's" in gc.refusal(actions)


def test_what_was_past_its_time_in_one_look_only_is_kept(gc: Collection) -> None:
    _those, actions = due_destruction(gc)
    assert gc.inventory is not None
    gc.inventory = replace(gc.inventory, seen={})
    assert "one look only" in gc.refusal(actions)


def test_a_new_branch_after_the_plan_keeps_what_it_began_with(gc: Collection) -> None:
    one = gc.with_checkpoints(2)
    gc.workspaces.ensure_trashed(one.id, "alice")
    gc.pass_time(31 * DAY)
    actions = gc.planned()
    gc.storage.view = branch_of_first(wid(1))
    assert "another workspace began with a checkpoint of it" in gc.refusal(actions)


@pytest.mark.parametrize("batch", [1, 64])
def test_a_branch_that_was_destroyed_keeps_nothing(
    gc: Collection, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "BATCH", batch)
    parent, branch, actions = family(gc)
    assert [each.done for each in gc.execute(actions)] == [True, True]
    assert gc.storage.workspaces() == []
    assert [each.subject for each in gc.journal[-2:]] == [branch.id, parent.id]


@pytest.mark.parametrize("batch", [1, 64])
def test_a_branch_that_was_brought_back_keeps_what_it_began_with(
    gc: Collection, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "BATCH", batch)
    parent, branch, actions = family(gc)
    gc.workspaces.ensure_undeleted(branch.id, "alice")
    first, second = gc.execute(actions)
    assert (first.done, first.why) == (False, "it was brought back")
    assert (second.done, second.action.workspace.id) == (False, parent.id)
    assert "another workspace began" in second.why


def family(gc: Collection) -> tuple[Workspace, Workspace, list[Action]]:
    """Return a workspace in trash, a branch of it in trash, and the actions, the branch first."""
    parent = gc.with_checkpoints(1)
    branch = gc.in_trash()
    gc.workspaces.ensure_trashed(parent.id, "alice")
    gc.pass_time(31 * DAY)
    gc.storage.view = lambda seen: (
        branch_of_first(branch.id)(seen) if seen.workspace.id == parent.id else seen
    )
    actions = sorted(gc.planned(), key=lambda each: each.workspace.id == parent.id)
    return parent, branch, actions


def test_what_the_storage_refuses_is_not_done_and_the_others_are(gc: Collection) -> None:
    (one, other), actions = due_destruction(gc, 2)
    gc.storage.refusals = [Refusal(workspace=one.id, why="a hold of backup")]
    outcomes = {each.action.workspace.id: each for each in gc.execute(actions)}
    assert (outcomes[one.id].done, outcomes[one.id].why) == (False, "a hold of backup")
    assert outcomes[other.id].done
    assert [each.id for each in gc.workspaces.all()] == [one.id]
    assert [each.subject for each in gc.journal if each.verb is Verb.DESTROYED] == [other.id]


def test_what_is_refused_among_several_keeps_none_of_the_others(gc: Collection) -> None:
    (one, other), actions = due_destruction(gc, 2)
    gc.workspaces.ensure_undeleted(one.id, "alice")
    outcomes = {each.action.workspace.id: each.done for each in gc.execute(actions)}
    assert outcomes == {one.id: False, other.id: True}


def test_a_failure_is_told_and_the_round_goes_on(gc: Collection) -> None:
    gc.in_trash()
    gc.made()
    gc.pass_time(91 * DAY)
    actions = gc.planned()
    gc.storage.fault = StorageDamagedError("The record is spoilt.")
    destroyed, trash = gc.execute(actions)
    assert (destroyed.done, destroyed.why) == (False, "The record is spoilt.")
    assert (trash.done, trash.action.kind) == (True, TRASH)


def test_a_storage_that_does_not_answer_ends_the_round(gc: Collection) -> None:
    gc.in_trash()
    one = gc.made()
    gc.pass_time(91 * DAY)
    actions = gc.planned()
    gc.storage.fault = StorageUnavailableError("The pool is suspended.")
    with pytest.raises(StorageUnavailableError):
        gc.execute(actions)
    assert gc.workspaces.get(one.id, "alice").state is WorkspaceState.LIVE


# Checkpoints


def test_checkpoints_go_that_the_ladder_lets_go(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    before = [each.name for each in gc.storage.checkpoints(one)]
    (outcome,) = gc.execute(actions)
    assert outcome.done
    after = [each.name for each in gc.storage.checkpoints(one)]
    assert after == [before[0], *before[-2:]]
    assert gc.verbs()[-1] is Verb.PRUNED
    assert all(name in gc.journal[-1].detail for name in before[1:-2])
    assert gc.planned() == ()


def test_a_lease_after_the_plan_keeps_all_checkpoints(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    gc.lease(one)
    assert "3 checkpoints are in use" in gc.refusal(actions)


def test_going_to_trash_after_the_plan_keeps_all_checkpoints(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    gc.workspaces.ensure_trashed(one.id, "alice")
    assert "3 checkpoints are in use" in gc.refusal(actions)


def test_a_restored_checkpoint_stays(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    victim = actions[0].checkpoints[0].name
    gc.site.checkpoints.restore(one.id, "alice", victim, silent)
    (outcome,) = gc.execute(actions)
    assert "1 checkpoints are in use" in outcome.why
    assert victim in [each.name for each in gc.storage.checkpoints(one)]


def test_a_branch_after_the_plan_keeps_its_checkpoint(gc: Collection) -> None:
    _one, actions = due_pruning(gc)
    gc.storage.view = branch_of_first(wid(1))
    assert "3 checkpoints are in use" in gc.refusal(actions)


def test_something_foreign_after_the_plan_keeps_all_checkpoints(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    (Path(one.path).parent / "foreign").touch()
    assert "foreign is not a workspace's" in gc.refusal(actions)


def test_another_one_in_its_place_keeps_its_checkpoints(gc: Collection) -> None:
    _one, actions = due_pruning(gc)
    gc.storage.view = lambda seen: replace(seen, identity=seen.identity + 1)
    assert "another one is in its place" in gc.refusal(actions)


def test_of_checkpoints_only_the_planned_go(gc: Collection) -> None:
    one, actions = due_pruning(gc)
    (action,) = actions
    first: Kept = action.checkpoints[0]
    before = [each.name for each in gc.storage.checkpoints(one)]
    (outcome,) = gc.execute([replace(action, checkpoints=(first,))])
    assert outcome.done
    after = [each.name for each in gc.storage.checkpoints(one)]
    assert after == [each for each in before if each != first.name]
