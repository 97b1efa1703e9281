"""A workspace from its clone on: what may cut that off, and what else is in the tree."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_guest import (
    ID,
    OTHER_ID,
    SPEC,
    Open,
    by_commands,
    content,
    die,
    kept,
    killed,
    opened,
    zfs,
)
from tests_provisioner import Clock, Site, silent
from zfs_provisioner.errors import (
    StorageDamagedError,
    StorageUnavailableError,
    UnknownWorkspaceError,
    WorkspaceExistsError,
)
from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointRef,
    Owner,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)
from zfs_provisioner.storage import trees, zfs_command
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Reason, ZfsError

from zfs_provisioner import naming


def test_every_owner_has_workspaces_of_his_own(imported: ZfsStorage, clock: Clock) -> None:
    owners = ["alice", "Alice", "..", "a/b", "a@b", "-rf", "x.y", "a b", "ü" * 255, "{}"]
    made = [
        imported.create(
            WorkspaceId(str(uuid.uuid4())), replace(SPEC, owner=Owner(each)), clock.now, silent
        )
        for each in owners
    ]
    assert sorted(imported.workspaces(), key=str) == sorted(made, key=str)
    assert len({each.path for each in made}) == len(owners)
    for each in made:
        assert imported.find(each.id, each.spec.owner) == each
        assert imported.find(each.id, Owner("mallory")) is None


@by_commands
def test_a_kill_between_clone_and_label_is_completed(
    imported: ZfsStorage,
    open_storage: Open,
    change: Mutations,
    clone: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = change.clone

    def only_the_clone(snapshot: str, filesystem: str, _properties: object) -> None:
        whole(snapshot, filesystem, {})
        die()

    with monkeypatch.context() as patched:
        patched.setattr(change, "clone", only_the_clone)
        killed(lambda: imported.create(ID, SPEC, clock.now, silent))
    guid = zfs("get", "-Hpo", "value", "guid", clone)
    after = open_storage()
    assert after.reconcile() == []
    assert (after.workspaces(), after.find(ID, SPEC.owner)) == ([], None)
    made = opened(after, after.create(ID, SPEC, clock.now, silent))
    assert after.workspaces() == [made] == [after.find(ID, SPEC.owner)]
    assert trees.digest(Path(made.path)) == after.datasets()[0].newest.digest
    assert zfs("get", "-Hpo", "value", "guid", clone) == guid


def test_an_unlabelled_filesystem_of_another_origin_is_left_alone(
    imported: ZfsStorage, open_storage: Open, clone: str, clock: Clock
) -> None:
    zfs("create", "-p", clone)
    after = open_storage()
    with pytest.raises(StorageDamagedError, match="has no label"):
        after.create(ID, SPEC, clock.now, silent)
    assert zfs("get", "-Ho", "value", "casahub:workspace", clone) == "-"


def test_an_inherited_label_is_none(
    imported: ZfsStorage, workspace: Workspace, open_storage: Open, filesystem: str, clone: str
) -> None:
    label = zfs("get", "-Ho", "value", "casahub:workspace", clone)
    zfs("set", f"casahub:workspace={label}", f"{filesystem}/ws")
    other = naming.workspace_directory(WorkspaceId(str(uuid.uuid4())))
    zfs("create", "-p", f"{filesystem}/ws/bob/{other}")
    assert zfs("get", "-Ho", "value", "casahub:workspace", f"{filesystem}/ws/bob/{other}") == label
    assert open_storage().workspaces() == [workspace]


def test_a_refused_rename_leaves_the_workspace_where_it_was(
    imported: ZfsStorage,
    workspace: Workspace,
    change: Mutations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(filesystem: str, _new: str) -> None:
        raise ZfsError(Reason.TIMEOUT, f"rename {filesystem}", "no answer")

    monkeypatch.setattr(change, "rename", refuse)
    with pytest.raises(StorageUnavailableError):
        imported.move_to_trash(workspace)
    assert imported.find(ID, SPEC.owner) == workspace
    opened(imported, workspace)
    assert (Path(workspace.path) / "notes.txt").exists()


def test_a_clone_that_took_effect_in_spite_of_an_error_is_used(
    imported: ZfsStorage, change: Mutations, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = change.clone

    def clone_and_time_out(snapshot: str, filesystem: str, _properties: object) -> None:
        whole(snapshot, filesystem, {})
        raise ZfsError(Reason.TIMEOUT, "clone", "no answer")

    monkeypatch.setattr(change, "clone", clone_and_time_out)
    made = imported.create(ID, SPEC, clock.now, silent)
    assert imported.workspaces() == [made]


def test_the_unknown_changes_nothing(
    imported: ZfsStorage, change: Mutations, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imported.workspaces() == []
    assert imported.find(ID, SPEC.owner) is None

    def hang(*arguments: object) -> str:
        raise ZfsError(Reason.TIMEOUT, str(arguments[0]), "no answer")

    changed: list[object] = []
    monkeypatch.setattr(zfs_command, "run", hang)
    monkeypatch.setattr(change, "clone", hang)
    monkeypatch.setattr(change, "set", lambda *arguments: changed.append(arguments))
    with pytest.raises(StorageUnavailableError, match="no answer"):
        imported.create(ID, SPEC, clock.now, silent)
    assert changed == []


def test_requests_of_one_owner_run_side_by_side(imported: ZfsStorage, clock: Clock) -> None:
    ids = [WorkspaceId(str(uuid.uuid4())) for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda each: imported.create(each, SPEC, clock.now, silent), ids))
    assert sorted(imported.workspaces(), key=str) == sorted(made, key=str)


def test_an_id_that_somebody_took_meanwhile_is_refused(
    imported: ZfsStorage, open_storage: Open, clock: Clock
) -> None:
    other = open_storage()
    assert other.find(ID, SPEC.owner) is None
    made = imported.create(ID, SPEC, clock.now, silent)
    with pytest.raises(WorkspaceExistsError):
        other.create(ID, replace(SPEC, name="Another"), clock.now, silent)
    assert imported.workspaces() == [made]


def test_a_whole_life(storage: ZfsStorage, source: Path, clock: Clock, filesystem: str) -> None:
    site = Site(storage, clock, source)
    made = site.workspaces.ensure_created(
        ID, owner="alice", dataset="obs", release="1", name="A test", report=silent
    )
    assert not Path(made.path).exists()

    def leased() -> None:
        site.workspaces.ensure_leased(
            ID, owner="alice", holder="h", session="s", duration=timedelta(hours=1)
        )

    def released() -> None:
        site.workspaces.ensure_released(ID, owner="alice", holder="h")

    notes = Path(made.path) / "notes.txt"
    leased()
    notes.write_text("first")
    first = site.checkpoints.take(ID, "alice")
    notes.write_text("second")
    released()
    assert not Path(made.path).exists()
    site.checkpoints.restore(ID, "alice", first.name, silent)
    leased()
    assert notes.read_text() == "first"
    notes.write_text("third")
    clock.advance(3600)
    trashed = site.workspaces.ensure_trashed(ID, "alice")
    assert trashed.state is WorkspaceState.TRASHED
    assert zfs("list", "-Ho", "name", "-d", "1", f"{filesystem}/ws/alice").count("\n") == 0
    assert site.workspaces.usage(ID, "alice").size > 0
    kinds = [each.kind for each in site.checkpoints.of(ID, "alice")]
    assert kinds == [CheckpointKind.USER, CheckpointKind.AUTO, CheckpointKind.FINAL]
    site.workspaces.ensure_undeleted(ID, "alice")
    leased()
    assert notes.read_text() == "third"
    assert not site.workspaces.usage(ID, "alice").changed
    with pytest.raises(UnknownWorkspaceError):
        site.workspaces.get(ID, "bob")


@by_commands
@pytest.mark.parametrize("step", ["clone", "snapshot", "set"])
def test_a_kill_in_a_branch_is_completed(
    step: str,
    imported: ZfsStorage,
    workspace: Workspace,
    open_storage: Open,
    change: Mutations,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = CheckpointRef(workspace=ID, checkpoint=kept(imported, workspace, clock).name)
    spec = replace(SPEC, name="A branch", branch=point)
    whole = getattr(change, step)

    def done_and_killed(*arguments: object) -> None:
        whole(*arguments)
        die()

    with monkeypatch.context() as patched:
        patched.setattr(change, step, done_and_killed)
        killed(lambda: imported.create(OTHER_ID, spec, clock.now, silent))
    after = open_storage()
    after.reconcile()
    clock.advance(60)
    made = after.find(OTHER_ID, SPEC.owner) or after.create(OTHER_ID, spec, clock.now, silent)
    assert [each.name for each in after.checkpoints(made)] == [made.base]
    assert not after.changed(made)
    assert content(opened(after, made)) == content(opened(after, workspace))
