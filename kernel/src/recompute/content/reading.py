"""The bytes of files, and their digests."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.content.stamps import Stamp, remedy, stamp_of
from recompute.errors import PlaceError
from recompute.model import Digest

# Measured on two cores with a cached file of 1 GB: 2.6 GB/s with blocks of 256 KiB to 1 MiB,
# 1.4 GB/s with larger ones or with BLAKE3's threads. Its memory map with two threads reaches
# 4 GB/s, but a file that is cut meanwhile would end the process.
_BLOCK: Final = 1 << 19

_buffers = threading.local()


def digest_of(path: str) -> tuple[Digest, Stamp]:
    """Read a file.

    Returns
    -------
    tuple
        BLAKE3 of its bytes, and its stamp before it was read.

    Raises
    ------
    ChangedError
        It was written, or another file put in its place, while it was read.
    PlaceError
        It cannot be read.
    """
    hasher = blake3()
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            before = stamp_of(os.fstat(file))
            for block in _blocks(file):
                hasher.update(block)
            after = stamp_of(os.fstat(file))
        finally:
            os.close(file)
        if before != after or stamp_of(os.lstat(path)) != after:
            raise ChangedError(path)
    except FileNotFoundError as error:
        raise ChangedError(path) from error
    except OSError as error:
        raise PlaceError(f"{path} cannot be read: {error.strerror}. {remedy(error)}") from error
    return Digest(hasher.hexdigest()), before


def bytes_of(path: Path) -> bytes:
    """Return all bytes of a small file.

    Raises
    ------
    ChangedError
        It is gone.
    PlaceError
        It cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ChangedError(path) from error
    except OSError as error:
        raise PlaceError(f"{path} cannot be read: {error.strerror}. {remedy(error)}") from error


class ChangedError(PlaceError):
    """A file changed while it was read; reading it again helps once nothing writes it."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path} is being changed: wait until nothing writes it, then try again.")


def _blocks(file: int) -> Iterator[memoryview]:
    """Give what follows in an open file; each block is valid until the next one is asked for."""
    if not hasattr(_buffers, "block"):
        _buffers.block = bytearray(_BLOCK)
    view = memoryview(_buffers.block)
    while count := os.readv(file, [view]):
        yield view[:count]
