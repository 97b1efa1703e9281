"""How a file is known to be unchanged without reading it.

The kernel stamps a file with the time of its clock's last tick. A file that is written twice within
one tick has the same stamps after both, so whoever reads it in between and remembers the stamps is
wrong about it for ever. git calls such an entry of its index *racily clean* and reads the file
again; so do we: a file whose stamps were younger than a tick when it was read is read again next
time (git's Documentation/technical/racy-git.txt).

What this cannot see: a program that writes through a memory map gets its new stamps when a page is
first touched, not at each store; and a machine whose clock is set back.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recompute.errors import PlaceError

TICK: Final = 20_000_000
"""Nanoseconds; the longest tick of Linux is 10 ms (CONFIG_HZ=100), and files are stamped by it."""

_COARSE_TICK: Final = 2_000_000_000
"""Nanoseconds; filesystems without a part of a second keep whole seconds, FAT even ones."""

_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is the same as before; times in nanoseconds."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int

    def __iter__(self) -> Iterator[int]:
        yield from (self.size, self.modified, self.changed, self.inode, self.device)

    def settled(self, now: int) -> bool:
        """Whether any write from now on gives another stamp."""
        return _old(self.modified, now) and _old(self.changed, now)

    def settled_for_writes(self, now: int) -> bool:
        """Whether any write from now on does, unless its time is put back within the same tick."""
        return _old(self.modified, now)


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what tells that a file is the same as before."""
    return Stamp(
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
    )


def status_of(path: Path | str) -> os.stat_result:
    """Return a file's status, a symbolic link's own.

    Raises
    ------
    PlaceError
        It is not there any more, or nobody may look.
    """
    try:
        return os.lstat(path)
    except OSError as error:
        raise PlaceError(f"{path} cannot be read: {error.strerror}. {remedy(error)}") from error


def remedy(error: OSError) -> str:
    """Return what helps against an error of the system on reading."""
    if isinstance(error, PermissionError):
        return "Make it readable for yourself, for instance by chmod u+rX."
    if isinstance(error, FileNotFoundError):
        return "Wait until nothing removes or renames it."
    return "Check the disk and the path."


def _old(stamped: int, now: int) -> bool:
    """Whether a later stamp is certain to be another one."""
    tick = TICK if stamped % _SECOND else _COARSE_TICK
    return stamped < now - tick
