"""The observer of trees."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Final

from recompute.content.meanings import Contents, contents, learn
from recompute.content.memory import Memory, forget, recall, remember
from recompute.content.places import place_of
from recompute.content.reading import ChangedError, digest_of
from recompute.content.rules import plan_for
from recompute.content.stamps import TICK, Stamp, stamp_of, status_of
from recompute.content.walking import Found, walk
from recompute.errors import PlaceError
from recompute.model import Digest, File, Tree

_TRIES: Final = 4

_PAUSE: Final = 0.05
"""Seconds between tries on a file that is being written."""

_WORTH_WAITING: Final = 64 << 20
"""Bytes of a file that is rather read a tick later than twice."""

_WORTH_ASKING: Final = 1 << 20
"""Bytes that are rather looked up in the shared memory than read."""

_SECOND: Final = 1_000_000_000


class Eye:
    """Tells what stands at paths; implements `recompute.ports.Observer`.

    Files are read only if their stamps (size, both times, inode, device) are not those that are
    remembered; `recompute.content.stamps` has the trade-off. A symbolic link at the very path that
    is given is followed, one inside a tree is noted and not followed.

    Parameters
    ----------
    cache : Path
        Directory for what is remembered, shared by all processes of a user. It may be removed.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._memories: dict[Path, Memory] = {}
        self._lock = threading.RLock()  # steps may come from several threads

    def tree(self, path: Path) -> Tree | None:
        """Return what is at a path, None if nothing is; only what changed is read again.

        Parameters
        ----------
        path : Path
            A table's directory or a plain file.

        Raises
        ------
        PlaceError
            It cannot be read, is being changed while it is read, or contains a named pipe, a socket
            or a device.
        """
        top = place_of(path)
        for number in range(1, _TRIES + 1):
            try:
                with self._lock:
                    return self._look(top)
            except ChangedError:
                if number == _TRIES:
                    raise
                time.sleep(_PAUSE)
        raise AssertionError("unreachable: the last try returns or raises")

    def put_down(self, path: Path, tree: Tree, since: int | None = None) -> None:
        """Note that a tree was just put at a path, so that it need not be read.

        A file that was modified after the putting began is read next time all the same; so
        `recompute.put` sets the times of those that it makes back. Their other time may be young:
        only a program that writes a file meanwhile and puts its time back is not seen.

        Parameters
        ----------
        path : Path
            Where.
        tree : Tree
            What was put there.
        since : int, optional
            Time in nanoseconds at which it began; now if not given.
        """
        with self._lock:
            self._note(place_of(path), tree, time.time_ns() if since is None else since)

    def _note(self, top: Path, tree: Tree, began: int) -> None:
        """Remember a tree that was just put at a place."""
        found = walk(top)
        if found is None:
            return
        memory = self._memory(top)
        memory.blobs = {}
        for name, status in found.files.items():
            file, stamp = tree.files.get(name), stamp_of(status)
            if file and file.size == stamp.size and stamp.settled_for_writes(began):
                memory.blobs[name] = (stamp, file.blob)
        blobs = {name: file.blob for name, file in tree.files.items()}
        known: Contents = {name: file.content for name, file in tree.files.items()}
        learn(top, plan_for(frozenset(blobs)), blobs, known, memory.meanings)
        remember(self._cache, top, memory)

    def _look(self, top: Path) -> Tree | None:
        """Return what is at a place."""
        found = walk(top)
        if found is None:
            self._forget(top)
            return None
        memory = self._memory(top)
        before = (memory.blobs, memory.meanings)
        blobs = self._blobs(top, found, memory)
        # A copy: what was read of a file that changes meanwhile must not be remembered.
        meanings = memory.meanings.copy()
        counted = contents(top, plan_for(frozenset(found.files)), blobs, meanings, self._abroad)
        if meanings.keys() - memory.meanings.keys():
            _refuse_if_changed(top, found)
        memory.meanings = meanings
        if before != (memory.blobs, memory.meanings):
            remember(self._cache, top, memory)
        files = {
            name: File(blobs[name], status.st_size, S_IMODE(status.st_mode), counted[name])
            for name, status in found.files.items()
        }
        return Tree(files, tuple(found.directories), found.links)

    def _abroad(self, path: str) -> str:
        """Return the state of a virtual model in another tree; its name if that cannot be told."""
        try:
            tree = self.tree(Path(path))
        except ChangedError:
            raise
        except PlaceError:
            return path
        return path if tree is None else tree.state

    def _memory(self, top: Path) -> Memory:
        """Return what is remembered of a place."""
        if top not in self._memories:
            self._memories[top] = recall(self._cache, top)
        return self._memories[top]

    def _forget(self, top: Path) -> None:
        """Forget a place at which nothing is."""
        self._memories.pop(top, None)
        forget(self._cache, top)

    def _blobs(self, top: Path, found: Found, memory: Memory) -> dict[str, Digest]:
        """Return the digests of all files' bytes, and remember those that can be trusted later."""
        stamps = {name: stamp_of(status) for name, status in found.files.items()}
        blobs = dict(_known(stamps, memory))
        if sum(stamps[name].size for name in stamps.keys() - blobs.keys()) > _WORTH_ASKING:
            blobs.update(_known(stamps, recall(self._cache, top)))
        kept = {name: (stamps[name], blob) for name, blob in blobs.items()}
        # Those that were written last are read last, when their stamps have come of age.
        for name in sorted(stamps.keys() - blobs.keys(), key=lambda each: stamps[each].modified):
            now = _time_to_read(stamps[name])
            blobs[name], stamp = digest_of(os.fspath(top / name) if name else os.fspath(top))
            if stamp != stamps[name]:
                raise ChangedError(top / name)
            if stamp.settled(now):
                kept[name] = (stamp, blobs[name])
        memory.blobs = kept
        return blobs


def _known(stamps: dict[str, Stamp], memory: Memory) -> Iterator[tuple[str, Digest]]:
    """Give what is remembered of files that are the same as then."""
    for name, stamp in stamps.items():
        entry = memory.blobs.get(name)
        if entry is not None and entry[0] == stamp:
            yield name, entry[1]


def _time_to_read(stamp: Stamp) -> int:
    """Return the time in nanoseconds; before a large file is read, wait for its stamps' age."""
    now = time.time_ns()
    if stamp.size >= _WORTH_WAITING and not stamp.settled(now) and stamp.settled(now + 2 * TICK):
        time.sleep(2 * TICK / _SECOND)
        now = time.time_ns()
    return now


def _refuse_if_changed(top: Path, found: Found) -> None:
    """Make sure that what was read by other means than byte by byte was what is told of.

    Raises
    ------
    ChangedError
        A file is another one than when the tree was looked at first.
    """
    for name, status in found.files.items():
        if stamp_of(status_of(top / name if name else top)) != stamp_of(status):
            raise ChangedError(top / name)
