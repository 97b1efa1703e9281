"""What may go from plain directories: names, links, mounts and leftovers that only they have."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests_filesystems import NotHereError, mounted
from tests_provisioner import Clock, Mount, Site, silent
from zfs_provisioner.errors import StorageDamagedError, StorageUnavailableError
from zfs_provisioner.model import (
    CheckpointKind,
    DatasetName,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
)
from zfs_provisioner.naming import format_checkpoint, workspace_directory
from zfs_provisioner.residents import Resident
from zfs_provisioner.storage import identities
from zfs_provisioner.storage.cloning import CopyCloner, SubvolumeCloner
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.directory_collection import DirectoryCollection
from zfs_provisioner.storage.directory_places import Root
from zfs_provisioner.storage.identities import identity_of

SPEC = WorkspaceSpec(
    owner=Owner("alice"), dataset=DatasetName("obs"), release=ReleaseName("1"), name="A test"
)
WID = "a" * 26
AUTO = "auto-20260102T030405Z-1"  # what `discarded` keeps


@pytest.fixture
def storage(site: Site) -> DirectoryStorage:
    assert isinstance(site.storage, DirectoryStorage)
    return site.storage


def discarded(storage: DirectoryStorage, clock: Clock, wid: str | None = None) -> Workspace:
    """Make a workspace with a checkpoint, in trash."""
    chosen = WorkspaceId(wid or str(uuid.uuid4()))
    made = storage.create(chosen, SPEC, clock.now, silent)
    storage.take_checkpoint(made, format_checkpoint(CheckpointKind.AUTO, clock.now, 1))
    storage.move_to_trash(made)
    found = storage.find(made.id, SPEC.owner)
    assert found is not None
    return found


def container(workspace: Workspace) -> Path:
    return Path(workspace.path).parent


def seen(storage: DirectoryStorage, workspace: Workspace) -> Resident:
    residents = storage.survey().residents
    (found,) = (each for each in residents if each.workspace.id == workspace.id)
    return found


def test_a_survey_starts_no_process(
    storage: DirectoryStorage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    discarded(storage, clock)

    def refuse(*_arguments: object, **_more: object) -> None:
        raise AssertionError("a process was started")

    for name in ("fork", "posix_spawn"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    assert len(storage.survey().residents) == 1


def test_a_new_directory_is_another_one(tmp_path: Path) -> None:
    """On ext4 the new one has the old one's inode number."""
    place = tmp_path / "place"
    found = set()
    for _number in range(10):
        place.mkdir()
        found.add(identity_of(place))
        place.rmdir()
    assert len(found) == 10


def test_subvolumes_of_btrfs_are_told_apart_and_known_after_a_remount(mount: Mount) -> None:
    root, cloner = mount("btrfs", "400M"), SubvolumeCloner()
    cloner.make(root / "one")
    places = [root / "one", root / "two", root / "three"]
    for each in places[1:]:
        cloner.clone(root / "one", each, lambda _size: None)
    found = [identity_of(each) for each in places]
    assert len({each.stat().st_ino for each in places}) == 1
    assert len(set(found)) == 3
    source = subprocess.check_output(["findmnt", "-no", "SOURCE", root], text=True).strip()
    subprocess.run(["umount", root], check=True)
    image = root.with_name("btrfs.img")
    assert source.startswith("/dev/loop")
    subprocess.run(["mount", "-o", "loop", image, root], check=True)
    assert [identity_of(each) for each in places] == found


