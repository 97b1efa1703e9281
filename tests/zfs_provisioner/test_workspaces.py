import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_provisioner import INFO, Site, silent
from zfs_provisioner.errors import (
    InvalidNameError,
    ProvisionerError,
    UnknownCheckpointError,
    UnknownDatasetError,
    UnknownReleaseError,
    UnknownWorkspaceError,
    WorkspaceExistsError,
    WorkspaceInTrashError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import CheckpointKind, Workspace, WorkspaceState

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
        lambda owner: site.workspaces.checkpoints(made.id, owner),
        lambda owner: site.workspaces.checkpoint(made.id, owner),
        lambda owner: site.workspaces.ensure_trashed(made.id, owner),
        lambda owner: site.workspaces.ensure_undeleted(made.id, owner),
        lambda owner: site.workspaces.ensure_released(made.id, owner=owner, holder="h"),
        lambda owner: site.workspaces.restore(made.id, owner, "user-20260102T030405Z-1", silent),
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


def test_the_end_of_a_session_keeps_what_changed(site: Site) -> None:
    made = make(site)
    lease(site, made)
    assert release(site, made) is None
    lease(site, made)
    change(made)
    release(site, made)
    (kept,) = site.workspaces.checkpoints(made.id, "alice")
    assert kept.kind is CheckpointKind.AUTO
    closed = site.workspaces.get(made.id, "alice")
    assert (closed.lease, closed.session) == (None, "x")
    lease(site, made)
    release(site, made)
    assert site.workspaces.checkpoints(made.id, "alice") == [kept]


def test_restore_can_be_undone(site: Site) -> None:
    made = make(site)
    first = site.workspaces.checkpoint(made.id, "alice")
    change(made)
    site.workspaces.restore(made.id, "alice", first.name, silent)
    assert (Path(made.path) / "notes.txt").read_text() == "flag antenna 7\n"
    undo = site.workspaces.checkpoints(made.id, "alice")[-1]
    assert undo.kind is CheckpointKind.AUTO
    site.workspaces.restore(made.id, "alice", undo.name, silent)
    assert (Path(made.path) / "notes.txt").read_text() == "changed"


def test_a_restored_workspace_counts_as_unchanged(site: Site) -> None:
    made = make(site)
    first = site.workspaces.checkpoint(made.id, "alice")
    change(made)
    site.workspaces.checkpoint(made.id, "alice")
    site.workspaces.restore(made.id, "alice", first.name, silent)
    assert not site.workspaces.usage(made.id, "alice").changed
    lease(site, made)
    assert release(site, made) is None
    assert len(site.workspaces.checkpoints(made.id, "alice")) == 2


def test_a_workspace_in_use_is_neither_restored_nor_trashed(site: Site) -> None:
    made = make(site)
    first = site.workspaces.checkpoint(made.id, "alice")
    lease(site, made)
    with pytest.raises(WorkspaceInUseError):
        site.workspaces.restore(made.id, "alice", first.name, silent)
    with pytest.raises(WorkspaceInUseError):
        site.workspaces.ensure_trashed(made.id, "alice")
    assert site.workspaces.get(made.id, "alice").state is WorkspaceState.LIVE


def test_an_unknown_checkpoint_is_named_with_those_there_are(site: Site) -> None:
    made = make(site)
    kept = site.workspaces.checkpoint(made.id, "alice")
    with pytest.raises(UnknownCheckpointError, match=kept.name):
        site.workspaces.restore(made.id, "alice", "user-20200102T030405Z-9", silent)
    with pytest.raises(UnknownCheckpointError):
        site.workspaces.restore(made.id, "alice", "../../live", silent)


def test_trash_keeps_what_changed_and_gives_it_back(site: Site) -> None:
    made = make(site)
    change(made)
    trashed = site.workspaces.ensure_trashed(made.id, "alice")
    assert (trashed.state, trashed.trashed) == (WorkspaceState.TRASHED, site.clock.now)
    assert site.workspaces.ensure_trashed(made.id, "alice") == trashed
    (kept,) = site.workspaces.checkpoints(made.id, "alice")
    assert kept.kind is CheckpointKind.FINAL
    back = site.workspaces.ensure_undeleted(made.id, "alice")
    assert back == site.workspaces.ensure_undeleted(made.id, "alice")
    assert back == replace(made, base=kept.name)
    assert (Path(back.path) / "notes.txt").read_text() == "changed"


def test_what_is_in_trash_must_be_undeleted_first(site: Site) -> None:
    made = make(site)
    site.workspaces.ensure_trashed(made.id, "alice")
    with pytest.raises(WorkspaceInTrashError, match="undelete it first"):
        lease(site, made)
    with pytest.raises(WorkspaceInTrashError):
        site.workspaces.checkpoint(made.id, "alice")
    with pytest.raises(WorkspaceInTrashError):
        make(site, wid=made.id)


def test_a_changed_release_is_seen(site: Site) -> None:
    assert site.archive.verify("obs", "1").intact
    tree = site.storage._tree(
        site.archive.dataset("obs").name, site.archive.release("obs", "1").name
    )
    file = tree / "notes.txt"
    file.chmod(0o600)
    file.write_text("tampered")
    assert not site.archive.verify("obs", "1").intact


def test_the_newest_release_comes_first(site: Site, source: Path) -> None:
    site.clock.advance(60)
    site.archive.import_release("obs", "2", INFO, source, silent)
    assert [each.name for each in site.archive.dataset("obs").releases] == ["2", "1"]
    assert site.archive.dataset("obs").newest.name == "2"
