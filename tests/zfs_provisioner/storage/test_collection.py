"""What every storage keeps to when it is asked what may go, and when it destroys."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_provisioner import Clock, OpenStorage, silent, wanted
from tests_strangers import Stranger
from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointName,
    CheckpointRef,
    DatasetName,
    Holder,
    Lease,
    Owner,
    Release,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.residents import LONGEST_MEMO, Resident
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.protocol import Storage

SPEC = WorkspaceSpec(
    owner=Owner("alice"), dataset=DatasetName("obs"), release=ReleaseName("1"), name="A test"
)
Content = dict[str, bytes]


@pytest.fixture
def release(storage: Storage, source: Path, clock: Clock) -> Release:
    return storage.import_release(wanted(clock), source, silent)


@pytest.fixture
def lab(storage: Storage, release: Release, clock: Clock) -> "Lab":
    return Lab(storage, clock)


class Lab:
    """A storage with the release `obs@1`, and what tests do to workspaces on it."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self.storage, self._clock = storage, clock
        self._numbers: Iterator[int] = iter(range(1, 1000))

    def made(self, spec: WorkspaceSpec = SPEC, wid: str | None = None) -> Workspace:
        """Make a workspace and change what is in it."""
        workspace = self.made_plain(spec, wid)
        self.storage.ensure_open(workspace)
        (Path(workspace.path) / "notes.txt").write_text(f"notes on {workspace.id}")
        return workspace

    def made_plain(self, spec: WorkspaceSpec = SPEC, wid: str | None = None) -> Workspace:
        chosen = WorkspaceId(wid or str(uuid.uuid4()))
        return self.storage.create(chosen, spec, self._clock.now, silent)

    def kept(
        self, workspace: Workspace, kind: CheckpointKind = CheckpointKind.USER
    ) -> CheckpointName:
        name = format_checkpoint(kind, self._clock.now, next(self._numbers))
        self.storage.take_checkpoint(workspace, name)
        return name

    def trashed(self, workspace: Workspace) -> Workspace:
        marked = replace(workspace, trashed=self._clock.now)
        self.storage.update(marked)
        self.storage.ensure_closed(marked)
        self.storage.move_to_trash(marked)
        return self.found(workspace)

    def discarded(self, spec: WorkspaceSpec = SPEC) -> Workspace:
        """Make a workspace with a checkpoint, and put it into trash."""
        workspace = self.made(spec)
        self.kept(workspace)
        return self.trashed(workspace)

    def undeleted(self, workspace: Workspace) -> Workspace:
        self.storage.move_from_trash(workspace)
        return self.found(workspace)

    def found(self, workspace: Workspace) -> Workspace:
        found = self.storage.find(workspace.id, workspace.spec.owner)
        assert found is not None
        return found

    def seen(self, workspace: Workspace) -> Resident:
        survey = self.storage.survey()
        (found,) = (each for each in survey.residents if each.workspace.id == workspace.id)
        return found

    def content(self, workspace: Workspace) -> list[Content]:
        """Return what a workspace holds, and what each of its checkpoints does."""
        points = [None, *(each.name for each in self.storage.checkpoints(workspace))]
        return [self._content(workspace, each) for each in points]

    def _content(self, workspace: Workspace, checkpoint: CheckpointName | None) -> Content:
        with self.storage.reading(workspace, checkpoint) as root:
            entries = [each for each in trees.walk(root) if each.is_file]
            return {each.relative: each.path.read_bytes() for each in entries}


def ids(residents: list[Workspace] | list[Resident]) -> set[str]:
    return {each.id if isinstance(each, Workspace) else each.workspace.id for each in residents}


