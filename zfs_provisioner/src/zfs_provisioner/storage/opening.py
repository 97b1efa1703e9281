"""Open the storage that the settings name."""

from dataclasses import dataclass
from pathlib import Path

from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli
from zfs_provisioner.storage.zfs_pool import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPlace:
    """Keep workspaces in a plain directory.

    Attributes
    ----------
    account
        Who owns the files that sessions write; None for ourselves.
    """

    root: Path
    account: Account | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZfsPlace:
    """Keep workspaces on ZFS.

    Attributes
    ----------
    filesystem
        An existing filesystem, such as `tank/casahub`, used for nothing else.
    mounts
        Directory in which workspaces are mounted.
    guid
        Of the filesystem; None takes the one that is found.
    account
        Who owns the files that sessions write; None for ourselves.
    owner_quota
        Bytes for each new owner; None for no limit.
    """

    filesystem: str
    mounts: Path
    guid: int | None = None
    account: Account | None = None
    owner_quota: int | None = None


def best_mutations() -> Mutations:
    """Return the library where its binding is installed, else the commands."""
    try:
        return LibZfsCore()
    except (ImportError, OSError):  # OSError: the binding is there, the library of its version not
        return ZfsCli()


def open_storage(place: DirectoryPlace | ZfsPlace) -> Storage:
    """Open a storage; `reconcile` is the caller's next step.

    Raises
    ------
    StorageUnavailableError
        The pool or its root is not there, or does not work.
    StorageDamagedError
        The root is not the configured one.
    """
    if isinstance(place, DirectoryPlace):
        return DirectoryStorage(place.root, place.account)
    return ZfsStorage(
        Pool(place.filesystem, place.guid),
        place.mounts,
        best_mutations(),
        account=place.account,
        owner_quota=place.owner_quota,
    )
