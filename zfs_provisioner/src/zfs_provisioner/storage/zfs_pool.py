"""The pool and the root on it: whether they answer, are the right ones, and what errors mean.

A suspended pool lets every command and library call on it wait for ever, so each verb looks at the
kernel's own word on the pool's state first; that is a file in /proc, which never waits.
"""

import errno
import functools
import os
from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from zfs_provisioner.errors import (
    ProvisionerError,
    QuotaExceededError,
    StorageDamagedError,
    StorageFullError,
    StorageUnavailableError,
)
from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.zfs_command import Reason, ZfsError

_STATES: Final = "/proc/spl/kstat/zfs"
_WORKING: Final = {"ONLINE", "DEGRADED"}
# ZFS refuses to make anything when less than this is left: a few times the 144 KiB that one clone
# must be able to reserve.
_SCARCE: Final = 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """One pool and the filesystem on it that is a storage's root.

    Parameters
    ----------
    root
        An existing filesystem, such as `tank/casahub`.
    guid
        What the root's guid must be; None takes the one that is found.

    Raises
    ------
    StorageUnavailableError
        The root is not there, or its pool does not work.
    StorageDamagedError
        Another filesystem has the root's name.
    """

    def __init__(self, root: str, guid: int | None = None) -> None:
        self.root, self.name = root, root.partition("/")[0]
        self._state = f"{_STATES}/{self.name}/state"
        self.refuse_if_stopped()
        self.guid = self._guid()
        if guid is not None and guid != self.guid:
            raise StorageDamagedError(
                f"{root} has the guid {self.guid}, not {guid}: it is another filesystem of that "
                "name. Nothing was changed. Import the right pool, or configure this guid."
            )

    def _guid(self) -> int:
        try:
            return zfs_command.number(self.root, "guid")
        except ZfsError as error:
            raise StorageUnavailableError(
                f"{self.root} is not to be had ({error.answer}): import its pool, or make it with "
                f"`zfs create {self.root}`."
            ) from error

    def refuse_if_stopped(self) -> None:
        """Raise StorageUnavailableError unless the pool is imported and does its work."""
        try:
            state = _read(self._state)
        except OSError:
            state = "not imported"
        if state not in _WORKING:
            raise StorageUnavailableError(
                f"The pool {self.name} is {state}. Nothing was changed. `zpool status` says why; "
                "repeat the request when it is online."
            )

    def refuse_if_another(self) -> None:
        """Raise StorageUnavailableError unless the root is the one that was opened."""
        self.refuse_if_stopped()
        found = self._guid()
        if found != self.guid:
            raise StorageUnavailableError(
                f"{self.root} has the guid {found}, and was opened with {self.guid}: somebody put "
                "another filesystem in its place. Nothing was changed."
            )

    def explain(self, error: ZfsError) -> ProvisionerError:
        """Return the storage's error for one of ZFS, from how things are and not from its text."""
        if error.reason is Reason.TIMEOUT:
            return StorageUnavailableError(
                f"ZFS gives no answer ({error.what}). `zpool status` says whether the pool is "
                "healthy; repeat the request when it is: it continues where it was."
            )
        try:
            self.refuse_if_stopped()
            free = zfs_command.number(self.root, "available")
            left = self._left(error.filesystem)
        except ZfsError as unknown:
            return StorageUnavailableError(
                f"ZFS does not say how the pool is ({unknown}); nothing was changed. Repeat the "
                "request when `zpool status` is well."
            )
        except StorageUnavailableError as stopped:
            return stopped
        if error.reason is Reason.QUOTA or left < _SCARCE <= free:
            return QuotaExceededError(
                f"The quota is used up ({error.what}). Nothing was changed. Put workspaces into "
                "trash, or ask for a larger quota."
            )
        if error.reason is Reason.FULL or free < _SCARCE:
            return StorageFullError(
                f"The pool is full ({error.what}: {error.answer}). Nothing was changed. Free space "
                "in the pool, or add a disk to it. Where nothing can be destroyed any more, "
                f"`zfs set refreservation=none {self.root}/ballast` gives back the ballast's space."
            )
        return StorageDamagedError(
            f"ZFS did not do what it was told ({error.what}: {error.answer}). Nothing was changed. "
            "Look at `zpool status` and at who else changes the filesystems below "
            f"{self.root}, then repeat the request."
        )

    def _left(self, filesystem: str) -> int:
        """Return the bytes that may still be written to the nearest ancestor that exists."""
        while filesystem.startswith(f"{self.root}/"):
            try:
                return zfs_command.number(filesystem, "available")
            except ZfsError:
                filesystem = filesystem.rpartition("/")[0]
        return zfs_command.number(self.root, "available")


def _read(path: str) -> str:
    """Return a short text in /proc with three system calls: every verb waits for it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 100).decode().strip()
    finally:
        os.close(descriptor)


class OnPool(Protocol):
    """What has verbs on a pool."""

    @property
    def pool(self) -> Pool:
        """The pool that the verbs are on."""

    def doubt(self) -> None:
        """Forget what is remembered of the pool: it may be otherwise by now."""


Self = TypeVar("Self", bound=OnPool)


def verb(
    method: Callable[Concatenate[Self, P], T],
) -> Callable[Concatenate[Self, P], T]:
    """Let a verb begin only on a working pool, and raise the storage's errors instead of ZFS's."""

    @functools.wraps(method)
    def wrapper(self: Self, /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.pool.refuse_if_stopped()
        try:
            return method(self, *args, **kwargs)
        except ZfsError as error:
            explained = self.pool.explain(error)
            if not isinstance(explained, StorageFullError):
                self.doubt()
            raise explained from error
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            reason = Reason.QUOTA if error.errno == errno.EDQUOT else Reason.FULL
            full = ZfsError(reason, "writing files", str(error), self.pool.root)
            raise self.pool.explain(full) from error

    return wrapper
