"""What a process is writing, and what it claims; all of it gone when the process is.

Each process has a directory in ``tmp/`` and a lock of that name, which the kernel drops with it:
whoever finds the lock free removes the directory.

A **claim** stands for everything that a tree refers to, from before the first of it is looked for
until a record or an anchor refers to the tree. Who removes things holds ``gc.lock`` alone and
spares what is claimed; a claim is made under the shared lock. So either the removal is over before
the claim is made, and what it removed is found missing and is copied, or the claim is seen. Copying
itself needs no lock. A claim ends with its process, or a day after the tree was kept.
"""

import os
import shutil
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Final

from recompute.errors import StoreError
from recompute.model import Digest
from recompute.store import locks
from recompute.store.disk import write
from recompute.store.layout import Layout

CLAIMED_FOR: Final = 86_400.0
"""Seconds; longer than any step takes from its first output that is kept to its record."""

_CLAIM: Final = "claim-"
_LOCK: Final = ".lock"


class Scratch:
    """A process's own directory in a store, made when it is first needed."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._numbers = count()
        self._guard = Lock()
        self._folder: Path | None = None
        self._claims: defaultdict[Digest, list[Path]] = defaultdict(list)
        self._end: Callable[[], object] = lambda: None

    def new(self, prefix: str = "") -> Path:
        """Return a path for a new file; the process's number keeps forked children apart."""
        with self._guard:
            folder = self._folder or self._begin()
        return folder / f"{prefix}{os.getpid()}-{next(self._numbers)}"

    def close(self) -> None:
        """Remove the directory, and with it all claims."""
        with self._guard:
            self._end()
            self._folder = None
            self._claims.clear()

    def claim(self, tree: Digest, document: bytes) -> Path:
        """Claim what a tree refers to; return the claim."""
        path = self.new(_CLAIM)
        with locks.shared(self._layout.collecting):
            write(path, document)
        with self._guard:
            self._claims[tree].append(path)
        return path

    def disclaim(self, tree: Digest, claim: Path | None = None) -> None:
        """Give up a claim on a tree, or the oldest one; idempotent."""
        with self._guard:
            claims = self._claims.get(tree, [])
            if claim is None and claims:
                claim = claims[0]
            if claim in claims:
                claims.remove(claim)
            if not claims:
                self._claims.pop(tree, None)
        if claim is not None:
            claim.unlink(missing_ok=True)

    def _begin(self) -> Path:
        # The lock is made first: a directory without one belongs to nobody who lives.
        handle, name = tempfile.mkstemp(_LOCK, "", self._layout.temporaries)
        os.close(handle)
        lock = Path(name)
        taken = locks.acquire(lock)
        if taken is None:  # somebody thinks that we are dead, and is about to remove it
            return self._begin()
        folder = _folder_of(lock)
        folder.mkdir(mode=0o700)
        self._end = weakref.finalize(self, _remove, os.getpid(), folder, lock, taken)
        self._folder = folder
        return folder


def _remove(owner: int, folder: Path, lock: Path, handle: int) -> None:
    if os.getpid() == owner:  # not at the end of a forked child
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            locks.release(lock, handle)


def _folder_of(lock: Path) -> Path:
    return lock.with_name(lock.name.removesuffix(_LOCK))


def remove_what_the_dead_left(layout: Layout) -> int:
    """Remove temporaries of processes that are no more; return how many directories."""
    removed = 0
    for lock in sorted(layout.temporaries.glob(f"*{_LOCK}")):
        with suppress(StoreError):  # somebody else's: theirs to remove
            handle = locks.acquire(lock)
            if handle is not None:
                removed += _remove_folder(_folder_of(lock))
                locks.release(lock, handle)
    return removed


def _remove_folder(folder: Path) -> bool:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return False
    return True


def temporaries(layout: Layout) -> Iterator[Path]:
    """Yield all files that processes are writing."""
    yield from (each for each in _files(layout) if not each.name.startswith(_CLAIM))


def claims(layout: Layout, now: float) -> Iterator[Path]:
    """Yield the claims that hold.

    Parameters
    ----------
    now
        Seconds since 1970.
    """
    for each in _files(layout):
        with suppress(FileNotFoundError):
            if each.name.startswith(_CLAIM) and now - each.stat().st_mtime < CLAIMED_FOR:
                yield each


def _files(layout: Layout) -> Iterator[Path]:
    """Yield all files of all processes; no glob, which fails if a process ends meanwhile."""
    for folder in sorted(layout.temporaries.iterdir()):
        if folder.suffix != _LOCK:
            with suppress(FileNotFoundError):
                yield from sorted(folder.iterdir())
