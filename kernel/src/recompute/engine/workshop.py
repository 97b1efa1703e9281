"""What a session works with, and the few deeds that everything else is made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from recompute.engine.journal import Journal
from recompute.engine.ledger import Ledger
from recompute.engine.lineage import Mark
from recompute.errors import NotInStoreError
from recompute.model import ABSENT, Digest, Tree, state_of
from recompute.ports import Observer, Records, Shelf
from recompute.put import put


class Storage(Shelf, Records, Protocol):
    """What is used of `recompute.store.Store`."""

    def read(self, blob: Digest) -> bytes:
        """Return a blob's bytes, verified; NotInStoreError, DamagedError as `fetch`."""

    def anchor(self, name: str, tree: Digest) -> None:
        """Keep a tree from eviction for as long as the name refers to it."""

    def release(self, name: str) -> None:
        """Let go what a name refers to; idempotent."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The store, the eye, and the books.

    Attributes
    ----------
    place : Path
        The directory of the store, of the books, and of values.
    store : Storage
        Keeps trees and records.
    observer : Observer
        Looks at paths.
    ledger : Ledger
        The lineages of live paths.
    journal : Journal
        The steps under way.
    """

    place: Path
    store: Storage
    observer: Observer
    ledger: Ledger
    journal: Journal

    def keep(self, path: Path, tree: Tree | None) -> Mark:
        """Keep what stands at a path, and return the mark of it; idempotent."""
        if tree is None:
            return Mark(ABSENT)
        return Mark(tree.state, self.store.keep(path, tree))

    def ensure(self, path: Path, mark: Mark, present: Tree | None) -> None:
        """Let a path be as a mark says; what stands there is kept first.

        Raises
        ------
        NotInStoreError
            The mark's tree is not to be had.
        StoreFullError
            What stands there cannot be kept; it is left.
        InUseError
            It is open.
        """
        if mark.state == state_of(present):
            return
        tree = self._tree(path, mark)
        self.keep(path, present)
        put(path, tree, self.store, self.observer, known=present)

    def stay(self, name: str, mark: Mark) -> None:
        """Let a state stay in the store that no step can compute again, in place of its last."""
        if mark.tree is None:
            self.store.release(name)
        else:
            self.store.anchor(name, mark.tree)

    def recover(self) -> tuple[list[Path], list[str]]:
        """Put back what dead processes were changing; return the paths, and what went wrong."""
        failed: list[str] = []

        def put_back(path: Path, kept: Digest | None) -> None:
            try:
                tree = None if kept is None else self.store.tree(kept)
            except NotInStoreError:
                failed.append(
                    f"{path} was being written when its process died, and how it was before is "
                    "not in the store: take a fresh copy of it."
                )
                return
            put(path, tree, self.store, self.observer, known=self.observer.tree(path))

        return self.journal.recover(put_back), failed

    def _tree(self, path: Path, mark: Mark) -> Tree | None:
        if mark.state == ABSENT:
            return None
        if mark.tree is None:
            raise NotInStoreError(
                f"{path} cannot be put back as it was: that state was not kept. Run the pipeline "
                "from its top, or `recompute.forget` the path to go on with what stands there."
            )
        return self.store.tree(mark.tree)
