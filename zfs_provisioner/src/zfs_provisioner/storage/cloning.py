"""Three ways to clone a tree, and the probe that picks the best one a filesystem has.

Facts and figures: a btrfs subvolume snapshot takes milliseconds whatever the size, a reflink about
60 µs a file, a copy as long as the bytes take. Hard links are never used: CASA writes in place, and
would write into the release.
"""

import errno
import fcntl
import os
import struct
import tempfile
from pathlib import Path
from typing import Final, Protocol

from zfs_provisioner.storage import trees
from zfs_provisioner.storage.copying import Copied, copy, copy_bytes

# Begins the name of the directory in which the ways are tried.
PROBE: Final = ".probe-"

# ioctl(2) requests of linux/fs.h and linux/btrfs.h.
_FICLONE: Final = 0x40049409
_BTRFS_SUBVOL_CREATE: Final = 0x5000940E
_BTRFS_SNAP_CREATE_V2: Final = 0x50009417
_BTRFS_SUBVOL_GETFLAGS: Final = 0x80089419
_BTRFS_SUBVOL_SETFLAGS: Final = 0x4008941A
_BTRFS_SUBVOL_RDONLY: Final = 1 << 1
_BTRFS_SUBVOLUME_ROOT: Final = 256  # inode number of every subvolume's root directory

# What a filesystem answers that lacks the request, or that may not be asked.
_UNSUPPORTED: Final = {
    errno.ENOTTY,
    errno.EOPNOTSUPP,
    errno.EINVAL,
    errno.EXDEV,
    errno.ENOSYS,
    errno.EPERM,
    errno.EACCES,
}


class Cloner(Protocol):
    """One way to make and clone trees. A tree is made by the cloner that clones it."""

    method: str
    shares: bool
    """Whether a clone shares blocks with its origin."""

    def make(self, root: Path) -> None:
        """Make an empty tree at a path that does not exist."""

    def clone(self, source: Path, target: Path, copied: Copied) -> None:
        """Make `target` a writable tree with the content of `source`."""

    def freeze(self, root: Path) -> None:
        """Make a tree read-only."""

    def remove(self, root: Path) -> None:
        """Remove a tree, frozen or not."""


class CopyCloner:
    """Copies every byte."""

    method = "copy"
    shares = False

    def make(self, root: Path) -> None:
        """Make an empty directory."""
        root.mkdir()

    def clone(self, source: Path, target: Path, copied: Copied) -> None:
        """Copy file by file."""
        self.make(target)
        copy(source, target, self._copy_file, copied)

    def freeze(self, root: Path) -> None:
        """Take write permission away."""
        trees.make_read_only(root)

    def remove(self, root: Path) -> None:
        """Remove file by file."""
        trees.remove(root)

    @staticmethod
    def _copy_file(source: int, target: int) -> None:
        copy_bytes(source, target)


class ReflinkCloner(CopyCloner):
    """Shares the blocks of every file until one side writes (XFS, btrfs, bcachefs, ZFS ≥ 2.2)."""

    method = "reflink"
    shares = True

    @staticmethod
    def _copy_file(source: int, target: int) -> None:
        fcntl.ioctl(target, _FICLONE, source)


class SubvolumeCloner:
    """Snapshots a btrfs subvolume: one operation for the whole tree."""

    method = "btrfs subvolume"
    shares = True

    def make(self, root: Path) -> None:
        """Make an empty subvolume."""
        name = os.fsencode(root.name)
        _ioctl(root.parent, _BTRFS_SUBVOL_CREATE, struct.pack("=q4088s", 0, name))

    def clone(self, source: Path, target: Path, copied: Copied) -> None:  # noqa: ARG002
        """Snapshot the subvolume; nothing is copied, so nothing is reported."""
        descriptor = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # struct btrfs_ioctl_vol_args_v2: fd, transid, flags, unused[4], name.
            name = os.fsencode(target.name)
            request = struct.pack("=qQQ32x4040s", descriptor, 0, 0, name)
            _ioctl(target.parent, _BTRFS_SNAP_CREATE_V2, request)
        finally:
            os.close(descriptor)

    def freeze(self, root: Path) -> None:
        """Set the subvolume's read-only flag."""
        self._set_read_only(root, wanted=True)

    def remove(self, root: Path) -> None:
        """Empty and remove the subvolume, which needs no privilege since Linux 4.18."""
        if root.stat().st_ino == _BTRFS_SUBVOLUME_ROOT:
            self._set_read_only(root, wanted=False)
        trees.remove(root)

    @staticmethod
    def _set_read_only(root: Path, *, wanted: bool) -> None:
        answer = _ioctl(root, _BTRFS_SUBVOL_GETFLAGS, struct.pack("=Q", 0))
        (flags,) = struct.unpack("=Q", answer)
        flags = flags | _BTRFS_SUBVOL_RDONLY if wanted else flags & ~_BTRFS_SUBVOL_RDONLY
        _ioctl(root, _BTRFS_SUBVOL_SETFLAGS, struct.pack("=Q", flags))


def _ioctl(directory: Path, request: int, argument: bytes) -> bytes:
    answer = bytearray(argument)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(descriptor, request, answer)
    finally:
        os.close(descriptor)
    return bytes(answer)


def best_cloner(root: Path) -> Cloner:
    """Try each way on the filesystem of `root`, best first, and return the first that works."""
    with tempfile.TemporaryDirectory(prefix=PROBE, dir=root) as directory:
        for cloner in (SubvolumeCloner(), ReflinkCloner()):
            if _works(cloner, Path(directory) / cloner.method.replace(" ", "-")):
                return cloner
    return CopyCloner()


def _works(cloner: Cloner, place: Path) -> bool:
    place.mkdir()
    origin, clone = place / "origin", place / "clone"
    try:
        cloner.make(origin)
        (origin / "file").write_bytes(b"probe")
        cloner.clone(origin, clone, lambda _size: None)
        cloner.remove(clone)
        cloner.remove(origin)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return False
    return True
