"""Mounts of ZFS filesystems and snapshots: mount(2) and umount2(2), nothing automatic.

ZFS's own mounting is not used: it starts a process, follows properties, and mounts snapshots in
whatever namespace happens to look at `.zfs`. A mount never allows set-user-id programs or devices,
and reading does not write access times, which would count as changes.
"""

import contextlib
import ctypes
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.idmaps import map_mount
from zfs_provisioner.storage.mountinfo import mounts

log = logging.getLogger(__name__)

# Flags of mount(2), as the header linux/mount.h numbers them.
_READ_ONLY: Final = 1
_BIND: Final = 4096
_SHARED: Final = 1 << 20
_NO_SET_USER_ID: Final = 2
_NO_DEVICES: Final = 4
_NO_ACCESS_TIMES: Final = 1024

_ROOT: Final = 0  # may write into everybody's files
_PASS_THROUGH: Final = 0o711

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)

log = logging.getLogger(__name__)


class Mounts:
    """The directory in which the storage mounts.

    It is a mount of itself that is shared, so that what is mounted in it appears in containers that
    were given the directory earlier. Who may look into a workspace is said by the workspace's own
    mode and owner; the directories above can be passed through and not listed.

    ::

        <directory>/ws/<owner>/<wid>     workspaces, while they are in use
        <directory>/private/<random>     releases, checkpoints and imports while they are read

    Parameters
    ----------
    account
        Who sessions run as: where the files belong to another one, they appear as its own.
    """

    def __init__(self, directory: Path, account: Account) -> None:
        self._account = account
        self.directory = directory
        self._ws, self._private = directory / "ws", directory / "private"
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(_PASS_THROUGH)
        # A directory that is a mount of itself is no mountpoint by its device number.
        if str(directory.resolve()) not in sources():
            _call_mount(str(directory), directory, b"none", _BIND, b"")
            _call_mount("none", directory, b"none", _SHARED, b"")
        self._ws.mkdir(exist_ok=True, mode=_PASS_THROUGH)
        self._private.mkdir(exist_ok=True, mode=0o700)

    def place(self, shelf: str, wid: str) -> Path:
        """Return where a workspace is mounted while it is in use."""
        return self._ws / shelf / wid

    def open_places(self) -> list[Path]:
        """Return where workspaces are mounted now."""
        return [Path(each) for each in sources() if Path(each).is_relative_to(self._ws)]

    def ensure_mounted(self, source: str, place: Path) -> None:
        """Mount a filesystem, writable, unless it is mounted there."""
        if os.path.ismount(place):
            _refuse_unless_mounted_from(source, place)
            return
        for each in (place.parent, place):
            each.mkdir(exist_ok=True, mode=_PASS_THROUGH)
        _mount(source, place, 0)
        status = place.stat()
        disk = Account(status.st_uid, status.st_gid)
        if disk != self._account and self._account.uid != _ROOT:
            self._map(place, disk)

    def _map(self, place: Path, disk: Account) -> None:
        try:
            map_mount(place, disk, self._account)
        except OSError as error:
            log.warning(
                "files in %s belong to account %d, sessions run as %d, and this system cannot map "
                "one to the other (%s)", place, disk.uid, self._account.uid, error
            )  # fmt: skip

    def ensure_unmounted(self, place: Path) -> None:
        """Unmount, never forced and never lazily, and remove the directory.

        Raises
        ------
        OSError
            EBUSY: a process has a file or directory in it open.
        """
        if os.path.ismount(place):
            _unmount(place)
        if place.exists():
            place.rmdir()

    @contextlib.contextmanager
    def privately(self, source: str, *, writable: bool = False) -> Iterator[Path]:
        """Mount a filesystem or a snapshot where nobody else looks, while the block runs."""
        place = Path(tempfile.mkdtemp(dir=self._private))
        try:
            _mount(source, place, 0 if writable else _READ_ONLY)
            try:
                yield place
            finally:
                _unmount(place)
        finally:
            place.rmdir()

    def remove_leftovers(self) -> None:
        """Unmount what a killed process had mounted privately, and remove its empty mountpoints."""
        for place in self._private.iterdir():
            self.ensure_unmounted(place)
        for place in self._ws.glob("*/*"):
            if os.path.ismount(place):
                continue
            try:
                place.rmdir()
            except OSError as error:
                log.warning("%s is not a mount and stays: %s", place, error)


def _mount(source: str, place: Path, flags: int) -> None:
    flags |= _NO_SET_USER_ID | _NO_DEVICES | _NO_ACCESS_TIMES
    # With "zfsutil" the kernel takes the caller for ZFS's own command and accepts any mountpoint.
    _call_mount(source, place, b"zfs", flags, b"zfsutil")


def _call_mount(source: str, place: Path, kind: bytes, flags: int, options: bytes) -> None:
    answer = _LIBRARY.mount(
        os.fsencode(source), os.fsencode(place), kind, ctypes.c_ulong(flags), options
    )
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), source)


def _unmount(place: Path) -> None:
    if _LIBRARY.umount2(os.fsencode(place), 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(place))


def _refuse_unless_mounted_from(source: str, place: Path) -> None:
    mounted = sources().get(str(place))
    if mounted != source:
        raise StorageDamagedError(
            f"{place} is a mount of {mounted}, not of {source}. Nothing was changed: unmount it."
        )


def sources() -> dict[str, str]:
    """Return what is mounted where, by mountpoint; the topmost where several are."""
    return {each.place: each.source for each in mounts(Path("/proc/self"))}