def test_a_survey_shows_all_workspaces_as_they_are(
    lab: Lab, storage: Storage, open_storage: OpenStorage, clock: Clock
) -> None:
    live, leased = lab.made(), lab.made(replace(SPEC, owner=Owner("Bob B.")))
    lease = Lease(holder=Holder("h"), until=clock.now + timedelta(hours=1))
    storage.update(replace(leased, lease=lease, active=clock.now, keep=clock.now))
    names = [lab.kept(live, kind) for kind in (CheckpointKind.USER, CheckpointKind.AUTO)]
    trashed = lab.discarded()
    survey = storage.survey()
    by_id = {each.workspace.id: each for each in survey.residents}
    assert by_id.keys() == {live.id, leased.id, trashed.id}
    assert sorted([each.workspace for each in survey.residents], key=lambda each: each.id) == (
        sorted(storage.workspaces(), key=lambda each: each.id)
    )
    assert [each.name for each in by_id[live.id].checkpoints] == names
    assert [each.made for each in by_id[live.id].checkpoints] == [clock.now] * 2
    assert by_id[leased.id].workspace.lease == lease
    assert by_id[trashed.id].workspace.state is WorkspaceState.TRASHED
    assert len(by_id[trashed.id].checkpoints) == 1
    assert survey.odd == ()
    assert all(each.odd == () for each in survey.residents)
    assert by_id[trashed.id].users == ()
    assert 0 < survey.free <= survey.size
    again = {each.workspace.id: each for each in open_storage().survey().residents}
    assert again == by_id


def test_identities_tell_all_apart_and_last(lab: Lab) -> None:
    first, second = lab.made(), lab.made()
    for each in (first, second):
        for _number in range(2):
            lab.kept(each)
    before = [lab.seen(each) for each in (first, second)]
    found = {each.identity for each in before}
    assert len(found) == 2
    assert len({kept.identity for each in before for kept in each.checkpoints}) == 4
    lab.undeleted(lab.trashed(first))
    assert lab.seen(first).identity == before[0].identity
    assert lab.seen(first).checkpoints == before[0].checkpoints


def test_what_was_written_is_known_or_unknown_and_never_too_little(lab: Lab) -> None:
    changed, plain, shorter = lab.made(), lab.made_plain(), lab.made_plain()
    lab.storage.ensure_open(shorter)
    (Path(shorter.path) / "notes.txt").unlink()
    for each in (changed, plain, shorter):
        lab.storage.ensure_closed(each)
    assert lab.seen(changed).written != 0
    assert lab.seen(shorter).written != 0
    assert lab.seen(plain).written in {0, None}
    lab.storage.ensure_open(changed)
    lab.kept(changed)
    lab.storage.ensure_closed(changed)
    assert lab.seen(changed).written in {0, None}
    assert not lab.seen(changed).unchanged


def test_destroying_takes_what_was_named_and_nothing_else(
    lab: Lab, storage: Storage, release: Release
) -> None:
    gone = [lab.discarded() for _number in range(3)]
    others = [lab.made(), lab.discarded(), lab.discarded(replace(SPEC, owner=Owner("bob")))]
    lab.kept(others[0])
    before = [lab.content(each) for each in others]
    assert storage.destroy([lab.seen(each) for each in gone]) == []
    assert ids(storage.workspaces()) == ids(others) == ids([*storage.survey().residents])
    assert [lab.content(each) for each in others] == before
    assert storage.digest(release) == release.digest
    storage.ensure_closed(others[0])
    assert storage.reconcile() == []
    assert storage.survey().odd == ()


def test_the_id_of_a_destroyed_workspace_is_free(lab: Lab, release: Release) -> None:
    workspace = lab.discarded()
    seen = lab.seen(workspace)
    assert lab.storage.destroy([seen]) == []
    assert lab.storage.find(workspace.id, SPEC.owner) is None
    again = lab.made_plain(wid=workspace.id)
    lab.storage.ensure_open(again)
    assert trees.digest(Path(again.path)) == release.digest
    assert lab.storage.checkpoints(again) == []
    assert lab.seen(again).identity != seen.identity


def refused(lab: Lab, seen: Resident, workspace: Workspace) -> str:
    """Destroy in vain; return why it was refused."""
    now = lab.found(workspace)
    before = lab.content(now)
    (refusal,) = lab.storage.destroy([seen])
    assert refusal.workspace == workspace.id
    assert refusal.why.endswith(".")
    assert lab.found(workspace) == now
    assert lab.content(now) == before
    return refusal.why


def test_a_live_workspace_is_not_destroyed(lab: Lab) -> None:
    workspace = lab.made()
    assert "not in trash" in refused(lab, lab.seen(workspace), workspace)


