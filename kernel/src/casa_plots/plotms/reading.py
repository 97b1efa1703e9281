"""The points of a plot: read as often as needed, kept where they are few, one value at a time.

A plot is read more than once: for limits, for the picture, again for each zoom. What fits on a
`Shelf` stays in memory after the first time; what does not is read again, block by block. All plots
of a process share one shelf, since a notebook keeps many of them: the one that was used longest ago
goes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked
from casa_plots.axes import Quantity
from casa_plots.blocks import Block, Source

KEPT: Final = 200_000_000
Opener = Callable[[Asked], Source]


class Shelf:
    """Room for blocks of several readings.

    Parameters
    ----------
    room : int
        Bytes.
    """

    def __init__(self, room: int = KEPT) -> None:
        self.room = room
        self._lock = Lock()
        self._held: dict[int, tuple[ref[Reading], int]] = {}

    def use(self, reading: "Reading", size: int | None = None) -> None:
        """Say that a reading was used, and how big what it keeps is now; others may have to go."""
        with self._lock:
            _, known = self._held.pop(id(reading), (None, 0))
            self._held[id(reading)] = (ref(reading), known if size is None else size)
            self._held = {k: v for k, v in self._held.items() if v[0]() is not None}
            while sum(each for _, each in self._held.values()) > self.room:
                oldest, _ = self._held.pop(next(iter(self._held)))
                if (found := oldest()) is not None:
                    found.forget()


SHELF: Final = Shelf()
"""That of this process: memory is the process's, whoever plots."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Reading:
    """A source, with its blocks kept if they are small.

    Attributes
    ----------
    source : Source
        What is read.
    shelf : Shelf
        Where blocks are kept.
    """

    source: Source
    shelf: Shelf = SHELF
    _blocks: dict[tuple[Quantity, ...], list[Block]] = field(default_factory=dict)
    _big: bool = False

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        """Yield all points with at least these quantities."""
        key = tuple(dict.fromkeys(quantities))
        known = next((all_ for has, all_ in self._blocks.items() if set(key) <= set(has)), None)
        if known is not None:
            self.shelf.use(self)
            yield from known
            return
        if self._big:
            yield from self.source.blocks(key)
            return
        held: list[Block] = []
        room = self.shelf.room
        for block in self.source.blocks(key):
            room -= _bytes(block)
            if room >= 0:
                held.append(block)
            else:
                held.clear()
            yield block
        if room >= 0:
            self._blocks = {key: held}  # one set of quantities at a time: memory stays bounded
            self.shelf.use(self, self.shelf.room - room)
        else:
            self._big = True

    @property
    def big(self) -> bool:
        """Whether the points are too many to be kept; known after they were read once."""
        return self._big

    def forget(self) -> None:
        """Let go of what is kept: the table has changed."""
        self._blocks = {}


@dataclass(frozen=True, slots=True)
class Part:
    """The points of a plot that have one value of a quantity; all points without one.

    Attributes
    ----------
    reading : Reading
        What is read.
    of : Quantity or None
        Which quantity.
    value : float
        Which value of it.
    """

    reading: Reading
    of: Quantity | None = None
    value: float = 0.0

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        """Yield the points, with at least these quantities."""
        if self.of is None:
            yield from self.reading.blocks(quantities)
            return
        for block in self.reading.blocks((*quantities, self.of)):
            yield from only(block, self.of, self.value)


def only(block: Block, of: Quantity, value: float) -> Iterator[Block]:
    """Yield the part of a block in which a quantity has a value; nothing if there is none."""
    where = np.asarray(block.values[of] == value)
    if where.ndim < 3:  # noqa: PLR2004 - rows, channels, correlations
        where = where.reshape((1,) * (3 - where.ndim) + where.shape)
    if where.all():
        yield block
        return
    if not where.any():
        return
    long = [n for n, length in enumerate(where.shape) if length > 1]
    yield _sliced(block, long[0], where.ravel()) if len(long) == 1 else _flat(block, where)


def _sliced(block: Block, along: int, keep: NDArray[np.bool_]) -> Block:
    """Return the part of a block that is kept along one of its axes; what is small stays so."""
    index = np.flatnonzero(keep)

    def cut(values: NDArray[Any]) -> NDArray[Any]:
        return values if values.shape[along] == 1 else values.take(index, axis=along)

    shape = list(block.shape)
    shape[along] = len(index)
    rows, channels = block.rows, block.channels
    if along == 0:
        rows = rows[index]
        channels = channels if len(channels) == 1 else channels[index]
    elif along == 1:
        channels = channels[:, index]
    return replace(
        block,
        shape=(shape[0], shape[1], shape[2]),
        values={each: cut(_deep(values)) for each, values in block.values.items()},
        flagged=cut(_deep(block.flagged)),
        rows=rows,
        channels=channels,
    )


def _flat(block: Block, where: NDArray[np.bool_]) -> Block:
    """Return the part of a block that is kept, with every point as a row."""
    whole = np.broadcast_to(where, block.shape)
    row, channel, _ = np.nonzero(whole)

    def pick(values: NDArray[Any]) -> NDArray[Any]:
        return np.broadcast_to(values, block.shape)[whole].reshape(-1, 1, 1)

    channels = np.broadcast_to(block.channels, block.shape[:2])
    return replace(
        block,
        shape=(len(row), 1, 1),
        values={each: pick(values) for each, values in block.values.items()},
        flagged=pick(block.flagged),
        rows=block.rows[row],
        channels=channels[row, channel].reshape(-1, 1),
    )


def _deep(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape((1,) * (3 - values.ndim) + values.shape)


def _bytes(block: Block) -> int:
    held: Mapping[int, int] = {
        id(each): each.nbytes for each in (*block.values.values(), block.flagged)
    }
    return sum(held.values())
