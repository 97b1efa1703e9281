"""Own a storage root and open the storage on it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zfs_provisioner.errors import RootInUseError
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli
from zfs_provisioner.storage.zfs_pool import Pool

# Where two provisioners of one pool find each other's lock, whatever state each was given.
_LOCKS: Final = Path("/run/lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRoot:
    """Keep archive and workspaces in a plain directory.

    Attributes
    ----------
    account
        Who owns the files that sessions write; None for ourselves.
    """

    path: Path
    account: Account | None = None

    @property
    def name(self) -> str:
        """The root as people write it."""
        return str(self.path)

    @contextmanager
    def opened(self) -> Iterator[Storage]:
        """Own the root in the block and give its storage; `reconcile` is the next step.

        Raises
        ------
        RootInUseError
            Another provisioner owns it.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _owning(self.name, self.path / ".lock"):
            yield DirectoryStorage(self.path, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZfsRoot:
    """Keep archive and workspaces on ZFS.

    Attributes
    ----------
    name
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

    name: str
    mounts: Path
    guid: int | None = None
    account: Account | None = None
    owner_quota: int | None = None

    @contextmanager
    def opened(self) -> Iterator[Storage]:
        """Own the root in the block and give its storage; `reconcile` is the next step.

        Raises
        ------
        RootInUseError
            Another provisioner owns it.
        StorageUnavailableError
            The pool or the filesystem is not there, or does not work.
        StorageDamagedError
            The filesystem is not the configured one.
        """
        pool = Pool(self.name, self.guid)
        with _owning(self.name, _LOCKS / f"zfs-provisioner-{pool.guid}"):
            yield ZfsStorage(
                pool,
                self.mounts,
                best_mutations(),
                account=self.account,
                owner_quota=self.owner_quota,
            )


StorageRoot = DirectoryRoot | ZfsRoot


def best_mutations() -> Mutations:
    """Return the library where its binding is installed, else the commands."""
    try:
        return LibZfsCore()
    except (ImportError, OSError):  # OSError: the binding is there, the library of its version not
        return ZfsCli()


@contextmanager
def _owning(root: str, path: Path) -> Iterator[None]:
    """Hold the root's lock, which the kernel drops however the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise RootInUseError(
                f"{root} is served by another provisioner (pid {lock.read().strip()}): stop that "
                "one, or name another root."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
