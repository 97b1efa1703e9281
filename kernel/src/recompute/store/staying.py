"""What is never evicted: trees that nothing can compute again, and records that a user pinned."""

from pathlib import Path

from blake3 import blake3

from recompute.errors import NotInStoreError
from recompute.model import Digest, Json, Key, Tree
from recompute.store import disk, locks
from recompute.store.documents import Anchor, json_of_anchor, json_of_tree, seal
from recompute.store.finding import missing_below
from recompute.store.inventory import anchors
from recompute.store.layout import flat, sharded
from recompute.store.reading import Reader
from recompute.store.room import full_is_an_error
from recompute.store.scratch import Scratch
from recompute.store.taking import drafted, name


class Staying:
    """Writes anchors and pins, while nobody removes what they stand for."""

    def __init__(self, own: Reader, scratch: Scratch) -> None:
        self._own = own
        self._layout = own.layout
        self._scratch = scratch

    def anchor(self, called: str, kept: Digest) -> None:
        """Let a tree stay, and bring to the disk what its files are called."""
        with locks.shared(self._layout.collecting):
            missing = next(missing_below(self._own, kept), "")
            tree = self._own.tree(kept)
            if missing or tree is None:
                raise NotInStoreError(
                    f"The {missing} is not in the store; keep it again, then anchor {called!r}."
                )
            disk.sync_names(self._folders(kept, tree))
            self._write(self._anchor(called), json_of_anchor(Anchor(called, kept, tree)))

    def restore_trees(self) -> None:
        """Write the trees of anchors again that are missing or were set aside.

        Raises
        ------
        DamagedError
            An anchor cannot be read.
        """
        for each in anchors(self._layout).values():
            if self._own.tree(each.kept) is None:
                self._write(sharded(self._layout.trees, each.kept), json_of_tree(each.tree))

    def release(self, called: str) -> None:
        """Give up an anchor; idempotent."""
        with locks.shared(self._layout.collecting):
            self._anchor(called).unlink(missing_ok=True)

    def pin(self, key: Key, why: str) -> None:
        """Let a record stay."""
        with locks.shared(self._layout.collecting):
            if self._own.record(key) is None:
                raise NotInStoreError(f"There is no record {key} to pin; compute the step first.")
            self._write(flat(self._layout.pins, key), why)

    def unpin(self, key: Key) -> None:
        """Let a record go again; idempotent."""
        with locks.shared(self._layout.collecting):
            flat(self._layout.pins, key).unlink(missing_ok=True)

    def _folders(self, kept: Digest, tree: Tree) -> set[Path]:
        layout = self._layout
        blobs = {sharded(layout.blobs, each.blob).parent for each in tree.files.values()}
        return blobs | {layout.blobs, layout.trees, sharded(layout.trees, kept).parent}

    def _anchor(self, called: str) -> Path:
        return self._layout.anchors / blake3(called.encode(errors="surrogateescape")).hexdigest()

    def _write(self, path: Path, body: Json) -> None:
        document = seal(body)
        with (
            full_is_an_error(self._layout.place, len(document)),
            drafted(self._scratch.new, {}, {path: document}) as drafts,
        ):
            name(drafts[path], path)
            disk.sync_names([path.parent])
