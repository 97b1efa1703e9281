"""Which visibilities are marked, in an eighth of a byte each.

A hundred million visibilities, all marked, take 12.5 MB: so marks of a whole table are kept in
memory, whatever blocks they were found in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bits = NDArray[np.uint8]
Bools = NDArray[np.bool_]

# Marks that are unpacked, to one byte each, at once.
_UNPACKED: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Marked:
    """Marks in rows that have one shape.

    Attributes
    ----------
    cell : tuple of int
        Channels and correlations.
    rows : ndarray of int64
        Row numbers, ascending, of rows that have a mark.
    bits : ndarray of uint8
        Of each row its marks, channel after channel, in packed bits; (rows, bytes).
    """

    cell: tuple[int, int]
    rows: Integers
    bits: Bits

    @property
    def count(self) -> int:
        """How many visibilities."""
        return int(_ONES[self.bits].sum(dtype=np.int64))

    def parts(self) -> Iterator[tuple[slice, Bools]]:
        """Yield the marks unpacked, some rows at a time: which, and (rows, channels, corrs)."""
        step = max(1, _UNPACKED // max(1, self.cell[0] * self.cell[1]))
        for start in range(0, len(self.rows), step):
            chosen = slice(start, start + step)
            yield chosen, unpack(self.bits[chosen], self.cell)

    def of(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return which of ascending rows have marks: positions in `rows`, and in `self.rows`."""
        places = np.searchsorted(self.rows, rows)
        places[places == len(self.rows)] = 0
        found = np.flatnonzero(self.rows[places] == rows) if len(self.rows) else np.zeros(0, int)
        return found, places[found]


_ONES: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(
    axis=1, dtype=np.uint8
)


def pack(marks: Bools) -> Bits:
    """Return marks of rows in packed bits, (rows, bytes)."""
    return np.packbits(marks.reshape(len(marks), int(np.prod(marks.shape[1:]))), axis=1)


def unpack(bits: Bits, cell: tuple[int, int]) -> Bools:
    """Return packed marks as (rows, channels, correlations)."""
    count = cell[0] * cell[1]
    return np.unpackbits(bits, axis=1, count=count).view(np.bool_).reshape(-1, *cell)


# The marks of a table, by data description (by spectral window in calibration tables).
Marks = Mapping[int, Marked]


def count(marks: Marks) -> int:
    """Return how many visibilities are marked."""
    return sum(each.count for each in marks.values())


def rows_of(marks: Marks) -> Integers:
    """Return the numbers of all rows that have a mark, ascending."""
    return np.sort(np.concatenate([np.zeros(0, np.int64), *(m.rows for m in marks.values())]))


class Collected:
    """Marks of one shape, while they are collected.

    Parameters
    ----------
    cell : tuple of int
        Channels and correlations of a row.
    """

    def __init__(self, cell: tuple[int, int]) -> None:
        self.cell = cell
        self._rows: list[Integers] = []
        self._bits: list[Bits] = []

    def add(self, rows: Integers, bits: Bits) -> None:
        """Add packed marks of rows, which may have some already."""
        self._rows.append(rows)
        self._bits.append(bits)

    def done(self) -> Marked:
        """Return what was added."""
        if not self._rows:
            return Marked(self.cell, np.zeros(0, np.int64), pack(np.zeros((0, *self.cell), bool)))
        rows, bits = np.concatenate(self._rows), np.concatenate(self._bits)
        return Marked(self.cell, *merged(rows, bits))


def merged(numbers: Integers, bits: Bits) -> tuple[Integers, Bits]:
    """Return numbers ascending and once, with all bits of what had the same number."""
    if len(numbers) and (np.diff(numbers) > 0).all():
        return numbers, bits
    order = np.argsort(numbers, kind="stable")
    unique, starts = np.unique(numbers[order], return_index=True)
    if not len(unique):
        return unique, bits
    return unique, np.bitwise_or.reduceat(bits[order], starts, axis=0)


def finished(collected: Mapping[int, Collected]) -> Marks:
    """Return all that was collected, without what has no mark."""
    done = {number: each.done() for number, each in sorted(collected.items())}
    return {number: each for number, each in done.items() if len(each.rows)}


def scattered(
    marks: Bools, channels: Integers, correlations: Sequence[int], cell: tuple[int, int]
) -> Bits:
    """Return packed marks of whole cells from those of some channels and correlations.

    Parameters
    ----------
    marks : ndarray of bool
        (rows, channels, correlations)
    channels : ndarray of int64
        Channel numbers; (rows, channels) or (1, channels).
    correlations : sequence of int
        Positions in a cell.
    cell : tuple of int
        Channels and correlations of a cell.
    """
    whole = np.zeros((len(marks), *cell), bool)
    numbers = np.arange(len(marks))[:, None, None]
    whole[numbers, channels[:, :, None], np.asarray(correlations)[None, None]] = marks
    return pack(whole)
