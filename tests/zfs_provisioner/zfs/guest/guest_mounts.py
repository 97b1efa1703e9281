"""What is mounted when, where, and as whose files."""

import mmap
import re
import subprocess
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_guest import (
    ID,
    OTHER_ID,
    SPEC,
    Open,
    kept,
    opened,
    restore,
)
from tests_provisioner import Clock, Site, silent, wanted
from zfs_provisioner.errors import (
    WorkspaceInUseError,
)
from zfs_provisioner.model import (
    Holder,
    Lease,
    Workspace,
)
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_mounts import Mounts, sources
from zfs_provisioner.storage.zfs_pool import Pool


def test_mounts_refuse_set_user_id_and_devices(workspace: Workspace) -> None:
    (line,) = [
        each
        for each in Path("/proc/self/mountinfo").read_text().splitlines()
        if each.split()[4] == workspace.path
    ]
    assert {"nosuid", "nodev", "noatime"} <= set(line.split()[5].split(","))


def test_after_a_start_leased_workspaces_are_mounted_and_no_others(
    imported: ZfsStorage, workspace: Workspace, open_storage: Open, clock: Clock
) -> None:
    other = opened(imported, imported.create(OTHER_ID, SPEC, clock.now, silent))
    lease = Lease(holder=Holder("h"), until=clock.now)
    imported.update(replace(workspace, lease=lease))
    subprocess.run(["umount", workspace.path], check=True)
    after = open_storage()
    assert after.reconcile() == [f"unmounted {other.path}, which is not in use"]
    assert Path(workspace.path).is_mount()
    assert not Path(other.path).exists()
    assert after.reconcile() == []


def test_an_open_file_forbids_trash_and_restore(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    first = kept(imported, workspace, clock)
    with (Path(workspace.path) / "notes.txt").open():
        with pytest.raises(WorkspaceInUseError, match=r"process \d+ \("):
            imported.move_to_trash(workspace)
        with pytest.raises(WorkspaceInUseError, match=r"process \d+ \("):
            restore(imported, workspace, first)
    assert imported.workspaces() == [workspace]
    assert (Path(workspace.path) / "notes.txt").exists()


def test_a_workspace_that_a_process_keeps_open_is_closed_when_that_ends(
    storage: ZfsStorage, source: Path, clock: Clock
) -> None:
    site = Site(storage, clock, source)
    made = site.workspaces.ensure_created(
        ID, owner="alice", dataset="obs", release="1", name="A test", report=silent
    )
    site.workspaces.ensure_leased(
        ID, owner="alice", holder="h", session="s", duration=timedelta(hours=1)
    )
    with (Path(made.path) / "notes.txt").open():
        clock.advance(3600)
        assert [each.id for each in site.workspaces.close_expired()] == [ID]
        assert Path(made.path).is_mount()
        assert site.workspaces.close_expired() == []
        (busy,) = site.workspaces.still_open()
        assert re.search(r"process \d+ \(", busy.why)
    clock.advance(60)
    assert site.workspaces.close_expired() == []
    assert not Path(made.path).exists()
    assert site.workspaces.still_open() == []


def test_files_belong_to_the_account_of_sessions_whoever_that_was_before(
    filesystem: str, change: Mutations, source: Path, clock: Clock
) -> None:
    mounts = Path(tempfile.mkdtemp(dir="/run"))  # pytest's own directories let nobody else pass
    before, now = Account(1234, 100), Account(2345, 200)

    def owners(path: Path) -> set[tuple[int, int]]:
        found = {(each.status.st_uid, each.status.st_gid) for each in trees.walk(path)}
        return found | {(path.stat().st_uid, path.stat().st_gid)}

    old = ZfsStorage(Pool(filesystem), mounts, change, account=before)
    old.import_release(wanted(clock), source, silent)
    made = opened(old, old.create(ID, SPEC, clock.now, silent))
    assert owners(Path(made.path)) == {(1234, 100)}
    old.ensure_closed(made)
    new = ZfsStorage(Pool(filesystem), mounts, change, account=now)
    opened(new, made)
    assert owners(Path(made.path)) == {(2345, 200)}
    subprocess.run(
        ["sh", "-c", f"echo new > {made.path}/new && echo more >> {made.path}/notes.txt"],
        check=True,
        user=2345,
        group=200,
        extra_groups=[],
    )
    test_mounts_refuse_set_user_id_and_devices(made)
    first = kept(new, made, clock)
    new.ensure_closed(made)
    with new.reading(made, first.name) as disk:
        assert owners(disk) == {(1234, 100)}
        assert (disk / "notes.txt").read_text() == "flag antenna 7\nmore\n"
    for place in sorted(sources(), key=len, reverse=True):
        if Path(place).is_relative_to(mounts):
            subprocess.run(["umount", place], check=True)


def test_mounts_appear_where_the_directory_was_mounted_before(
    imported: ZfsStorage, clock: Clock, tmp_path: Path
) -> None:
    """As in a container that was started before the workspace was opened."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(["mount", "--rbind", tmp_path / "mounts", elsewhere], check=True)
    made = opened(imported, imported.create(ID, SPEC, clock.now, silent))
    inside = elsewhere / Path(made.path).relative_to(tmp_path / "mounts")
    seen = (inside / "notes.txt").read_text()
    imported.ensure_closed(made)
    assert not inside.exists()
    subprocess.run(["umount", "-R", elsewhere], check=True)
    assert seen == "flag antenna 7\n"


def test_a_checkpoint_holds_what_was_written_through_a_memory_map(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, clone: str, tmp_path: Path
) -> None:
    table = Path(workspace.path) / "obs.ms" / "table.f1"
    with table.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[:7] = b"flagged"
        first = kept(imported, workspace, clock)
    with Mounts(tmp_path / "other", Account(0, 0)).privately(f"{clone}@{first.name}") as before:
        assert (before / "obs.ms" / "table.f1").read_bytes()[:7] == b"flagged"


def test_a_restore_looks_who_has_files_open_before_it_keeps_what_changed(
    storage: ZfsStorage, source: Path, clock: Clock
) -> None:
    """What is written between that checkpoint and the restore would be in neither."""
    site = Site(storage, clock, source)
    made = site.workspaces.ensure_created(
        ID, owner="alice", dataset="obs", release="1", name="A test", report=silent
    )
    first = site.checkpoints.take(ID, "alice")
    opened(storage, made)
    with (Path(made.path) / "notes.txt").open("a") as notes:
        notes.write("by a forgotten process\n")
        notes.flush()
        with pytest.raises(WorkspaceInUseError, match=r"process \d+ \("):
            site.checkpoints.restore(ID, "alice", first.name, silent)
        assert site.checkpoints.of(ID, "alice") == [first]
    site.checkpoints.restore(ID, "alice", first.name, silent)
    kept = site.checkpoints.of(ID, "alice")[-1]
    with storage.reading(made, kept.name) as before:
        assert "by a forgotten process" in (before / "notes.txt").read_text()