def test_one_that_was_undeleted_meanwhile_is_not_destroyed(lab: Lab) -> None:
    workspace = lab.discarded()
    seen = lab.seen(workspace)
    lab.undeleted(workspace)
    assert "not in trash" in refused(lab, seen, workspace)


def test_one_with_another_checkpoint_is_not_destroyed(lab: Lab) -> None:
    workspace = lab.discarded()
    seen = lab.seen(workspace)
    back = lab.undeleted(workspace)
    lab.kept(back, CheckpointKind.FINAL)
    lab.trashed(back)
    assert "checkpoint" in refused(lab, seen, workspace)
    for other in (replace(lab.seen(workspace), checkpoints=()), seen):
        refused(lab, other, workspace)
    assert lab.storage.destroy([lab.seen(workspace)]) == []


def test_one_that_replaced_what_was_seen_is_not_destroyed(lab: Lab) -> None:
    workspace = lab.trashed(lab.made())
    seen = lab.seen(workspace)
    assert lab.storage.destroy([seen]) == []
    again = lab.trashed(lab.made(wid=workspace.id))
    assert "gone" in refused(lab, seen, again)


def test_one_that_is_gone_is_refused_and_not_looked_at(lab: Lab) -> None:
    gone, other = lab.discarded(), lab.discarded()
    seen = [lab.seen(gone), lab.seen(other)]
    assert lab.storage.destroy([seen[0]]) == []
    (refusal,) = lab.storage.destroy([seen[0]])
    assert refusal.workspace == gone.id
    assert ids(lab.storage.look_closer(seen)) == {other.id}


def test_a_closer_look_shows_each_as_it_is_now_in_the_order_asked(lab: Lab) -> None:
    those = [lab.discarded() for _number in range(4)]
    seen = [lab.seen(each) for each in those]
    lab.undeleted(those[1])
    closer = lab.storage.look_closer(seen[::-1])
    assert [each.workspace.id for each in closer] == [each.id for each in those[::-1]]
    assert [each.workspace.state for each in closer].count(WorkspaceState.LIVE) == 1
    assert [each.identity for each in closer] == [each.identity for each in seen[::-1]]
    assert [each.checkpoints for each in closer] == [each.checkpoints for each in seen[::-1]]


@pytest.mark.parametrize("branch_first", [True, False])
def test_a_branch_goes_before_what_it_was_branched_from(lab: Lab, branch_first: bool) -> None:
    """Where clones share their origin's blocks; elsewhere the two do not depend on each other."""
    origin = lab.made()
    point = CheckpointRef(workspace=origin.id, checkpoint=lab.kept(origin))
    branch = lab.made(replace(SPEC, branch=point))
    both = [lab.trashed(branch), lab.trashed(origin)]
    seen = [lab.seen(each) for each in both]
    (kept,) = seen[1].checkpoints
    assert kept.branches in {(), (branch.id,)}
    refusals = lab.storage.destroy(seen if branch_first else seen[::-1])
    pinned = bool(kept.branches) and not branch_first
    assert [each.workspace for each in refusals] == [origin.id] * pinned
    assert ids(lab.storage.workspaces()) == {origin.id} - ({origin.id} if not pinned else set())


def test_what_somebody_else_did_to_a_workspace_is_reported_and_keeps_it(
    lab: Lab, stranger: Stranger
) -> None:
    others = [lab.discarded()]
    for act in stranger.acts:
        workspace = lab.discarded()
        before, content = lab.seen(workspace), lab.content(workspace)
        word = act(workspace)
        (closer,) = lab.storage.look_closer([before])
        said = [*closer.odd, *closer.users, *(each.odd for each in closer.checkpoints)]
        assert any(word in each for each in said), (act, said)
        for seen in (before, closer, lab.seen(workspace)):
            assert word in refused(lab, seen, workspace), act
        assert lab.content(workspace) == content
        others.append(workspace)
    assert ids(lab.storage.workspaces()) == ids(others)


def test_strangers_do_not_hide_the_checkpoints(lab: Lab, stranger: Stranger) -> None:
    for act in stranger.acts:
        workspace = lab.made()
        name = lab.kept(workspace)
        act(workspace)
        assert [each.name for each in lab.storage.checkpoints(workspace)] == [name]
        assert [each.name for each in lab.seen(workspace).checkpoints] == [name]