def test_without_handles_the_time_of_making_must_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container may not ask for handles."""
    monkeypatch.setattr(identities, "_handle", lambda _path: None)
    place, moved = tmp_path / "one", tmp_path / "moved"
    place.mkdir()
    first = identity_of(place)
    time.sleep(0.05)  # longer than the kernel's clock of files takes for a step
    place.rename(moved)
    (moved / "file").touch()
    assert identity_of(moved) == first
    (moved / "file").unlink()
    moved.rmdir()
    place.mkdir()
    assert identity_of(place) != first


@pytest.mark.parametrize(
    "path",
    [
        "",
        "trash",
        "archive/obs/1",
        "archive/obs/.1.removing",
        f"archive/.{WID}.removing",
        f"trash/{WID}",
        "trash/.short.removing",
        f"trash/.{WID}.removing/live",
        f"trash/../archive/.{WID}.removing",
        f"trash/link/.{WID}.removing",
        "trash/link/checkpoints/.auto-20260102T030405Z-1.removing",
        f"ws/alice/{WID}",
        f"ws/alice/.{WID}.removing",
        f"ws/alice/{WID}/live",
        f"ws/alice/{WID}/checkpoints/auto-20260102T030405Z-1",
        f"ws/alice/{WID}/checkpoints/.hourly.removing",
        f"ws/alice/../../archive/{WID}/checkpoints/.auto-20260102T030405Z-1.removing",
        f"../outside/.{WID}.removing",
    ],
)
def test_nothing_but_what_may_go_is_ever_removed(tmp_path: Path, path: str) -> None:
    root = Root(tmp_path / "root", CopyCloner())
    root.lay_out()
    (root.trash / "link").symlink_to(root.archive)
    (root.path / path).mkdir(parents=True, exist_ok=True)
    with pytest.raises(StorageDamagedError, match="nothing was changed"):
        DirectoryCollection(root)._remove(root.path / path)
    assert (root.path / path).is_dir()


def test_a_link_in_the_place_of_trash_is_not_followed(tmp_path: Path) -> None:
    root = Root(tmp_path / "root", CopyCloner())
    victim = tmp_path / "elsewhere" / f".{WID}.removing"
    victim.mkdir(parents=True)
    root.path.mkdir()
    root.trash.symlink_to(victim.parent)
    with pytest.raises(StorageDamagedError):
        DirectoryCollection(root)._remove(root.trash / victim.name)
    assert victim.is_dir()


def test_a_link_to_a_workspace_is_no_workspace(
    storage: DirectoryStorage, clock: Clock, tmp_path: Path
) -> None:
    workspace = discarded(storage, clock)
    before = seen(storage, workspace)
    container(workspace).rename(tmp_path / "moved")
    container(workspace).symlink_to(tmp_path / "moved")
    assert storage.survey().residents == []
    assert "left alone" in storage.survey().odd[0]
    assert len(storage.destroy([before])) == 1
    assert (tmp_path / "moved" / "live" / "notes.txt").exists()


def test_a_copy_of_a_workspace_is_reported_and_stays(
    storage: DirectoryStorage, clock: Clock, plain: Path
) -> None:
    workspace = discarded(storage, clock)
    copies = [container(workspace).with_suffix(".bak"), plain / "ws" / "bob" / WID]
    for each in copies:
        shutil.copytree(container(workspace), each)
    survey = storage.survey()
    assert [each.workspace.id for each in survey.residents] == [workspace.id]
    for each in copies:
        assert sum(str(each) in said for said in survey.odd) == 1
    assert storage.destroy(survey.residents) == []
    assert all((each / "live" / "notes.txt").exists() for each in copies)


@contextmanager
def precious_in(directory: Path) -> Iterator[Path]:
    """Mount something in a directory, or skip the test; it is there at the end of the block."""
    directory.chmod(0o700)
    with ExitStack() as mounts:
        try:
            point = mounts.enter_context(mounted("tmpfs", "1M", directory))
        except NotHereError as reason:
            pytest.skip(str(reason))
        (point / "precious").write_text("precious")
        yield point
        assert (point / "precious").read_text() == "precious"


@pytest.mark.parametrize("place", ["live/obs.ms", f"checkpoints/{AUTO}"])
def test_what_is_mounted_in_a_workspace_in_trash_is_not_emptied(
    storage: DirectoryStorage, clock: Clock, place: str
) -> None:
    workspace = discarded(storage, clock)
    with precious_in(container(workspace) / place) as point:
        before = seen(storage, workspace)
        assert str(point) in before.users[0]
        (refusal,) = storage.destroy([before])
        assert str(point) in refusal.why
        assert seen(storage, workspace) == before
    assert storage.destroy([seen(storage, workspace)]) == []


def test_what_is_mounted_in_a_leftover_is_not_emptied(
    storage: DirectoryStorage, clock: Clock
) -> None:
    there = container(discarded(storage, clock))
    leftover = there.rename(there.with_name(f".{there.name}.removing"))
    with precious_in(leftover / "live"):
        (said,) = storage.reconcile()
        assert "could not remove" in said
    assert "could not" not in storage.reconcile()[0]
    assert not leftover.exists()


def test_what_is_mounted_in_a_checkpoint_is_not_emptied(
    storage: DirectoryStorage, clock: Clock
) -> None:
    workspace = discarded(storage, clock)
    storage.move_from_trash(workspace)
    live = seen(storage, workspace)
    with precious_in(container(live.workspace) / "checkpoints" / AUTO):
        assert storage.destroy_checkpoints(live, live.checkpoints) == []
    assert storage.destroy_checkpoints(live, live.checkpoints) == [*live.checkpoints]


@pytest.fixture
def container_of(tmp_path: Path) -> Iterator[Callable[[Path], int]]:
    """Give a directory to a process in a mount namespace of its own."""
    processes: list[subprocess.Popen[str]] = []

    def run(directory: Path) -> int:
        (tmp_path / "work").mkdir()
        script = 'mount --bind "$0" "$1" && echo ready && exec sleep 60'
        command = ["unshare", "-m", "sh", "-c", script, str(directory), str(tmp_path / "work")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            pytest.skip("mount namespaces need root")
        return process.pid

    yield run
    for each in processes:
        each.kill()
        each.wait()


def test_a_workspace_that_a_container_has_mounted_is_in_use(
    storage: DirectoryStorage, clock: Clock, container_of: Callable[[Path], int]
) -> None:
    workspace, other = discarded(storage, clock), discarded(storage, clock)
    storage.move_from_trash(workspace)
    found = storage.find(workspace.id, SPEC.owner)
    assert found is not None
    process = container_of(Path(found.path))
    storage.move_to_trash(found)
    closer, second = storage.look_closer([seen(storage, each) for each in (workspace, other)])
    assert any(f"process {process}" in each for each in closer.users)
    assert second.users == ()
    (refusal,) = storage.destroy([closer, second])
    assert refusal.workspace == workspace.id
    assert f"process {process}" in refusal.why


def test_what_cannot_be_removed_is_reported_until_it_can(
    storage: DirectoryStorage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = discarded(storage, clock)

    def fail(*_arguments: object) -> None:
        raise OSError("an input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Root, "remove_container", fail)
        assert storage.destroy([seen(storage, workspace)]) == []
        (said,) = storage.reconcile()
        assert "could not remove" in said
        assert "input/output" in said
    assert storage.find(workspace.id, SPEC.owner) is None
    (odd,) = storage.survey().odd
    assert workspace_directory(workspace.id) in odd
    assert storage.destroy([seen(storage, discarded(storage, clock, workspace.id))]) == []
    assert storage.survey().odd == ()
    assert storage.reconcile() == []


def test_what_cannot_be_renamed_stays(
    storage: DirectoryStorage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = discarded(storage, clock)
    before = seen(storage, workspace)

    def fail(*_arguments: object) -> None:
        raise OSError("a read-only filesystem")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        (refusal,) = storage.destroy([before])
    assert "read-only" in refusal.why
    assert seen(storage, workspace) == before


def test_half_a_workspace_is_odd(storage: DirectoryStorage, clock: Clock) -> None:
    workspace = discarded(storage, clock)
    (container(workspace) / "live").rename(container(workspace) / ".replaced")
    before = seen(storage, workspace)
    assert "live" in before.odd[0]
    assert len(storage.destroy([before])) == 1
    (container(workspace) / ".replaced").rename(container(workspace) / "live")
    assert storage.destroy([replace(before, odd=())]) == []


def test_a_strange_directory_disturbs_no_listing(
    storage: DirectoryStorage, clock: Clock, plain: Path
) -> None:
    workspace = discarded(storage, clock)
    for strange in (plain / "trash" / "lost+found", plain / "ws" / "alice" / "notes"):
        strange.mkdir(parents=True)
    assert storage.workspaces() == [workspace]
    assert storage.workspaces(SPEC.owner) == [workspace]
    assert len(storage.survey().odd) == 2


def test_a_spoilt_memo_is_reported_and_can_be_replaced(
    storage: DirectoryStorage, clock: Clock, plain: Path
) -> None:
    discarded(storage, clock)
    storage.write_memo("good")
    (plain / "memo").write_text("{")
    survey = storage.survey()
    assert len(survey.residents) == 1
    assert "memo" in survey.memo, "an empty one would say that nobody paused anything"
    assert str(plain / "memo") in survey.odd[0]
    storage.write_memo("better")
    assert (storage.survey().memo, storage.survey().odd) == ("better", ())


@pytest.mark.parametrize("part", ["ws", "trash", "."])
def test_nothing_is_known_of_a_storage_that_is_away(
    storage: DirectoryStorage, clock: Clock, plain: Path, part: str
) -> None:
    workspace = discarded(storage, clock)
    before = seen(storage, workspace)
    away = (plain / part).resolve()
    away.rename(away.with_name("away"))
    with pytest.raises(StorageUnavailableError):
        storage.survey()
    if part == ".":
        away.mkdir()
        for ask in (storage.look_closer, storage.destroy):
            with pytest.raises(StorageUnavailableError):
                ask([before])
