"""Which root it is, whose it is, and what new owners get on it."""

import subprocess
from pathlib import Path

import pytest
from tests_guest import ID, SPEC, zfs
from tests_provisioner import Clock, silent, wanted
from zfs_provisioner.errors import (
    RootInUseError,
    StorageDamagedError,
    StorageUnavailableError,
)
from zfs_provisioner.model import (
    Allowance,
    Owner,
)
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.opening import ZfsRoot, best_mutations
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_pool import Pool


def test_the_library_is_used_where_it_is_installed() -> None:
    assert isinstance(best_mutations(), LibZfsCore)


def test_a_root_of_another_guid_is_refused(filesystem: str) -> None:
    guid = int(zfs("get", "-Hpo", "value", "guid", filesystem))
    assert Pool(filesystem, guid).guid == guid
    with pytest.raises(StorageDamagedError, match=f"has the guid {guid}, not 1"):
        Pool(filesystem, 1)
    with pytest.raises(StorageUnavailableError, match="zfs create"):
        Pool(f"{filesystem}/nothing")
    with pytest.raises(StorageUnavailableError, match="not imported"):
        Pool("nopool/root")


def test_a_root_has_one_provisioner(filesystem: str, tmp_path: Path) -> None:
    """Whatever state each was given: the lock is named by the root's guid."""
    first, second = (ZfsRoot(name=filesystem, mounts=tmp_path / each) for each in "ab")
    with first.opened():
        with pytest.raises(RootInUseError, match=rf"{filesystem} is served by another .*pid \d+"):
            second.opened().__enter__()
        assert not second.mounts.exists()
        run("umount", str(first.mounts))
    with second.opened() as storage:
        assert storage.workspaces() == []
        run("umount", str(second.mounts))


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def test_a_root_that_was_exchanged_is_noticed(imported: ZfsStorage, filesystem: str) -> None:
    imported.refuse_if_unavailable()
    zfs("rename", "-u", filesystem, f"{filesystem}old")
    with pytest.raises(StorageUnavailableError):
        imported.refuse_if_unavailable()
    zfs("create", filesystem)
    with pytest.raises(StorageUnavailableError, match="in its place"):
        imported.refuse_if_unavailable()


def test_a_new_owner_gets_the_configured_quota(
    filesystem: str, tmp_path: Path, change: Mutations, source: Path, clock: Clock
) -> None:
    storage = ZfsStorage(Pool(filesystem), tmp_path / "mounts", change, owner_quota=20_000_000)
    assert storage.allowance(Owner("alice")) == Allowance(used=0, limit=20_000_000)
    storage.import_release(wanted(clock), source, silent)
    storage.create(ID, SPEC, clock.now, silent)
    assert storage.allowance(Owner("alice")).limit == 20_000_000
    assert zfs("get", "-Hpo", "value", "quota", f"{filesystem}/ws/alice") == "20000000"
