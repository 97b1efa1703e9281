import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests_provisioner import INFO, Site, silent
from zfs_provisioner.errors import (
    InvalidNameError,
    InvalidPathError,
    InvalidSourceError,
    ProvisionerError,
    ReleaseExistsError,
    ReleaseRetiredError,
    UnknownCheckpointError,
    UnknownDatasetError,
    UnknownReleaseError,
    UnknownWorkspaceError,
    WorkspaceExistsError,
    WorkspaceInTrashError,
    WorkspaceInUseError,
)
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import (
    ChangeKind,
    CheckpointKind,
    CheckpointRef,
    Release,
    Workspace,
    WorkspaceState,
)

HOUR = timedelta(hours=1)


def make(site: Site, owner: str = "alice", wid: str | None = None, name: str = "x") -> Workspace:
    return site.workspaces.ensure_created(
        wid or str(uuid.uuid4()),
        owner=owner,
        dataset="obs",
        release="1",
        name=name,
        report=silent,
    )


def change(workspace: Workspace, text: str = "changed") -> None:
    (Path(workspace.path) / "notes.txt").write_text(text)


def lease(site: Site, workspace: Workspace, holder: str = "hub:alice/x") -> Workspace:
    return site.workspaces.ensure_leased(
        workspace.id, owner="alice", holder=holder, session="x", duration=HOUR
    )


def release(site: Site, workspace: Workspace, holder: str = "hub:alice/x") -> object:
    return site.workspaces.ensure_released(workspace.id, owner="alice", holder=holder)


def test_the_same_request_gives_the_same_workspace(site: Site) -> None:
    made = make(site, wid="0f5f2f2e-9d2f-4f65-9b0c-0a4f5b8f9a11")
    change(made)
    again = make(site, wid="0F5F2F2E9D2F4F659B0C0A4F5B8F9A11")
    assert again == made
    assert (Path(again.path) / "notes.txt").read_text() == "changed"


def test_the_same_id_for_another_request_is_refused(site: Site) -> None:
    made = make(site)
    with pytest.raises(WorkspaceExistsError, match="use a new UUID"):
        make(site, wid=made.id, name="other")
    with pytest.raises(WorkspaceExistsError):
        make(site, wid=made.id, owner="bob")


def test_what_is_not_in_the_archive_is_named_with_what_is(site: Site) -> None:
    for dataset, version, error in (
        ("nope", "1", UnknownDatasetError),
        ("obs", "2", UnknownReleaseError),
    ):
        with pytest.raises(error, match=r"obs|1"):
            site.workspaces.ensure_created(
                str(uuid.uuid4()),
                owner="alice",
                dataset=dataset,
                release=version,
                name="x",
                report=silent,
            )
    assert site.workspaces.all() == []


@pytest.mark.parametrize("dataset", ["..", "a/b", "obs@1", "", "obs\0", "o" * 300])
def test_names_that_try_to_leave_the_archive_are_refused(site: Site, dataset: str) -> None:
    with pytest.raises(InvalidNameError):
        site.archive.release(dataset, "1")


def test_another_owners_workspace_is_answered_like_none(site: Site) -> None:
    made = make(site)
    calls: list[Callable[[str], object]] = [
        lambda owner: site.workspaces.get(made.id, owner),
        lambda owner: site.workspaces.usage(made.id, owner),
        lambda owner: site.checkpoints.of(made.id, owner),
        lambda owner: site.checkpoints.take(made.id, owner),
        lambda owner: site.workspaces.ensure_trashed(made.id, owner),
        lambda owner: site.workspaces.ensure_undeleted(made.id, owner),
        lambda owner: site.workspaces.ensure_released(made.id, owner=owner, holder="h"),
        lambda owner: site.checkpoints.restore(made.id, owner, "user-20260102T030405Z-1", silent),
        lambda owner: site.workspaces.ensure_leased(
            made.id, owner=owner, holder="h", session="s", duration=HOUR
        ),
    ]
    for call in calls:
        with pytest.raises(UnknownWorkspaceError) as caught:
            call("bob")
        assert caught.value.message == _unknown(site, made.id)
    assert site.workspaces.get(made.id, "alice") == made
    assert site.workspaces.owned_by("bob") == []


