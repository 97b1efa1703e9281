"""Copies of files that share their blocks where the filesystem can do that.

A hard link is never made: CASA writes in place, so a linked copy would change with the original.
"""

import errno
import fcntl
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from stat import S_IMODE
from typing import Final

from recompute.errors import PlaceError

# <linux/fs.h>: _IOW(0x94, 9, int).
_FICLONE: Final = 0x40049409

_AT_ONCE: Final = 1 << 30
"""Bytes that one system call is asked to copy."""

_NEVER: Final = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.ENOSYS}
"""What a pair of devices that cannot share blocks answers; anything else concerns one file."""

_unable: Final[set[tuple[int, int]]] = set()
"""Device pairs that cannot share blocks, by source and target; asking again costs a system call."""


class Way(StrEnum):
    """How a file was copied."""

    REFLINK = "reflink"
    """Both share their blocks until one of them is written."""
    COPY = "copy"
    """Its bytes were copied."""


def clone(source: Path, target: Path, mode: int | None = None) -> Way:
    """Make a new file with the bytes of another one; a symbolic link is not followed.

    The target is not synchronised to disk: whoever publishes it does that.

    Parameters
    ----------
    source : Path
        A plain file.
    target : Path
        Must not exist. Nobody else can read it until it is complete.
    mode : int, optional
        Permission bits of the target, the source's if not given.

    Returns
    -------
    Way
        How it was done.

    Raises
    ------
    FileExistsError
        The target exists.
    PlaceError
        The source became shorter meanwhile; there is no target then.
    OSError
        As the system says it, with its ``errno``; there is no target then.
    """
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writing = os.open(target, flags, 0o600)
        try:
            way = _fill(source, reading, writing)
            os.fchmod(writing, S_IMODE(os.fstat(reading).st_mode) if mode is None else mode)
        except BaseException:
            target.unlink()
            raise
        finally:
            os.close(writing)
    finally:
        os.close(reading)
    return way


def _fill(source: Path, reading: int, writing: int) -> Way:
    """Give an empty file the bytes of another one."""
    pair = (os.fstat(reading).st_dev, os.fstat(writing).st_dev)
    if pair not in _unable:
        try:
            fcntl.ioctl(writing, _FICLONE, reading)
        except OSError as error:
            # OpenZFS cannot share blocks that are not on disk yet (EAGAIN), btrfs none of a file
            # that is not copied on write (EINVAL); a full disk is reported by the copy.
            if error.errno in _NEVER:
                _unable.add(pair)
        else:
            return Way.REFLINK
    _copy(source, reading, writing)
    return Way.COPY


def _copy(source: Path, reading: int, writing: int) -> None:
    """Copy all bytes within the kernel.

    Holes are filled: CASA makes none, and asking where they are has been answered wrongly
    (OpenZFS before 2.2.2) or waits for the disk.
    """
    size = os.fstat(reading).st_size
    done = 0
    while done < size:
        count = _step(reading, writing, min(_AT_ONCE, size - done))
        if not count:
            raise PlaceError(
                f"{source} became shorter while it was copied: wait until nothing writes it."
            )
        done += count


def _step(reading: int, writing: int, count: int) -> int:
    """Copy some bytes on from where both files stand; 0 at the end of the source."""
    copies: tuple[Callable[[], int], ...] = (
        lambda: os.copy_file_range(reading, writing, count),
        lambda: os.sendfile(writing, reading, None, count),
    )
    for copy in copies:
        try:
            copied = copy()
        except OSError as error:
            # Between filesystems, or on one that has it not.
            if error.errno not in _NEVER | {errno.EINVAL}:
                raise
        else:
            if copied:
                return copied
    return 0
