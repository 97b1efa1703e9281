"""What every storage keeps to, whatever filesystem is below it."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests_provisioner import INFO, Clock, OpenStorage, silent, wanted
from zfs_provisioner.errors import (
    InvalidPathError,
    InvalidSourceError,
    NotSupportedError,
    QuotaBelowUsageError,
    ReleaseExistsError,
    WorkspaceExistsError,
)
from zfs_provisioner.model import (
    Allowance,
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    CheckpointRef,
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
from zfs_provisioner.storage.protocol import Storage

OBS, ONE = DatasetName("obs"), ReleaseName("1")


@pytest.fixture
def release(storage: Storage, source: Path, clock: Clock) -> Release:
    return storage.import_release(wanted(clock), source, silent)


@pytest.fixture
def workspace(storage: Storage, release: Release, clock: Clock) -> Workspace:
    return make(storage, clock)


def make(storage: Storage, clock: Clock, owner: str = "alice") -> Workspace:
    spec = WorkspaceSpec(owner=Owner(owner), dataset=OBS, release=ONE, name="A test")
    made = storage.create(WorkspaceId(str(uuid.uuid4())), spec, clock.now, silent)
    storage.ensure_open(made)
    return made


def content(workspace: Workspace) -> dict[str, bytes]:
    root = Path(workspace.path)
    return {each.relative: each.path.read_bytes() for each in trees.walk(root) if each.is_file}


def restore(storage: Storage, workspace: Workspace, checkpoint: Checkpoint, *paths: str) -> None:
    """Restore a closed workspace and open it again."""
    storage.ensure_closed(workspace)
    storage.restore(workspace, checkpoint, paths, silent)
    storage.ensure_open(workspace)


def checkpoint(storage: Storage, workspace: Workspace, clock: Clock, number: int) -> CheckpointName:
    name = format_checkpoint(CheckpointKind.USER, clock.now, number)
    storage.take_checkpoint(workspace, name)
    return name


def test_the_method_fits_the_filesystem(storage: Storage) -> None:
    found = storage.capabilities()
    expected = {"btrfs": "btrfs subvolume", "xfs": "reflink", "ext4": "copy", "tmpfs": "copy"}
    assert found.clone_method == expected.get(found.filesystem, found.clone_method)
    assert bool(found.remarks) == (found.clone_method == "copy")


def test_a_release_is_listed_with_what_was_imported(
    storage: Storage, release: Release, source: Path
) -> None:
    (dataset,) = storage.datasets()
    assert (dataset.name, dataset.info, dataset.newest) == (OBS, INFO, release)
    assert (release.files, release.size) == trees.measure(source)
    assert release.digest == trees.digest(source) == storage.digest(release)


def test_an_import_reports_all_bytes_of_each_stage(
    storage: Storage, source: Path, clock: Clock
) -> None:
    seen: list[Progress] = []
    made = storage.import_release(wanted(clock), source, seen.append)
    for stage in {each.stage for each in seen}:
        last = [each for each in seen if each.stage == stage][-1]
        assert (last.done, last.total) == (made.size, made.size)


def test_a_release_cannot_be_imported_twice(
    storage: Storage, release: Release, source: Path, clock: Clock
) -> None:
    (source / "notes.txt").write_text("other content")
    with pytest.raises(ReleaseExistsError):
        storage.import_release(wanted(clock), source, silent)
    assert storage.digest(release) == release.digest


def test_an_import_refuses_what_is_no_plain_data(
    storage: Storage, source: Path, clock: Clock
) -> None:
    (source / "link").symlink_to("/etc/passwd")
    for wrong, named in ((source, "link"), (source / "notes.txt", "notes.txt")):
        with pytest.raises(InvalidSourceError, match=named):
            storage.import_release(wanted(clock), wrong, silent)
    assert storage.datasets() == []


def test_a_workspace_has_the_content_of_its_release_and_is_writable(
    storage: Storage, release: Release, workspace: Workspace
) -> None:
    assert trees.digest(Path(workspace.path)) == release.digest
    for each in trees.walk(Path(workspace.path)):
        assert os.access(each.path, os.W_OK)
    assert not storage.usage(workspace).changed


def test_writing_in_place_changes_the_workspace_alone(
    storage: Storage, release: Release, workspace: Workspace, clock: Clock
) -> None:
    other = make(storage, clock)
    with (Path(workspace.path) / "obs.ms" / "table.f1").open("r+b") as table:
        table.write(b"flagged")
    assert storage.usage(workspace).changed
    assert not storage.usage(other).changed
    assert storage.digest(release) == release.digest


def test_a_workspace_is_found_by_its_owner_alone(storage: Storage, workspace: Workspace) -> None:
    assert storage.find(workspace.id, Owner("alice")) == workspace
    assert storage.find(workspace.id, Owner("bob")) is None
    assert storage.workspaces() == [workspace]


def test_workspaces_are_listed_by_owner(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    theirs = {make(storage, clock, "bob").id for _ in range(2)}
    trashed = storage.workspaces(Owner("bob"))[0]
    storage.move_to_trash(trashed)
    assert storage.workspaces(Owner("alice")) == [workspace]
    states = {each.id: each.state for each in storage.workspaces(Owner("bob"))}
    assert states.keys() == theirs
    assert states[trashed.id] is WorkspaceState.TRASHED
    assert storage.workspaces(Owner("carol")) == []
    assert len(storage.workspaces()) == 3


def test_an_id_is_never_used_twice(storage: Storage, workspace: Workspace, clock: Clock) -> None:
    for owner in ("alice", "bob"):
        spec = WorkspaceSpec(owner=Owner(owner), dataset=OBS, release=ONE, name="Again")
        with pytest.raises(WorkspaceExistsError):
            storage.create(workspace.id, spec, clock.now, silent)


def test_restoring_brings_back_content_links_and_deletions(
    storage: Storage, workspace: Workspace, clock: Clock
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
    restore(storage, workspace, found)
    assert content(workspace) == before
    assert (root / "link").readlink() == Path("obs.ms")
    assert not storage.usage(replace(workspace, base=found.name)).changed
    (root / "obs.ms" / "table.dat").write_bytes(b"writable again")


def test_checkpoints_are_listed_in_the_order_of_their_making(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    names = [checkpoint(storage, workspace, clock, number) for number in range(1, 12)]
    assert [each.name for each in storage.checkpoints(workspace)] == names


def test_trash_takes_all_and_gives_all_back(
    storage: Storage, workspace: Workspace, clock: Clock
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
    storage.ensure_open(workspace)
    assert content(workspace) == before
    assert len(storage.checkpoints(workspace)) == 1


def test_a_new_start_finds_everything(
    storage: Storage, open_storage: OpenStorage, workspace: Workspace, clock: Clock
) -> None:
    checkpoint(storage, workspace, clock, 1)
    storage.ensure_closed(workspace)
    again = open_storage()
    assert again.reconcile() == []
    assert again.workspaces() == [workspace]
    assert again.datasets() == storage.datasets()
    assert again.checkpoints(workspace) == storage.checkpoints(workspace)


def test_a_closed_workspace_can_be_kept_measured_and_read(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    (Path(workspace.path) / "notes.txt").write_text("changed")
    open_one = storage.usage(workspace)
    storage.ensure_closed(workspace)
    storage.ensure_closed(workspace)
    assert storage.usage(workspace) == open_one
    assert storage.changed(workspace)
    name = checkpoint(storage, workspace, clock, 1)
    for kept in (name, None):
        with storage.reading(workspace, kept) as root:
            assert (root / "notes.txt").read_text() == "changed"
    storage.ensure_open(workspace)
    storage.ensure_open(workspace)
    assert (Path(workspace.path) / "notes.txt").read_text() == "changed"


def test_some_paths_are_restored_and_the_rest_stays(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    root = Path(workspace.path)
    before = content(workspace)
    checkpoint(storage, workspace, clock, 1)
    for name in ("obs.ms/table.dat", "obs.ms/ANTENNA/table.dat", "notes.txt"):
        (root / name).write_bytes(b"spoilt")
    (root / "obs.ms" / "ANTENNA" / "new").write_bytes(b"new")
    (root / "obs.ms" / "table.f1").unlink()
    (found,) = storage.checkpoints(workspace)
    restore(storage, workspace, found, "obs.ms/ANTENNA", "obs.ms/table.f1")
    assert content(workspace) == before | {
        "obs.ms/table.dat": b"spoilt",
        "notes.txt": b"spoilt",
    }


@pytest.mark.parametrize("path", ["nowhere", "obs.ms/nowhere", "link/table.dat"])
def test_a_path_that_is_not_in_the_checkpoint_is_refused(
    storage: Storage, workspace: Workspace, clock: Clock, path: str
) -> None:
    (Path(workspace.path) / "link").symlink_to("obs.ms")
    checkpoint(storage, workspace, clock, 1)
    (Path(workspace.path) / "notes.txt").write_text("changed")
    before = content(workspace)
    (found,) = storage.checkpoints(workspace)
    with pytest.raises(InvalidPathError, match=path):
        restore(storage, workspace, found, "notes.txt", path)
    storage.ensure_open(workspace)
    assert content(workspace) == before


def test_restoring_a_path_writes_through_no_link(
    storage: Storage, workspace: Workspace, clock: Clock, tmp_path: Path
) -> None:
    """Somebody put links where the checkpoint has a directory and a file."""
    root, outside = Path(workspace.path), tmp_path / "outside"
    outside.mkdir()
    (outside / "table.dat").write_bytes(b"not ours")
    before = content(workspace)
    checkpoint(storage, workspace, clock, 1)
    shutil.rmtree(root / "obs.ms")
    (root / "obs.ms").symlink_to(outside)
    (root / "notes.txt").unlink()
    (root / "notes.txt").symlink_to(outside / "table.dat")
    (found,) = storage.checkpoints(workspace)
    restore(storage, workspace, found, "obs.ms/table.dat", "notes.txt")
    assert (outside / "table.dat").read_bytes() == b"not ours"
    names = ("obs.ms/table.dat", "notes.txt")
    assert content(workspace) == {name: before[name] for name in names}


def test_a_branch_begins_with_its_checkpoint_and_goes_its_own_way(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    notes = Path(workspace.path) / "notes.txt"
    notes.write_text("branched")
    point = CheckpointRef(
        workspace=workspace.id, checkpoint=checkpoint(storage, workspace, clock, 1)
    )
    notes.write_text("later")
    spec = replace(workspace.spec, name="A branch", branch=point)
    made = storage.create(WorkspaceId(str(uuid.uuid4())), spec, clock.now, silent)
    assert storage.find(made.id, Owner("alice")) == made
    assert [each.name for each in storage.checkpoints(made)] == [made.base]
    assert not storage.changed(made)
    storage.ensure_open(made)
    assert (Path(made.path) / "notes.txt").read_text() == "branched"
    (Path(made.path) / "notes.txt").write_text("another way")
    assert notes.read_text() == "later"
    storage.ensure_closed(made)
    storage.move_to_trash(workspace)
    assert storage.changed(made)


def test_a_workspace_can_be_branched_from_trash(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    before = content(workspace)
    name = checkpoint(storage, workspace, clock, 1)
    storage.ensure_closed(workspace)
    storage.move_to_trash(workspace)
    spec = replace(workspace.spec, branch=CheckpointRef(workspace=workspace.id, checkpoint=name))
    made = storage.create(WorkspaceId(str(uuid.uuid4())), spec, clock.now, silent)
    storage.ensure_open(made)
    assert content(made) == before


def test_a_checkpoint_becomes_a_release(
    storage: Storage, workspace: Workspace, release: Release, clock: Clock
) -> None:
    (Path(workspace.path) / "notes.txt").write_text("calibrated")
    name = checkpoint(storage, workspace, clock, 1)
    asked = replace(
        wanted(clock, "calibrated"),
        origin=CheckpointRef(workspace=workspace.id, checkpoint=name),
    )
    with storage.reading(workspace, name) as tree:
        made = storage.import_release(asked, tree, silent)
    assert made.origin == asked.origin
    assert storage.digest(made) == made.digest == trees.digest(Path(workspace.path))
    assert storage.digest(release) == release.digest
    spec = replace(workspace.spec, release=made.name)
    other = storage.create(WorkspaceId(str(uuid.uuid4())), spec, clock.now, silent)
    storage.ensure_open(other)
    assert content(other) == content(workspace)


def test_what_was_written_is_counted_where_blocks_are(
    storage: Storage, workspace: Workspace, clock: Clock
) -> None:
    first = checkpoint(storage, workspace, clock, 1)
    (Path(workspace.path) / "new").write_bytes(os.urandom(1_000_000))
    second = checkpoint(storage, workspace, clock, 2)
    counts = [storage.written(workspace, first, newer) for newer in (second, None)]
    assert all(each is None or 1_000_000 <= each < 2_000_000 for each in counts)
    assert (None in counts) == (storage.capabilities().backend == "directory")


def test_a_retired_release_keeps_its_content_and_its_workspaces(
    storage: Storage,
    open_storage: OpenStorage,
    workspace: Workspace,
    release: Release,
    clock: Clock,
) -> None:
    storage.describe(replace(release, retired=clock.now))
    for each in (storage, open_storage()):
        (dataset,) = each.datasets()
        assert dataset.releases == (replace(release, retired=clock.now),)
    assert storage.digest(release) == release.digest
    assert not storage.changed(workspace)
    storage.describe(release)
    assert storage.datasets()[0].releases == (release,)


def test_a_quota_is_kept_or_refused(storage: Storage, workspace: Workspace, clock: Clock) -> None:
    owner = workspace.spec.owner
    if not storage.capabilities().quotas:
        asks: list[Callable[[], object]] = [
            lambda: storage.allowance(owner),
            lambda: storage.limit_owner(owner, 10**9),
            lambda: storage.allowance_of(workspace),
            lambda: storage.limit(workspace, 10**9),
        ]
        for ask in asks:
            with pytest.raises(NotSupportedError, match="ZFS"):
                ask()
        return
    assert storage.allowance(Owner("bob")) == Allowance(used=0, limit=None)
    storage.limit(workspace, 50_000_000)
    storage.limit_owner(owner, 30_000_000)
    assert storage.allowance(owner).limit == 30_000_000
    assert storage.allowance_of(workspace).limit == 50_000_000
    (Path(workspace.path) / "small").write_bytes(os.urandom(10_000_000))
    if storage.capabilities().backend != "model":  # which has no say when a session writes
        with pytest.raises(OSError, match="quota"):
            (Path(workspace.path) / "large").write_bytes(os.urandom(40_000_000))
    storage.changed(workspace)  # puts what was written on disk, so that it counts
    assert storage.allowance(owner).used >= 10_000_000
    for limit in (storage.limit, lambda _one, most: storage.limit_owner(owner, most)):
        with pytest.raises(QuotaBelowUsageError, match="used already"):
            limit(workspace, 5_000_000)
        limit(workspace, None)
    assert (storage.allowance(owner).limit, storage.allowance_of(workspace).limit) == (None, None)


def test_files_belong_to_the_account_of_sessions(storage: Storage, workspace: Workspace) -> None:
    for each in trees.walk(Path(workspace.path)):
        assert (each.status.st_uid, each.status.st_gid) == (os.geteuid(), os.getegid())


def test_casacore_writes_maps_and_locks_its_tables_there(workspace: Workspace) -> None:
    script = Path(__file__).with_name("use_tables.py")
    answer = subprocess.run(
        [sys.executable, script, workspace.path],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