def _unknown(site: Site, wid: str) -> str:
    other = str(uuid.uuid4())
    with pytest.raises(ProvisionerError) as caught:
        site.workspaces.get(other, "bob")
    return caught.value.message.replace(other, wid)


def test_one_holder_at_a_time(site: Site) -> None:
    made = make(site)
    assert lease(site, made).in_use(site.clock.now)
    with pytest.raises(WorkspaceInUseError, match="stop that session"):
        lease(site, made, holder="hub:alice/other")
    site.clock.advance(1800)
    renewed = lease(site, made)
    assert renewed.lease is not None
    assert renewed.lease.until == site.clock.now + HOUR


def test_a_lease_that_ended_can_be_taken_over(site: Site) -> None:
    made = make(site)
    lease(site, made)
    site.clock.advance(3600)
    taken = lease(site, made, holder="hub:alice/other")
    assert taken.in_use(site.clock.now)
    assert release(site, made) is None
    assert site.workspaces.get(made.id, "alice").in_use(site.clock.now)


def test_whoever_ends_the_lease_that_was_seen_ends_no_newer_one(site: Site) -> None:
    made = make(site)
    seen = lease(site, made).lease
    assert seen
    site.clock.advance(1)
    newer = lease(site, made).lease
    change(made)

    def end(until: datetime) -> object:
        return site.workspaces.ensure_released(
            made.id, owner="alice", holder=seen.holder, until=until
        )

    assert end(seen.until) is None
    assert site.workspaces.get(made.id, "alice").lease == newer
    assert newer
    assert end(newer.until)
    assert site.workspaces.get(made.id, "alice").lease is None


def test_the_end_of_a_session_keeps_what_changed(site: Site) -> None:
    made = make(site)
    lease(site, made)
    assert release(site, made) is None
    lease(site, made)
    change(made)
    release(site, made)
    (kept,) = site.checkpoints.of(made.id, "alice")
    assert kept.kind is CheckpointKind.AUTO
    closed = site.workspaces.get(made.id, "alice")
    assert (closed.lease, closed.session) == (None, "x")
    lease(site, made)
    release(site, made)
    assert site.checkpoints.of(made.id, "alice") == [kept]


def test_restore_can_be_undone(site: Site) -> None:
    made = make(site)
    first = site.checkpoints.take(made.id, "alice")
    change(made)
    site.checkpoints.restore(made.id, "alice", first.name, silent)
    assert (Path(made.path) / "notes.txt").read_text() == "flag antenna 7\n"
    undo = site.checkpoints.of(made.id, "alice")[-1]
    assert undo.kind is CheckpointKind.AUTO
    site.checkpoints.restore(made.id, "alice", undo.name, silent)
    assert (Path(made.path) / "notes.txt").read_text() == "changed"


def test_a_restored_workspace_counts_as_unchanged(site: Site) -> None:
    made = make(site)
    first = site.checkpoints.take(made.id, "alice")
    change(made)
    site.checkpoints.take(made.id, "alice")
    site.checkpoints.restore(made.id, "alice", first.name, silent)
    assert not site.workspaces.usage(made.id, "alice").changed
    lease(site, made)
    assert release(site, made) is None
    assert len(site.checkpoints.of(made.id, "alice")) == 2


def test_a_workspace_in_use_is_neither_restored_nor_trashed(site: Site) -> None:
    made = make(site)
    first = site.checkpoints.take(made.id, "alice")
    lease(site, made)
    with pytest.raises(WorkspaceInUseError):
        site.checkpoints.restore(made.id, "alice", first.name, silent)
    with pytest.raises(WorkspaceInUseError):
        site.workspaces.ensure_trashed(made.id, "alice")
    assert site.workspaces.get(made.id, "alice").state is WorkspaceState.LIVE


