"""What the parts of recompute need of each other, so that none has to know how another works."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from recompute.model import Digest, Key, Record, Tree


class Observer(Protocol):
    """Tells what stands at a path; implemented by `recompute.content`."""

    def tree(self, path: Path) -> Tree | None:
        """Return what is at a path, None if nothing is; only what changed is read again.

        Raises
        ------
        PlaceError
            It cannot be read, or is being changed while it is read.
        """

    def put_down(self, path: Path, tree: Tree, since: int | None = None) -> None:
        """Note that a tree was put at a path, so that it need not be read.

        What was modified after the putting began (ns since 1970) is not trusted.
        """


class Shelf(Protocol):
    """Keeps trees by content; implemented by `recompute.store`."""

    def keep(self, path: Path, tree: Tree) -> Digest:
        """Keep the tree that stands at a path; idempotent. Only files that are new are copied.

        Raises
        ------
        StoreFullError
            There is no room; nothing is kept.
        PlaceError
            A file is no longer what the tree says.
        """

    def tree(self, kept: Digest) -> Tree:
        """Return a tree that was kept.

        Raises
        ------
        NotInStoreError
            It is not there.
        """

    def fetch(self, blob: Digest, to: Path) -> None:
        """Make a new file with a blob's bytes, verified, writable, never linked to the store.

        Raises
        ------
        NotInStoreError
            It is not there.
        DamagedError
            The stored bytes are not what they were.
        """


class Records(Protocol):
    """Keeps records by key; implemented by `recompute.store`."""

    def record(self, key: Key) -> Record | None:
        """Return the record whose every file is there, None if there is none."""

    def publish(self, record: Record, figures: Iterable[bytes] = ()) -> Record:
        """Keep a record, whole or not at all; figures become blobs. Returns what was kept."""

    def computing(self, key: Key) -> AbstractContextManager[None]:
        """Wait until nobody else computes a key, and keep others from it in the block."""
