"""Reading all that a store holds again, and mending it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recompute.errors import DamagedError
from recompute.model import Digest, Key
from recompute.store import disk, eviction, locks
from recompute.store.collecting import collect
from recompute.store.finding import missing_below, missing_of
from recompute.store.inventory import anchors, inventory
from recompute.store.layout import Layout, items, set_aside, sharded
from recompute.store.reading import CautiousReader
from recompute.store.scratch import remove_what_the_dead_left

Progress = Callable[[int, int], None]
"""Called with the bytes that were read and those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong with a store.

    Attributes
    ----------
    damaged : tuple of Path
        Files that are not what their names say.
    incomplete : tuple of Key
        Records of which something is missing or damaged; their steps are computed again.
    lost : tuple of str
        Anchors of which something is missing or damaged: nothing can compute that again.
    orphans : tuple of str
        What nothing refers to. A process that was killed leaves some; they go by themselves when
        room is needed.
    read : int
        Bytes.
    """

    damaged: tuple[Path, ...]
    incomplete: tuple[Key, ...]
    lost: tuple[str, ...]
    orphans: tuple[str, ...]
    read: int

    @property
    def is_sound(self) -> bool:
        """Whether all that is referred to is there and undamaged."""
        return not (self.damaged or self.incomplete or self.lost)


def verify(layout: Layout, now: float, *, repair: bool, progress: Progress) -> Findings:
    """Read everything in a store again.

    Others may use the store meanwhile. Repairing sets damaged files aside, removes records that
    refer to them, orphans, and what killed processes left. Lost anchors stay, and are named.
    """
    # Its own reader: one that remembers trees would not read them again.
    reader = CautiousReader(layout)
    read = _read_blobs(reader, progress)
    for tree, _ in items(layout.trees):
        reader.tree(Digest(tree))
    with locks.alone(layout.collecting):
        incomplete = tuple(
            record.key for record, _ in reader.records() if any(missing_of(reader, record))
        )
        lost = tuple(_lost(reader))
        orphans = _orphans(reader, now)
        if repair:
            _mend(reader, incomplete)
    if repair and orphans is not None:
        collect(reader, 0, now)
    return Findings(
        damaged=tuple(sorted(reader.distrusted)),
        incomplete=incomplete,
        lost=lost,
        orphans=orphans or (),
        read=read,
    )


def _read_blobs(reader: CautiousReader, progress: Progress) -> int:
    """Distrust every blob that is not what its name says; return bytes that were read."""
    blobs = list(items(reader.layout.blobs))
    total = sum(entry.stat().st_size for _, entry in blobs)
    read = 0
    for blob, entry in blobs:
        path = Path(entry.path)
        try:
            if not disk.is_sound(path, Digest(blob)):
                reader.distrust(path)
        except FileNotFoundError:
            continue  # evicted meanwhile
        read += entry.stat().st_size
        progress(read, total)
    return read


def _lost(reader: CautiousReader) -> Iterator[str]:
    try:
        for name, anchor in anchors(reader.layout).items():
            if any(missing_below(reader, anchor.kept)):
                yield name
    except DamagedError as error:
        yield str(error)


def _orphans(reader: CautiousReader, now: float) -> tuple[str, ...] | None:
    """Return what nothing refers to; None if nobody can know, because an anchor is damaged."""
    try:
        return eviction.plan(inventory(reader, now), 0).items
    except DamagedError:
        return None


def _mend(reader: CautiousReader, incomplete: tuple[Key, ...]) -> None:
    for each in reader.distrusted:
        if not _was_replaced(reader.layout, each):
            set_aside(reader.layout, each)
    for key in incomplete:
        sharded(reader.layout.records, key).unlink(missing_ok=True)
    remove_what_the_dead_left(reader.layout)


def _was_replaced(layout: Layout, path: Path) -> bool:
    """Whether somebody kept a blob anew since it was found damaged."""
    if not path.is_relative_to(layout.blobs):
        return False
    with suppress(FileNotFoundError):
        return disk.is_sound(path, Digest(path.parent.name + path.name))
    return True