def test_an_unknown_checkpoint_is_named_with_those_there_are(site: Site) -> None:
    made = make(site)
    kept = site.checkpoints.take(made.id, "alice")
    with pytest.raises(UnknownCheckpointError, match=kept.name):
        site.checkpoints.restore(made.id, "alice", "user-20200102T030405Z-9", silent)
    with pytest.raises(UnknownCheckpointError):
        site.checkpoints.restore(made.id, "alice", "../../live", silent)


def test_trash_keeps_what_changed_and_gives_it_back(site: Site) -> None:
    made = make(site)
    change(made)
    trashed = site.workspaces.ensure_trashed(made.id, "alice")
    assert (trashed.state, trashed.trashed) == (WorkspaceState.TRASHED, site.clock.now)
    assert site.workspaces.ensure_trashed(made.id, "alice") == trashed
    (kept,) = site.checkpoints.of(made.id, "alice")
    assert kept.kind is CheckpointKind.FINAL
    back = site.workspaces.ensure_undeleted(made.id, "alice")
    assert back == site.workspaces.ensure_undeleted(made.id, "alice")
    assert back == replace(made, base=kept.name, active=site.clock.now)
    assert (Path(back.path) / "notes.txt").read_text() == "changed"


def test_what_is_in_trash_must_be_undeleted_first(site: Site) -> None:
    made = make(site)
    site.workspaces.ensure_trashed(made.id, "alice")
    with pytest.raises(WorkspaceInTrashError, match="undelete it first"):
        lease(site, made)
    with pytest.raises(WorkspaceInTrashError):
        site.checkpoints.take(made.id, "alice")
    with pytest.raises(WorkspaceInTrashError):
        make(site, wid=made.id)


def test_a_changed_release_is_seen(site: Site, plain: Path) -> None:
    assert site.archive.verify("obs", "1").intact
    file = plain / "archive" / "obs" / "1" / "tree" / "notes.txt"
    file.chmod(0o600)
    file.write_text("tampered")
    assert not site.archive.verify("obs", "1").intact


def test_the_newest_release_comes_first(site: Site, source: Path) -> None:
    site.clock.advance(60)
    site.archive.import_release("obs", "2", INFO, source, silent)
    assert [each.name for each in site.archive.dataset("obs").releases] == ["2", "1"]
    assert site.archive.dataset("obs").newest.name == "2"


def branch(
    site: Site, origin: Workspace, checkpoint: str, wid: str = "", name: str = "b"
) -> Workspace:
    return site.workspaces.ensure_branched(
        wid or str(uuid.uuid4()),
        owner="alice",
        origin=origin.id,
        checkpoint=checkpoint,
        name="A branch",
        report=silent,
    )


def test_the_same_branch_asked_for_again_is_the_same_workspace(site: Site) -> None:
    made = make(site)
    change(made, "branched")
    point = site.checkpoints.take(made.id, "alice")
    change(made, "later")
    wid = str(uuid.uuid4())
    first = branch(site, made, point.name, wid)
    assert (Path(first.path) / "notes.txt").read_text() == "branched"
    change(first, "own way")
    again = branch(site, made, point.name, wid)
    assert again == first
    assert (Path(again.path) / "notes.txt").read_text() == "own way"
    for other in (make(site), first):
        with pytest.raises((WorkspaceExistsError, UnknownCheckpointError)):
            branch(site, other, point.name, wid)
    with pytest.raises(WorkspaceExistsError):
        make(site, wid=wid)


def test_only_the_owner_branches_and_publishes(site: Site) -> None:
    made = make(site)
    point = site.checkpoints.take(made.id, "alice")
    with pytest.raises(UnknownWorkspaceError):
        site.workspaces.ensure_branched(
            str(uuid.uuid4()),
            owner="bob",
            origin=made.id,
            checkpoint=point.name,
            name="b",
            report=silent,
        )
    with pytest.raises(UnknownWorkspaceError):
        publish(site, made, point.name, owner="bob")
    assert len(site.workspaces.all()) == 1
    assert len(site.archive.dataset("obs").releases) == 1


