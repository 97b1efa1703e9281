"""What every storage keeps to, whatever filesystem is below it."""

import os
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from tests_provisioner import INFO, Clock, silent
from zfs_provisioner.errors import InvalidSourceError, ReleaseExistsError, WorkspaceExistsError
from zfs_provisioner.model import (
    CheckpointKind,
    DatasetName,
    Owner,
    Progress,
    Release,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.directory import DirectoryStorage

OBS, ONE = DatasetName("obs"), ReleaseName("1")


@pytest.fixture
def release(storage: DirectoryStorage, source: Path, clock: Clock) -> Release:
    return storage.import_release(OBS, ONE, INFO, source, clock.now, silent)


@pytest.fixture
def workspace(storage: DirectoryStorage, release: Release, clock: Clock) -> Workspace:
    return make(storage, clock)


def make(storage: DirectoryStorage, clock: Clock, owner: str = "alice") -> Workspace:
    spec = WorkspaceSpec(owner=Owner(owner), dataset=OBS, release=ONE, name="A test")
    return storage.create(WorkspaceId(str(uuid.uuid4())), spec, clock.now, silent)


def content(workspace: Workspace) -> dict[str, bytes]:
    root = Path(workspace.path)
    return {each.relative: each.path.read_bytes() for each in trees.walk(root) if each.is_file}


def checkpoint(storage: DirectoryStorage, workspace: Workspace, clock: Clock, number: int) -> str:
    name = format_checkpoint(CheckpointKind.USER, clock.now, number)
    storage.take_checkpoint(workspace, name)
    return name


def test_the_method_fits_the_filesystem(storage: DirectoryStorage) -> None:
    found = storage.capabilities()
    expected = {"btrfs": "btrfs subvolume", "xfs": "reflink", "ext4": "copy", "tmpfs": "copy"}
    assert found.clone_method == expected.get(found.filesystem, found.clone_method)
    assert bool(found.remarks) == (found.clone_method == "copy")


def test_a_release_is_listed_with_what_was_imported(
    storage: DirectoryStorage, release: Release, source: Path
) -> None:
    (dataset,) = storage.datasets()
    assert (dataset.name, dataset.info, dataset.newest) == (OBS, INFO, release)
    assert (release.files, release.size) == trees.measure(source)
    assert release.digest == trees.digest(source) == storage.digest(release)


def test_an_import_reports_all_bytes_of_each_stage(
    storage: DirectoryStorage, source: Path, clock: Clock
) -> None:
    seen: list[Progress] = []
    made = storage.import_release(OBS, ONE, INFO, source, clock.now, seen.append)
    for stage in {each.stage for each in seen}:
        last = [each for each in seen if each.stage == stage][-1]
        assert (last.done, last.total) == (made.size, made.size)


def test_a_release_cannot_be_imported_twice(
    storage: DirectoryStorage, release: Release, source: Path, clock: Clock
) -> None:
    (source / "notes.txt").write_text("other content")
    with pytest.raises(ReleaseExistsError):
        storage.import_release(OBS, ONE, INFO, source, clock.now, silent)
    assert storage.digest(release) == release.digest


def test_an_import_refuses_what_is_no_plain_data(
    storage: DirectoryStorage, source: Path, clock: Clock
) -> None:
    (source / "link").symlink_to("/etc/passwd")
    for wrong, named in ((source, "link"), (source / "notes.txt", "notes.txt")):
        with pytest.raises(InvalidSourceError, match=named):
            storage.import_release(OBS, ONE, INFO, wrong, clock.now, silent)
    assert storage.datasets() == []


def test_a_workspace_has_the_content_of_its_release_and_is_writable(
    storage: DirectoryStorage, release: Release, workspace: Workspace
) -> None:
    assert trees.digest(Path(workspace.path)) == release.digest
    for each in trees.walk(Path(workspace.path)):
        assert os.access(each.path, os.W_OK)
    assert not storage.usage(workspace).changed


def test_writing_in_place_changes_the_workspace_alone(
    storage: DirectoryStorage, release: Release, workspace: Workspace, clock: Clock
) -> None:
    other = make(storage, clock)
    with (Path(workspace.path) / "obs.ms" / "table.f1").open("r+b") as table:
        table.write(b"flagged")
    assert storage.usage(workspace).changed
    assert not storage.usage(other).changed
    assert storage.digest(release) == release.digest


def test_a_workspace_is_found_by_its_owner_alone(
    storage: DirectoryStorage, workspace: Workspace
) -> None:
    assert storage.find(workspace.id, Owner("alice")) == workspace
    assert storage.find(workspace.id, Owner("bob")) is None
    assert storage.workspaces() == [workspace]


def test_an_id_is_never_used_twice(
    storage: DirectoryStorage, workspace: Workspace, clock: Clock
) -> None:
    for owner in ("alice", "bob"):
        spec = WorkspaceSpec(owner=Owner(owner), dataset=OBS, release=ONE, name="Again")
        with pytest.raises(WorkspaceExistsError):
            storage.create(workspace.id, spec, clock.now, silent)


def test_restoring_brings_back_content_links_and_deletions(
    storage: DirectoryStorage, workspace: Workspace, clock: Clock
) -> None:
    root = Path(workspace.path)
    (root / "link").symlink_to("obs.ms")
    before = content(workspace)
    name = checkpoint(storage, workspace, clock, 1)
    (root / "obs.ms" / "table.dat").write_bytes(b"spoilt")
    (root / "notes.txt").unlink()
    (root / "new.txt").write_text("new")
    (found,) = storage.checkpoints(workspace)
    assert found.name == name
    storage.restore(workspace, found, silent)
    assert content(workspace) == before
    assert (root / "link").readlink() == Path("obs.ms")
    assert not storage.usage(replace(workspace, base=found.name)).changed
    (root / "obs.ms" / "table.dat").write_bytes(b"writable again")


def test_checkpoints_are_listed_in_the_order_of_their_making(
    storage: DirectoryStorage, workspace: Workspace, clock: Clock
) -> None:
    names = [checkpoint(storage, workspace, clock, number) for number in range(1, 12)]
    assert [each.name for each in storage.checkpoints(workspace)] == names


def test_trash_takes_all_and_gives_all_back(
    storage: DirectoryStorage, workspace: Workspace, clock: Clock
) -> None:
    checkpoint(storage, workspace, clock, 1)
    before = content(workspace)
    storage.move_to_trash(workspace)
    assert not Path(workspace.path).exists()
    trashed = storage.find(workspace.id, Owner("alice"))
    assert trashed is not None
    assert trashed.state is WorkspaceState.TRASHED
    storage.move_from_trash(trashed)
    assert storage.find(workspace.id, Owner("alice")) == workspace
    assert content(workspace) == before
    assert len(storage.checkpoints(workspace)) == 1


def test_a_new_start_finds_everything(
    storage: DirectoryStorage, root: Path, workspace: Workspace, clock: Clock
) -> None:
    checkpoint(storage, workspace, clock, 1)
    again = DirectoryStorage(root)
    assert again.reconcile() == []
    assert again.workspaces() == [workspace]
    assert again.datasets() == storage.datasets()
    assert again.checkpoints(workspace) == storage.checkpoints(workspace)
