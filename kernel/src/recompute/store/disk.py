"""Bytes to the disk and back."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.model import Digest

# BLAKE3 is at its best from some 100 KiB on; more would leave the processor's cache.
_AT_ONCE: Final = 1 << 20

# Filesystems write one journal entry for all who wait; more waiters than this gain nothing.
_WAITERS: Final = 8


def is_damage(error: OSError) -> bool:
    """Whether a file cannot be read because its disk is bad, and not because of something else."""
    return error.errno in _BAD


def is_sound(path: Path, blob: Digest) -> bool:
    """Whether a file can be read and is what its name says."""
    try:
        return digest_of_file(path) == blob
    except OSError as error:
        if is_damage(error):
            return False
        raise


# A bad sector, and what filesystems with checksums answer.
_BAD: Final = {errno.EIO, errno.EUCLEAN, errno.EBADMSG}

# Whatever the user's mask is: who may enter a store may read it.
READ_ONLY: Final = 0o444


def digest_of_file(path: Path) -> Digest:
    """Return the BLAKE3 of a file's bytes.

    It is read and not mapped: a bad sector is an OSError then, and no SIGBUS.
    """
    hasher, buffer = blake3(), bytearray(_AT_ONCE)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            hasher.update(view[:count])
    return Digest(hasher.hexdigest())


def size_of(path: Path) -> int:
    """Return a file's bytes; 0 if somebody just removed it."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


Stamp = tuple[int, int, int, int, int]
"""What changes when a file is written or replaced."""


def stamp_of(found: os.stat_result) -> Stamp:
    """Return what a file is recognised by."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def write(path: Path, content: bytes) -> None:
    """Write a new read-only file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "wb") as file:  # noqa: PTH123 - Path has no flags
        try:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), READ_ONLY)
        except BaseException:
            path.unlink()
            raise


@contextmanager
def syncing() -> Iterator[Callable[[Path], None]]:
    """Bring files to the disk while others are still written; all are there after the block."""
    begun: list[Future[None]] = []
    with ThreadPoolExecutor(_WAITERS) as waiters:
        yield lambda path: begun.append(waiters.submit(_sync, path))
    for each in begun:
        each.result()


def sync_names(folders: Iterable[Path]) -> None:
    """Bring to the disk what files in directories are called."""
    for each in sorted(set(folders)):
        _sync(each)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
