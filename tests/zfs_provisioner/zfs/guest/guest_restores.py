"""Restores: what they write, keep, and undo."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests_guest import SPEC, Open, by_commands, content, die, kept, killed, opened, restore, zfs
from tests_provisioner import Clock, silent
from zfs_provisioner.errors import (
    QuotaExceededError,
)
from zfs_provisioner.model import (
    Progress,
    Workspace,
)
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations


def test_a_restore_keeps_later_checkpoints(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    notes = Path(workspace.path) / "notes.txt"
    made = []
    for text in ("one", "two", "three"):
        notes.write_text(text)
        made.append(kept(imported, workspace, clock))
    for asked, text in ((made[0], "one"), (made[2], "three"), (made[1], "two")):
        restore(imported, workspace, asked)
        assert notes.read_text() == text
        assert imported.checkpoints(workspace) == made
        assert not imported.usage(replace(workspace, base=asked.name)).changed


def test_a_restore_writes_only_what_differs(
    imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    big = Path(workspace.path) / "big"
    big.write_bytes(os.urandom(8_000_000))
    before = content(workspace)
    first = kept(imported, workspace, clock)
    with big.open("r+b") as file:
        file.seek(4_000_000)
        file.write(b"flagged")
    kept(imported, workspace, clock)
    restore(imported, workspace, first)
    assert content(workspace) == before
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", f"written@{first.name}", clone)) < 1_000_000


def test_a_restore_separates_names_of_one_file(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    root = Path(workspace.path)
    before = content(workspace)
    first = kept(imported, workspace, clock)
    (root / "notes.txt").unlink()
    (root / "notes.txt").hardlink_to(root / "obs.ms" / "table.dat")
    restore(imported, workspace, first)
    assert content(workspace) == before


@by_commands
@pytest.mark.parametrize("step", ["copying", "committing"])
def test_a_kill_in_a_restore_undoes_it(
    step: str,
    imported: ZfsStorage,
    workspace: Workspace,
    open_storage: Open,
    change: Mutations,
    clone: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "new").write_bytes(b"made later")
    (Path(workspace.path) / "obs.ms" / "table.dat").write_bytes(b"changed later")
    (Path(workspace.path) / "notes.txt").unlink()
    before = content(workspace)

    def die_on_progress(progress: Progress) -> None:
        if progress.done:
            die()

    with monkeypatch.context() as patched:
        if step == "committing":
            patched.setattr(change, "destroy_snapshot", die)
        report = die_on_progress if step == "copying" else silent
        killed(lambda: imported.restore(workspace, first, (), report))
    assert not Path(workspace.path).exists()
    assert f"{clone}@restoring" in zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone)
    after = open_storage()
    assert f"undid an unfinished restore of {clone}" in after.reconcile()
    assert content(opened(after, workspace)) == before
    assert after.checkpoints(workspace) == [first]
    after.ensure_closed(workspace)
    assert after.reconcile() == []


@pytest.mark.parametrize("foreign", [False, True])
def test_a_failing_restore_leaves_what_was_there(
    *, foreign: bool, imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    """With a snapshot that somebody took meanwhile, ZFS refuses to roll back."""
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "obs.ms" / "table.dat").write_bytes(b"changed later")
    before = content(workspace)

    def fail(progress: Progress) -> None:
        if progress.done:
            if foreign:
                zfs("snapshot", f"{clone}@hourly")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        imported.restore(workspace, first, (), fail)
    assert content(opened(imported, workspace)) == before
    names = zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone).split()
    assert set(names) == {f"{clone}@{first.name}"} | ({f"{clone}@hourly"} if foreign else set())


def test_a_restore_beyond_the_quota_is_undone_and_says_so(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    big = Path(workspace.path) / "big"
    big.write_bytes(os.urandom(8_000_000))
    first = kept(imported, workspace, clock)
    big.unlink()
    (Path(workspace.path) / "other").write_bytes(os.urandom(8_000_000))
    kept(imported, workspace, clock)
    before = content(workspace)
    imported.limit_owner(SPEC.owner, 20_000_000)
    with pytest.raises(QuotaExceededError, match="quota is used up"):
        restore(imported, workspace, first)
    assert content(opened(imported, workspace)) == before


def test_a_foreign_snapshot_is_no_checkpoint_and_hides_no_change(
    imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "notes.txt").write_text("flag antenna 8\n")
    zfs("snapshot", f"{clone}@hourly")
    based = replace(workspace, base=first.name)
    assert imported.usage(based).changed
    assert imported.checkpoints(workspace) == [first]
    restore(imported, workspace, first)
    assert not imported.usage(based).changed
    assert f"{clone}@hourly" in zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone)
