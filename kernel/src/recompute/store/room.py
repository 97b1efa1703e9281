"""How many bytes a store takes, and what a full disk says."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from recompute.errors import StoreFullError
from recompute.store.disk import size_of
from recompute.store.layout import PLACE_VARIABLE, Layout
from recompute.store.scratch import temporaries

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# Nanoseconds in which a second change of a directory may leave its time as it was: a tick of the
# kernel is 10 ms at most, the clock of a file server a second or two behind.
_SETTLED: Final = 3_000_000_000


class Meter:
    """Adds up what a store takes; a directory that did not change is not read again."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[int, int]] = {}

    def used(self) -> int:
        """Return bytes of blobs, trees, records, and of what is being written."""
        layout = self._layout
        kept = sum(
            self._shard(shard.path)
            for folder in (layout.blobs, layout.trees, layout.records)
            for shard in os.scandir(folder)
        )
        return kept + sum(map(size_of, (*temporaries(layout), *layout.damaged.iterdir())))

    def _shard(self, path: str) -> int:
        changed = Path(path).stat().st_mtime_ns
        known = self._known.get(path)
        if known and known[0] == changed:
            return known[1]
        size = 0
        with os.scandir(path) as entries:
            for each in entries:
                with suppress(FileNotFoundError):  # removed meanwhile
                    size += each.stat().st_size
        if time.time_ns() - changed > _SETTLED:
            self._known[path] = (changed, size)
        return size


def free_bytes(place: Path) -> int:
    """Return what an unprivileged user may still write on a filesystem."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def full_disk(place: Path, need: int) -> StoreFullError:
    """Return the error of a full disk or an exceeded disk quota."""
    return StoreFullError(
        f"The store {place} needs {need:,} bytes for this step, and its disk has "
        f"{free_bytes(place):,} free. Free some, let {PLACE_VARIABLE} name a directory on another "
        "disk, or evict steps."
    )


def over_quota(place: Path, need: int, used: int, quota: int) -> StoreFullError:
    """Return the error of our own quota, where evicting does not help."""
    return StoreFullError(
        f"The store {place} needs {need:,} bytes for this step; {used:,} of its quota of {quota:,} "
        "are used, and what is not pinned or needed to go back is not enough. Enlarge the quota or "
        "unpin steps."
    )


@contextmanager
def full_is_an_error(place: Path, need: int) -> Iterator[None]:
    """Tell a full disk from other errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full_disk(place, need) from error
        raise