def publish(
    site: Site, workspace: Workspace, checkpoint: str, owner: str = "alice", release: str = "cal"
) -> Release:
    return site.checkpoints.publish(
        workspace.id,
        owner,
        checkpoint,
        dataset="obs",
        release=release,
        info=INFO,
        report=silent,
    )


def test_publishing_again_returns_the_release_and_other_content_is_refused(site: Site) -> None:
    made = make(site)
    change(made, "calibrated")
    first, second = (site.checkpoints.take(made.id, "alice") for _ in range(2))
    site.clock.advance(60)
    release = publish(site, made, first.name)
    assert release == publish(site, made, first.name)
    assert release.origin == CheckpointRef(workspace=made.id, checkpoint=first.name)
    with pytest.raises(ReleaseExistsError):
        publish(site, made, second.name)
    with pytest.raises(ReleaseExistsError):
        publish(site, made, first.name, release="1")
    assert [each.name for each in site.archive.dataset("obs").releases] == ["cal", "1"]


def test_a_checkpoint_with_a_link_is_not_published(site: Site) -> None:
    made = make(site)
    (Path(made.path) / "link").symlink_to("/etc/passwd")
    point = site.checkpoints.take(made.id, "alice")
    with pytest.raises(InvalidSourceError, match="link is neither"):
        publish(site, made, point.name)
    assert len(site.archive.dataset("obs").releases) == 1


def test_the_storage_is_not_imported_into_itself(site: Site, plain: Path) -> None:
    for source in (plain, plain.parent):
        with pytest.raises(InvalidSourceError, match="the provisioner's own"):
            site.archive.import_release("self", "1", INFO, source, silent)
    assert [each.name for each in site.archive.datasets()] == ["obs"]


def test_a_source_that_no_filesystem_can_have_is_refused(site: Site) -> None:
    with pytest.raises(InvalidSourceError, match=r"cannot be read \(File name too long\)"):
        site.archive.import_release("long", "1", INFO, Path("/", "x" * 300), silent)


def test_changes_between_checkpoints_and_now(site: Site) -> None:
    made = make(site)
    root = Path(made.path)
    first = site.checkpoints.take(made.id, "alice")
    (root / "notes.txt").write_text("longer than it was before")
    (root / "obs.ms" / "table.dat").unlink()
    (root / "new").mkdir()
    (root / "new" / "table.dat").write_bytes(b"new")
    second = site.checkpoints.take(made.id, "alice")
    (root / "new" / "table.dat").unlink()
    changes = site.checkpoints.changes(made.id, "alice", first.name, second.name)
    assert [(each.path, each.kind, each.before, each.after) for each in changes.files] == [
        ("new/table.dat", ChangeKind.ADDED, 0, 3),
        ("notes.txt", ChangeKind.CHANGED, 15, 25),
        ("obs.ms/table.dat", ChangeKind.REMOVED, 10, 0),
    ]
    assert (changes.total, changes.written) == (3, 28)
    present = site.checkpoints.changes(made.id, "alice", first.name)
    assert [each.path for each in present.files] == ["notes.txt", "obs.ms/table.dat"]
    few = site.checkpoints.changes(made.id, "alice", first.name, second.name, 1)
    assert (len(few.files), few.total, few.written) == (1, 3, 28)
    back = site.checkpoints.changes(made.id, "alice", second.name, first.name)
    assert [each.kind for each in back.files] == ["removed", "changed", "added"]
    same = site.checkpoints.changes(made.id, "alice", first.name, first.name)
    assert (same.files, same.total, same.written) == ((), 0, 0)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../other", "a/../../b", "a//b", "./a", "a\0b"]
)
def test_a_path_that_leads_out_of_the_workspace_is_refused(site: Site, path: str) -> None:
    made = make(site)
    point = site.checkpoints.take(made.id, "alice")
    with pytest.raises(InvalidPathError, match="relative to the workspace"):
        site.checkpoints.restore(made.id, "alice", point.name, silent, [path])