def test_what_is_no_workspace_is_reported_and_stays(
    lab: Lab, storage: Storage, stranger: Stranger
) -> None:
    workspace = lab.discarded()
    word = stranger.leave_beside()
    before = storage.survey()
    (said,) = before.odd
    assert word in said
    assert "left alone" in said
    assert storage.destroy(before.residents) == []
    assert storage.survey().odd == before.odd
    assert storage.find(workspace.id, SPEC.owner) is None


def test_a_spoilt_record_disturbs_no_survey(lab: Lab, storage: Storage, stranger: Stranger) -> None:
    spoilt, good = lab.discarded(), lab.discarded()
    seen = lab.seen(spoilt)
    word = stranger.spoil(spoilt)
    survey = storage.survey()
    assert ids([*survey.residents]) == {good.id}
    assert any(word in each and "left alone" in each for each in survey.odd)
    assert storage.look_closer([seen]) == []
    (refusal,) = storage.destroy([seen])
    assert refusal.workspace == spoilt.id
    assert any(word in each for each in storage.survey().odd)


def test_only_automatic_checkpoints_that_were_seen_are_destroyed(
    lab: Lab, storage: Storage
) -> None:
    workspace = lab.made()
    kinds = [CheckpointKind.AUTO, CheckpointKind.USER, CheckpointKind.FINAL, CheckpointKind.AUTO]
    gone, user, final, base = (lab.kept(workspace, kind) for kind in kinds)
    storage.update(replace(workspace, base=base))
    seen = lab.seen(workspace)
    later = lab.kept(workspace, CheckpointKind.AUTO)
    content = lab.content(workspace)
    everything = lab.seen(workspace).checkpoints
    other = replace(everything[-1], identity=everything[-1].identity + 1)
    done = storage.destroy_checkpoints(seen, [*seen.checkpoints, other])
    assert done == [seen.checkpoints[0]]
    names = [user, final, base, later]
    assert [each.name for each in storage.checkpoints(workspace)] == names
    assert [each.name for each in lab.seen(workspace).checkpoints] == names
    assert lab.content(workspace) == [content[0], *content[2:]]
    assert gone not in names
    assert storage.destroy_checkpoints(seen, done) == []
    storage.ensure_closed(workspace)
    assert storage.reconcile() == []


def test_the_checkpoints_of_another_workspace_of_the_name_stay(lab: Lab) -> None:
    workspace = lab.made()
    lab.kept(workspace, CheckpointKind.AUTO)
    seen = lab.seen(workspace)
    stranger = replace(seen, identity=seen.identity + 1)
    assert lab.storage.destroy_checkpoints(stranger, seen.checkpoints) == []
    trashed = lab.trashed(workspace)
    assert lab.storage.destroy_checkpoints(seen, seen.checkpoints) == []
    assert lab.storage.destroy_checkpoints(lab.seen(trashed), seen.checkpoints) == []
    assert len(lab.storage.checkpoints(trashed)) == 1


def test_a_checkpoint_that_a_branch_began_with_stays_where_it_is_shared(lab: Lab) -> None:
    workspace = lab.made()
    point = CheckpointRef(
        workspace=workspace.id, checkpoint=lab.kept(workspace, CheckpointKind.AUTO)
    )
    branch = lab.made(replace(SPEC, branch=point))
    content = lab.content(branch)
    seen = lab.seen(workspace)
    shared = [each for each in seen.checkpoints if each.branches]
    gone = lab.storage.destroy_checkpoints(seen, seen.checkpoints)
    assert gone == [each for each in seen.checkpoints if each not in shared]
    assert lab.content(branch) == content


def test_a_memo_lasts_until_the_next(storage: Storage, open_storage: OpenStorage, lab: Lab) -> None:
    assert storage.survey().memo == ""
    for text in ("first", 'ünsafe "words"\n{}\t\'', "x" * LONGEST_MEMO, ""):
        storage.write_memo(text)
        for each in (storage, open_storage()):
            assert each.survey().memo == text
    with pytest.raises(ValueError, match="bytes"):
        storage.write_memo("ü" * LONGEST_MEMO)
    assert storage.survey().memo == ""
    assert storage.survey().odd == ()
    assert storage.reconcile() == []
