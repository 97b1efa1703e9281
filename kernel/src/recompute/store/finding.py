"""What is in the own store or in a layer, and getting it out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from recompute.clone import clone
from recompute.errors import DamagedError, NotInStoreError, PlaceError, RecomputeError
from recompute.model import Digest, Key, Record, Tree
from recompute.store import disk
from recompute.store.reading import Reader

_SURE_FOR: Final = 600.0
"""Seconds for which an unchanged blob is not read again; a disk may rot without changing a time."""


def missing_of(reader: Reader, record: Record) -> Iterator[str]:
    """Yield what a record refers to and a store has not."""
    yield from (f"blob {each}" for each in record.figures if reader.blob(each) is None)
    for output in record.outputs:
        if output.tree is not None:
            yield from missing_below(reader, output.tree)


def missing_below(reader: Reader, kept: Digest) -> Iterator[str]:
    """Yield the tree if a store has it not, and those of its blobs that it has not."""
    tree = reader.tree(kept)
    if tree is None:
        yield f"tree {kept}"
        return
    for file in tree.files.values():
        if reader.blob(file.blob, file.size) is None:
            yield f"blob {file.blob}"


class Finder:
    """The own store, then the layers in their order.

    Parameters
    ----------
    readers
        Of the stores.
    clock
        Seconds since 1970.
    """

    def __init__(self, readers: Sequence[Reader], clock: Callable[[], float]) -> None:
        self._readers = tuple(readers)
        self._clock = clock
        self._sure: dict[Path, tuple[disk.Stamp, float]] = {}

    def record(self, key: Key) -> tuple[Reader, Record] | None:
        """Return a record whose every file is in the same store, and that store."""
        for reader in self._readers:
            record = reader.record(key)
            if record is not None and not any(missing_of(reader, record)):
                return reader, record
        return None

    def tree(self, kept: Digest) -> Tree:
        """Return a tree; see `recompute.ports.Shelf`."""
        for reader in self._readers:
            tree = reader.tree(kept)
            if tree is not None:
                return tree
        raise NotInStoreError(f"The store has no tree {kept}; compute the step again.")

    def fetch(self, blob: Digest, to: Path) -> None:
        """Make a new file of mode 0600 with a blob's bytes; see `recompute.ports.Shelf`."""
        reader, path = self._whereabouts(blob)
        try:
            before = disk.stamp_of(path.stat())
            clone(path, to, 0o600)
        except (OSError, PlaceError) as error:
            raise self._why_not(error, reader, blob, to) from error
        if self._is_sure(path, before):
            return
        try:
            is_right = disk.digest_of_file(to) == blob
        except BaseException:
            to.unlink()
            raise
        if not is_right:
            to.unlink()
            raise _what_is_damaged(reader, path, blob, to)
        self._sure[path] = (before, self._clock())

    def _whereabouts(self, blob: Digest) -> tuple[Reader, Path]:
        for reader in self._readers:
            path = reader.blob(blob)
            if path is not None:
                return reader, path
        raise NotInStoreError(f"The store has no file {blob}; compute the step again.")

    def path(self, blob: Digest) -> Path:
        """Return where a blob lies, not verified.

        Raises
        ------
        NotInStoreError
            It is not there.
        """
        return self._whereabouts(blob)[1]

    def _is_sure(self, path: Path, stamp: disk.Stamp) -> bool:
        known, when = self._sure.get(path, (None, 0.0))
        return known == stamp and self._clock() - when < _SURE_FOR

    def _why_not(
        self, error: OSError | PlaceError, reader: Reader, blob: Digest, to: Path
    ) -> RecomputeError:
        """Return what is wrong: the stored file, or where it should go."""
        path = reader.blob(blob)
        if path is None:
            return _evicted(blob)
        if isinstance(error, OSError) and not disk.is_damage(error):
            return PlaceError(f"{to} cannot be written: {error.strerror}. Mend that and run again.")
        return _what_is_damaged(reader, path, blob, to)


def _what_is_damaged(reader: Reader, path: Path, blob: Digest, to: Path) -> RecomputeError:
    """Return whose fault a copy is that is not what its name says; a blob's at most once."""
    try:
        is_sound = disk.is_sound(path, blob)
    except FileNotFoundError:
        return _evicted(blob)
    if is_sound:
        return PlaceError(
            f"{to} is not what was written to it; its disk, or the memory, is damaged. Nothing was "
            "put in place."
        )
    reader.set_aside(path)
    return DamagedError(
        f"{path} is not what it was when it was stored. It is set aside; run the step again to "
        "compute it, and `recompute verify` to see whether the disk damaged more."
    )


def _evicted(blob: Digest) -> NotInStoreError:
    return NotInStoreError(f"The file {blob} was just evicted; compute the step again.")
