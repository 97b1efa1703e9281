"""Releases: what they share, and what keeps them."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests_guest import ONE, TWO, Open, by_commands, die, killed, zfs
from tests_provisioner import INFO, Clock, silent, wanted
from zfs_provisioner.errors import (
    StorageFullError,
)
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations


def test_a_release_is_held(imported: ZfsStorage, filesystem: str) -> None:
    held = zfs("holds", "-H", f"{filesystem}/archive/obs@1").split("\t")
    assert held[1] == "casahub:release"
    with pytest.raises(subprocess.CalledProcessError):
        zfs("destroy", f"{filesystem}/archive/obs@1")


def test_releases_share_what_is_equal(
    imported: ZfsStorage, source: Path, filesystem: str, clock: Clock
) -> None:
    (source / "notes.txt").write_text("flag antenna 9\n")
    clock.advance(60)
    made = imported.import_release(wanted(clock, "2", replace(INFO, title="New")), source, silent)
    (dataset,) = imported.datasets()
    assert [each.name for each in dataset.releases] == [TWO, ONE]
    assert (dataset.newest, dataset.info.title) == (made, "New")
    for each in dataset.releases:
        assert imported.digest(each) == each.digest
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", "used", f"{filesystem}/archive/obs")) < 1.5 * made.size


def test_an_import_compares_content_and_not_times(
    imported: ZfsStorage, source: Path, clock: Clock
) -> None:
    notes = source / "notes.txt"
    before = notes.stat()
    notes.write_text(notes.read_text().replace("7", "8"))
    os.utime(notes, ns=(before.st_atime_ns, before.st_mtime_ns))
    made = imported.import_release(wanted(clock, "2"), source, silent)
    assert made.digest == trees.digest(source) == imported.digest(made)


@by_commands
def test_a_kill_in_an_import_leaves_nothing_to_see(
    storage: ZfsStorage,
    open_storage: Open,
    change: Mutations,
    source: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(change, "snapshot", die)
        killed(lambda: storage.import_release(wanted(clock), source, silent))
    after = open_storage()
    assert after.reconcile() == []
    assert after.datasets() == []
    (source / "notes.txt").write_text("another source\n")
    made = after.import_release(wanted(clock), source, silent)
    assert after.datasets()[0].releases == (made,)
    assert after.digest(made) == trees.digest(source)


def test_a_full_pool_refuses_an_import_and_gives_back_its_space(
    storage: ZfsStorage, source: Path, filesystem: str, clock: Clock
) -> None:
    (source / "big").write_bytes(os.urandom(30_000_000))
    zfs("set", "quota=15M", filesystem)
    with pytest.raises(StorageFullError):
        storage.import_release(wanted(clock), source, silent)
    assert storage.datasets() == []
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", "used", filesystem)) < 2_000_000
    (source / "big").unlink()
    made = storage.import_release(wanted(clock), source, silent)
    assert storage.digest(made) == trees.digest(source)


def test_a_foreign_snapshot_is_no_release(imported: ZfsStorage, filesystem: str) -> None:
    zfs("snapshot", f"{filesystem}/archive/obs@hourly")
    (dataset,) = imported.datasets()
    assert [each.name for each in dataset.releases] == [ONE]
