"""Choose how the pool is changed, and open the storage."""

from pathlib import Path

from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli


def best_mutations() -> Mutations:
    """Return the library where its binding is installed, else the commands."""
    try:
        return LibZfsCore()
    except (ImportError, OSError):  # OSError: the binding is there, the library of its version not
        return ZfsCli()


def open_zfs(root: str, mounts: Path) -> ZfsStorage:
    """Open the tree below an existing filesystem, such as `tank/casahub`."""
    return ZfsStorage(root, mounts, best_mutations())