def test_restoring_one_path_keeps_what_else_changed(site: Site) -> None:
    made = make(site)
    point = site.checkpoints.take(made.id, "alice")
    change(made)
    (Path(made.path) / "obs.ms" / "table.dat").write_bytes(b"spoilt")
    restored = site.checkpoints.restore(made.id, "alice", point.name, silent, ["obs.ms/"])
    assert (Path(made.path) / "obs.ms" / "table.dat").read_bytes() == b"main table"
    assert (Path(made.path) / "notes.txt").read_text() == "changed"
    before = site.checkpoints.of(made.id, "alice")[-1]
    assert (before.kind, restored.base) == (CheckpointKind.AUTO, before.name)
    assert site.workspaces.usage(made.id, "alice").changed


def test_a_retired_release_is_offered_no_longer_and_says_who_holds_it(site: Site) -> None:
    made = make(site)
    other = make(site, owner="bob")
    site.workspaces.ensure_trashed(other.id, "bob")
    retired = site.archive.retire("obs", "1")
    assert {each.id for each in retired.held_by} == {made.id, other.id}
    assert site.archive.retire("obs", "1") == retired
    assert site.archive.datasets() == []
    assert [each.name for each in site.archive.datasets(retired=True)] == ["obs"]
    with pytest.raises(ReleaseRetiredError, match="choose another"):
        make(site)
    assert make(site, wid=made.id) == made
    site.workspaces.ensure_undeleted(other.id, "bob")
    point = site.checkpoints.take(made.id, "alice")
    assert branch(site, made, point.name).spec.release == "1"
    assert site.archive.verify("obs", "1").intact
    assert site.archive.reinstate("obs", "1").release.retired is None
    assert make(site).spec.release == "1"


def test_a_lease_that_expired_is_ended_with_a_checkpoint(site: Site) -> None:
    expired, standing, idle = make(site), make(site), make(site)
    for each in (expired, standing):
        lease(site, each)
        change(each)
    site.clock.advance(3000)
    lease(site, standing)
    site.clock.advance(600)
    assert [each.id for each in site.workspaces.close_expired()] == [expired.id]
    assert site.workspaces.close_expired() == []
    assert site.workspaces.get(expired.id, "alice").lease is None
    assert [each.kind for each in site.checkpoints.of(expired.id, "alice")] == ["auto"]
    assert site.workspaces.get(standing.id, "alice").in_use(site.clock.now)
    assert site.checkpoints.of(idle.id, "alice") == []


def test_every_change_is_in_the_journal(site: Site) -> None:
    made = make(site)
    lease(site, made)
    change(made)
    release(site, made)
    point = site.checkpoints.take(made.id, "alice")
    site.checkpoints.restore(made.id, "alice", point.name, silent)
    branch(site, made, point.name)
    publish(site, made, point.name)
    site.workspaces.ensure_trashed(made.id, "alice")
    site.workspaces.ensure_undeleted(made.id, "alice")
    site.archive.retire("obs", "1")
    assert [each.verb for each in site.journal] == [
        Verb.IMPORTED,
        Verb.CREATED,
        Verb.LEASED,
        Verb.CHECKPOINTED,
        Verb.RELEASED,
        Verb.CHECKPOINTED,
        Verb.RESTORED,
        Verb.CREATED,
        Verb.PUBLISHED,
        Verb.TRASHED,
        Verb.UNDELETED,
        Verb.RETIRED,
    ]
    assert {each.owner for each in site.journal} == {None, "alice"}
    before = len(site.journal)
    site.workspaces.ensure_undeleted(made.id, "alice")
    site.archive.retire("obs", "1")
    make(site, wid=made.id)
    assert len(site.journal) == before
