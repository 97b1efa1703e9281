"""What a store holds, for eviction and for people."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recompute.errors import DamagedError
from recompute.model import Digest, Key, Record, Tree
from recompute.store import disk
from recompute.store.documents import Anchor, anchor_of, pin_of, tree_of, unseal
from recompute.store.eviction import Holding, Inventory, Item
from recompute.store.layout import Layout, items, sharded
from recompute.store.reading import Reader
from recompute.store.scratch import claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a store takes.

    Attributes
    ----------
    real : int
        Bytes of blobs, trees and records, as they are long; a filesystem that shares blocks with
        the users' files takes less.
    logical : int
        Bytes of all kept trees, each in full.
    set_aside : int
        Bytes of damaged files, which go when room is needed.
    quota : int or None
        Bytes.
    """

    real: int
    logical: int
    records: int
    trees: int
    blobs: int
    pinned: int
    anchors: int
    set_aside: int
    quota: int | None


def usage_of(reader: Reader, quota: int | None) -> Usage:
    """Return what a store takes."""
    layout = reader.layout
    trees = [Digest(digest) for digest, _ in items(layout.trees)]
    blobs = _sizes(layout.blobs)
    documents = _sizes(layout.trees) | _sizes(layout.records)
    return Usage(
        real=sum(blobs.values()) + sum(documents.values()),
        logical=sum(tree.size for each in trees if (tree := reader.tree(each))),
        records=sum(1 for _ in items(layout.records)),
        trees=len(trees),
        blobs=len(blobs),
        pinned=len(pins(layout)),
        anchors=len(anchors(layout)),
        set_aside=sum(disk.size_of(each) for each in layout.damaged.iterdir()),
        quota=quota,
    )


def inventory(reader: Reader, now: float) -> Inventory:
    """Return what a store holds; to be called with ``gc.lock`` held alone."""
    layout = reader.layout
    pinned = pins(layout)
    holdings = tuple(
        Holding(
            key=record.key,
            seconds=record.seconds,
            used=status.st_mtime,
            size=status.st_size,
            items=_items_of(reader, record),
            pinned=record.key in pinned,
        )
        for record, status in reader.records()
    )
    sizes = _sizes(layout.blobs) | _sizes(layout.trees)
    return Inventory(holdings, sizes, frozenset(_held(reader, now)))


def _held(reader: Reader, now: float) -> Iterator[Item]:
    for anchor in anchors(reader.layout).values():
        yield _item(reader.layout.trees, anchor.kept)
        yield from _blobs_of(reader.layout, anchor.tree)
    for claim in claims(reader.layout, now):
        try:
            document = claim.read_bytes()
            claimed = unseal(document, str(claim), tree_of)
        except (DamagedError, FileNotFoundError):
            continue  # its maker died over it, or has just given it up
        yield _item(reader.layout.trees, Digest(document[:64].decode("ascii")))
        yield from _blobs_of(reader.layout, claimed)


def _items_of(reader: Reader, record: Record) -> frozenset[Item]:
    found = {_item(reader.layout.blobs, each) for each in record.figures}
    for output in record.outputs:
        if output.tree is not None:
            found.update(_items_below(reader, output.tree))
    return frozenset(found)


def _items_below(reader: Reader, kept: Digest) -> Iterator[Item]:
    yield _item(reader.layout.trees, kept)
    tree = reader.tree(kept)
    if tree is not None:
        yield from _blobs_of(reader.layout, tree)


def _blobs_of(layout: Layout, tree: Tree) -> Iterator[Item]:
    for file in tree.files.values():
        yield _item(layout.blobs, file.blob)


def _item(folder: Path, digest: Digest) -> Item:
    return f"{folder.name}/{digest}"


def path_of(layout: Layout, item: Item) -> Path:
    """Return where an item lies."""
    folder, _, digest = item.partition("/")
    return sharded(layout.place / folder, digest)


def _sizes(folder: Path) -> dict[Item, int]:
    return {_item(folder, Digest(digest)): entry.stat().st_size for digest, entry in items(folder)}


def anchors(layout: Layout) -> dict[str, Anchor]:
    """Return the trees that must stay, by the names they were given.

    Raises
    ------
    DamagedError
        One cannot be read, so that nobody knows what must stay.
    """
    found = (unseal(content, name, anchor_of) for name, content in _documents(layout.anchors))
    return {each.name: each for each in found}


def pins(layout: Layout) -> dict[Key, str]:
    """Return why which record must stay; the file's name alone pins it."""
    found: dict[Key, str] = {}
    for name, content in _documents(layout.pins):
        try:
            found[Key(name)] = unseal(content, name, pin_of)
        except DamagedError:
            found[Key(name)] = "for a reason that was lost"
    return found


def _documents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):  # released meanwhile
            yield each.name, each.read_bytes()
