"""Copy a tree of files, with few system calls for each.

A clone that shares blocks consists of nothing else: its time is that of the calls for each file. So
a file is opened by its name in an open directory, once on each side, and owner, mode and times go
by the descriptor.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CopyFile = Callable[[int, int], object]  # two open files: from one into the other, which is empty
Copied = Callable[[int], None]

# A link or pipe that somebody puts in a file's place meanwhile is not followed, nor waited for.
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_CHUNK: Final = 1 << 20


def copy(source: Path, target: Path, copy_file: CopyFile, copied: Copied) -> None:
    """Copy the tree below `source` into the existing directory `target`, writable for its owner.

    Modification times are kept, so that `trees.differs` can compare, and owners where they may be
    given away. Sockets, pipes and devices hold no data and are left out. `copied` is told the bytes
    of each file.
    """
    with _opened(source) as theirs, _opened(target) as ours:
        _Copying(copy_file, copied).copy_directory(theirs, ours)


def copy_bytes(source: int, target: int) -> None:
    """Copy the content of one open file into another."""
    with (
        open(source, "rb", buffering=0, closefd=False) as reader,
        open(target, "wb", buffering=0, closefd=False) as writer,
    ):
        shutil.copyfileobj(reader, writer, _CHUNK)


class _Copying:
    """Copies from one open directory to another."""

    def __init__(self, copy_file: CopyFile, copied: Copied) -> None:
        self._copy_file, self._copied = copy_file, copied
        self._own = (os.geteuid(), os.getegid())

    def copy_directory(self, theirs: int, ours: int) -> None:
        """Copy what is below a directory, and then what it is itself."""
        with os.scandir(theirs) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.is_dir(follow_symlinks=False):
                    os.mkdir(entry.name, dir_fd=ours)
                    with _opened(entry.name, theirs) as below, _opened(entry.name, ours) as copied:
                        self.copy_directory(below, copied)
                elif entry.is_symlink():
                    self._copy_link(entry, theirs, ours)
                elif entry.is_file(follow_symlinks=False):
                    self._copy(entry.name, theirs, ours)
        self._keep_status(ours, os.fstat(theirs), stat.S_IRWXU)

    def _copy_link(self, entry: os.DirEntry[str], theirs: int, ours: int) -> None:
        name, status = entry.name, entry.stat(follow_symlinks=False)
        os.symlink(os.readlink(name, dir_fd=theirs), name, dir_fd=ours)
        if self._must_give(status):
            os.chown(name, status.st_uid, status.st_gid, dir_fd=ours, follow_symlinks=False)
        os.utime(name, ns=_times(status), dir_fd=ours, follow_symlinks=False)

    def _copy(self, name: str, theirs: int, ours: int) -> None:
        origin = os.open(name, _READ, dir_fd=theirs)
        try:
            status = os.fstat(origin)
            # Nobody else may open it before it has its owner and mode.
            clone = os.open(name, _MAKE, stat.S_IRUSR | stat.S_IWUSR, dir_fd=ours)
            try:
                self._copy_file(origin, clone)
                self._keep_status(clone, status, stat.S_IRUSR | stat.S_IWUSR)
            finally:
                os.close(clone)
        finally:
            os.close(origin)
        self._copied(status.st_size)

    def _keep_status(self, place: int, status: os.stat_result, needed: int) -> None:
        """Give an open file the owner, mode and times of another, and its owner what is needed."""
        if self._must_give(status):
            os.fchown(place, status.st_uid, status.st_gid)
        os.fchmod(place, stat.S_IMODE(status.st_mode) | needed)
        os.utime(place, ns=_times(status))

    def _must_give(self, status: os.stat_result) -> bool:
        return self._own[0] == 0 and (status.st_uid, status.st_gid) != self._own


def _times(status: os.stat_result) -> tuple[int, int]:
    return status.st_atime_ns, status.st_mtime_ns


@contextmanager
def _opened(directory: Path | str, parent: int | None = None) -> Iterator[int]:
    """Open a directory, by its name in another one, where it must be no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | (0 if parent is None else os.O_NOFOLLOW)
    descriptor = os.open(directory, flags, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
