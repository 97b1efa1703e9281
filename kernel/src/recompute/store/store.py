"""A store, as those who use it see it."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from blake3 import blake3

from recompute.errors import DamagedError, PlaceError
from recompute.model import Digest, Key, Record, Tree
from recompute.store import inventory, locks
from recompute.store.checking import Findings, Progress, verify
from recompute.store.collecting import Evicted, collect
from recompute.store.finding import Finder
from recompute.store.inventory import Usage
from recompute.store.keeping import Keeper
from recompute.store.layout import Layout, flat, set_aside, sharded
from recompute.store.reading import Reader, layers_at
from recompute.store.scratch import Scratch, remove_what_the_dead_left
from recompute.store.staying import Staying


class Store:
    """Implements `recompute.ports.Shelf` and `recompute.ports.Records` in a directory.

    Any number of threads and processes may use one store. Whatever is looked up is complete when it
    is found; it may be evicted before it is fetched, which is a `NotInStoreError` then.

    Parameters
    ----------
    place
        Its directory; made if it is not there.
    layers
        Directories of further stores, which are only read, one for each dataset: who may read the
        dataset may read its layer. What is not there, or may not be read, is no error.
    quota
        Bytes that its files may take. None leaves it to the disk.
    clock
        Seconds since 1970.

    Raises
    ------
    StoreError
        The directory cannot be used; the message says why and what helps.
    """

    def __init__(
        self,
        place: Path,
        *,
        layers: Sequence[Path] = (),
        quota: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._layout = Layout(place.absolute())
        self._layout.lay_out()
        remove_what_the_dead_left(self._layout)
        self._clock = clock
        self._quota = quota
        self._scratch = Scratch(self._layout)
        self._own = Reader(self._layout, partial(set_aside, self._layout))
        self._finder = Finder((self._own, *layers_at(layers)), clock)
        self._keeper = Keeper(self._own, self._scratch, quota, clock)
        self._staying = Staying(self._own, self._scratch)

    @property
    def place(self) -> Path:
        """Its directory."""
        return self._layout.place

    def close(self) -> None:
        """Give up what was kept and not published; happens by itself when the process ends."""
        self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def keep(self, path: Path, tree: Tree) -> Digest:
        """Keep the tree that stands at a path; idempotent. Only files that are new are copied.

        All of it is copied into this store, even what a layer has: a layer may be withdrawn.
        It stays until a record or an anchor refers to it, `forgo` gives it up, or a day has passed.

        Raises
        ------
        StoreFullError
            There is no room, even after evicting; nothing is kept.
        PlaceError
            A file is no longer what the tree says.
        """
        return self.keep_files(tree, lambda file: path / file if file else path)

    def keep_files(self, tree: Tree, where: Callable[[str], Path]) -> Digest:
        """Keep a tree whose files are not where the tree would have them; as `keep`.

        Parameters
        ----------
        where
            Gives the path of a file by its name in the tree.
        """
        return self._keeper.keep(tree, where)

    def forgo(self, kept: Digest) -> None:
        """Say that what was kept will not be published; idempotent."""
        self._scratch.disclaim(kept)

    def tree(self, kept: Digest) -> Tree:
        """Return a tree that was kept.

        Raises
        ------
        NotInStoreError
            It is not there.
        """
        return self._finder.tree(kept)

    def fetch(self, blob: Digest, to: Path) -> None:
        """Make a new file of mode 0600 with a blob's bytes, verified, never linked to the store.

        It is not brought to the disk: whoever names it does that. A blob that did not change since
        this process verified it, less than ten minutes ago, is not read again.

        Raises
        ------
        NotInStoreError
            It is not there.
        DamagedError
            The stored bytes are not what they were; they are set aside.
        PlaceError
            The new file cannot be written.
        """
        self._finder.fetch(blob, to)

    def read(self, blob: Digest) -> bytes:
        """Return the bytes of a small blob, such as a figure; raises as `fetch`."""
        content = self._finder.path(blob).read_bytes()
        if blake3(content).hexdigest() != blob:
            raise DamagedError(f"{blob} is damaged in the store; run `recompute verify`.")
        return content

    def record(self, key: Key) -> Record | None:
        """Return the record whose every file is there, None if there is none; it counts as used."""
        found = self._finder.record(key)
        if found is None:
            return None
        reader, record = found
        if reader is self._own:
            now = self._clock()
            with suppress(FileNotFoundError):  # evicted meanwhile: the caller will see
                os.utime(sharded(self._layout.records, key), (now, now))
        return record

    def publish(self, record: Record, figures: Iterable[bytes] = ()) -> Record:
        """Keep a record, whole or not at all; figures become blobs. Returns what was kept.

        A record of the same key is replaced.

        Raises
        ------
        NotInStoreError
            It refers to a tree that was not kept.
        StoreFullError
            There is no room.
        """
        return self._keeper.publish(record, figures)

    @contextmanager
    def computing(self, key: Key, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Wait until nobody else computes a key, and keep others from it in the block.

        Not to be nested for one key: the inner block would wait for the outer one.

        Parameters
        ----------
        waiting : callable, optional
            Called once if somebody else computes it.
        """
        with locks.passing(flat(self._layout.locks, key), waiting):
            yield

    def copy_to(self, other: "Store", records: Iterable[Record]) -> None:
        """Publish records of this store, or of its layers, in another one; idempotent.

        Raises
        ------
        DamagedError
            A file of ours is damaged.
        """
        for record in records:
            for each in record.outputs:
                if each.tree is not None:
                    self._copy_tree(other, each.tree)
            figures = [self.read(each) for each in record.figures]
            other.publish(replace(record, figures=()), figures)

    def anchor(self, name: str, kept: Digest) -> None:
        """Let a tree stay that cannot be computed again, also if the power fails; idempotent.

        What had that name before is released.

        Raises
        ------
        NotInStoreError
            The tree was not kept.
        """
        self._staying.anchor(name, kept)
        self._scratch.disclaim(kept)

    def release(self, name: str) -> None:
        """Give up an anchor; idempotent."""
        self._staying.release(name)

    def anchors(self) -> Mapping[str, Digest]:
        """Return all anchors with their trees.

        Raises
        ------
        DamagedError
            One cannot be read.
        """
        return {name: each.kept for name, each in inventory.anchors(self._layout).items()}

    def pin(self, key: Key, why: str) -> None:
        """Never evict a record; idempotent.

        Raises
        ------
        NotInStoreError
            There is no such record.
        """
        self._staying.pin(key, why)

    def unpin(self, key: Key) -> None:
        """Let a record be evicted again; idempotent."""
        self._staying.unpin(key)

    def pins(self) -> Mapping[Key, str]:
        """Return the pinned records, each with why."""
        return inventory.pins(self._layout)

    def records(self) -> Iterator[Record]:
        """Yield all records of this store, complete or not, by key."""
        for record, _ in self._own.records():
            yield record

    def evict(self, need: int, now: float) -> Evicted:
        """Remove records until ``need`` bytes were freed, or as many as may be; and all orphans.

        Parameters
        ----------
        now
            Seconds since 1970.
        """
        return collect(self._own, need, now)

    def usage(self) -> Usage:
        """Return what the store takes."""
        return inventory.usage_of(self._own, self._quota)

    def verify(
        self, *, repair: bool = False, progress: Progress = lambda _done, _total: None
    ) -> Findings:
        """Read everything again, and set right what can be; see `checking.verify`."""
        found = verify(self._layout, self._clock(), repair=repair, progress=progress)
        if repair:
            with suppress(DamagedError):  # which the findings tell
                self._staying.restore_trees()
        return found

    def _copy_tree(self, other: "Store", kept: Digest) -> None:
        tree = self.tree(kept)
        try:
            other.keep_files(tree, lambda file: self._finder.path(tree.files[file].blob))
        except PlaceError as error:
            raise DamagedError(
                f"{error} It is a file of the store: run `recompute verify`."
            ) from error
