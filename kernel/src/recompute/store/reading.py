"""What is in one store: the own one, or a layer that others filled and nobody writes."""

import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from recompute.errors import DamagedError, StoreError
from recompute.model import Digest, Key, Record, Tree
from recompute.store import disk
from recompute.store.documents import record_of, tree_of, unseal
from recompute.store.layout import Layout, items, sharded

_logger: Final = logging.getLogger(__name__)

# A tree of 90 files takes half a millisecond to read and some 50 kB.
_REMEMBERED: Final = 256

_T = TypeVar("_T")


class _Trees:
    """Trees that were read; those that were used last, by several threads."""

    def __init__(self) -> None:
        self._trees: OrderedDict[Digest, tuple[disk.Stamp, Tree]] = OrderedDict()
        self._guard = Lock()

    def get(self, kept: Digest, stamp: disk.Stamp) -> Tree | None:
        with self._guard:
            known, tree = self._trees.get(kept, (None, None))
            if known != stamp:
                return None
            self._trees.move_to_end(kept)
            return tree

    def put(self, kept: Digest, stamp: disk.Stamp, tree: Tree) -> None:
        with self._guard:
            self._trees[kept] = (stamp, tree)
            if len(self._trees) > _REMEMBERED:
                self._trees.popitem(last=False)


class Reader:
    """Looks things up in one directory.

    A directory that may not be read is one where nothing is: the permission on a dataset's layer
    is that on the dataset.

    Parameters
    ----------
    layout
        Where.
    set_aside
        Called with what was found damaged.
    """

    def __init__(self, layout: Layout, set_aside: Callable[[Path], object]) -> None:
        self.layout = layout
        self.set_aside = set_aside
        self._trees = _Trees()

    def blob(self, blob: Digest, size: int | None = None) -> Path | None:
        """Return a blob's path, None if it is not there in its full size."""
        path = sharded(self.layout.blobs, blob)
        found = _stat(path)
        whole = found is not None and size in {None, found.st_size}
        return path if whole and self._is_trusted(path) else None

    def tree(self, kept: Digest) -> Tree | None:
        """Return a tree, None if it is not there or damaged."""
        path = sharded(self.layout.trees, kept)
        found = _stat(path)
        if found is None:
            return None
        stamp = disk.stamp_of(found)
        tree = self._trees.get(kept, stamp)
        if tree is None:
            tree = self._document(path, tree_of, kept)
            if tree is not None:
                self._trees.put(kept, stamp, tree)
        return tree

    def record(self, key: Key) -> Record | None:
        """Return a record, None if it is not there or damaged; its files may be missing."""
        path = sharded(self.layout.records, key)
        record = self._document(path, record_of)
        if record is not None and record.key != key:
            self.set_aside(path)
            return None
        return record

    def records(self) -> Iterator[tuple[Record, os.stat_result]]:
        """Yield all records, each with its file's status; damaged ones are left out."""
        for key, entry in items(self.layout.records):
            record = self.record(Key(key))
            if record is not None:
                yield record, entry.stat()

    def _is_trusted(self, path: Path) -> bool:
        del path
        return True

    def _document(
        self, path: Path, read: Callable[[object], _T], digest: Digest | None = None
    ) -> _T | None:
        if not self._is_trusted(path):
            return None
        try:
            return unseal(path.read_bytes(), str(path), read, digest)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return None
        except OSError as error:
            if not disk.is_damage(error):
                raise StoreError(f"{path} cannot be read: {error.strerror}. Try again.") from error
            self._pass_over(path, error)
        except DamagedError as error:
            self._pass_over(path, error)
        return None

    def _pass_over(self, path: Path, error: Exception) -> None:
        _logger.warning("%s; it is passed over, and its step computed again", error)
        self.set_aside(path)


class CautiousReader(Reader):
    """Passes over what is damaged, as long as it lives, and moves nothing: for others' stores."""

    def __init__(self, layout: Layout) -> None:
        self.distrusted: set[Path] = set()
        super().__init__(layout, self.distrust)

    def distrust(self, path: Path) -> None:
        """Pass a file over."""
        self.distrusted.add(path)

    def _is_trusted(self, path: Path) -> bool:
        return path not in self.distrusted


def layers_at(places: Iterable[Path]) -> tuple[Reader, ...]:
    """Return the layers that may be read; why another one is not goes to the log."""
    layers = (CautiousReader(Layout(place)) for place in places)
    return tuple(each for each in layers if _is_usable(each.layout))


def _is_usable(layout: Layout) -> bool:
    try:
        why_not = layout.why_not_a_layer()
    except (PermissionError, NotADirectoryError):
        return False
    if why_not:
        _logger.warning("The layer %s is ignored: %s.", layout.place, why_not)
    return not why_not


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
