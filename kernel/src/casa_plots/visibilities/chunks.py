"""In which pieces a table is read: rows that lie together and have one shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.tables import Table
from casa_plots.visibilities.observation import Observation
from casa_plots.visibilities.selection import Chosen

Integers = NDArray[np.int64]

# Rows that are looked through at once for what shape they have.
_STRETCH: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Form:
    """What rows that are read together have in common.

    Attributes
    ----------
    channels : ndarray of int64
        Chosen channels.
    correlations : ndarray of int64
        Chosen correlations, as positions in a cell.
    names : tuple of str
        Theirs.
    cell : tuple of int
        Channels and correlations of a cell on disk.
    """

    channels: Integers
    correlations: Integers
    names: tuple[str, ...]
    cell: tuple[int, int]

    @property
    def read(self) -> int:
        """Numbers that are read of a row: unless channels are regular, all between them."""
        channels = span(self.channels)
        number = channels.count if channels is not None else int(np.ptp(self.channels)) + 1
        return max(1, number * len(self.correlations))


@dataclass(frozen=True, slots=True)
class Span:
    """Equally spaced numbers."""

    first: int
    last: int
    step: int

    @property
    def count(self) -> int:
        """How many."""
        return (self.last - self.first) // self.step + 1


def span(numbers: Integers) -> Span | None:
    """Return ascending numbers as a span, None if they are not equally spaced."""
    if len(numbers) == 1:
        return Span(int(numbers[0]), int(numbers[0]), 1)
    steps = np.diff(numbers)
    if len(steps) and (steps == steps[0]).all():
        return Span(int(numbers[0]), int(numbers[-1]), int(steps[0]))
    return None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are read at once.

    Attributes
    ----------
    rows : ndarray of int64
        Row numbers, ascending.
    descriptions : ndarray of int64
        Data description of each row, or one of all.
    form : Form
        Their shape.
    """

    rows: Integers
    descriptions: Integers
    form: Form

    @property
    def contiguous(self) -> bool:
        """Whether the rows are a range."""
        return int(self.rows[-1] - self.rows[0]) + 1 == len(self.rows)


@dataclass(frozen=True, slots=True)
class Forms:
    """The shapes that rows can have, by data description.

    Attributes
    ----------
    of : mapping of int to Form
        Data descriptions of which nothing is chosen are missing.
    groups : list of (Form, set of int)
        Data descriptions that can be read together.
    """

    of: Mapping[int, Form]
    groups: list[tuple[Form, frozenset[int]]] = field(default_factory=list)


def forms(observation: Observation, chosen: Chosen) -> Forms:
    """Return which channels and correlations are read of which rows."""
    of: dict[int, Form] = {}
    shared: dict[tuple[object, ...], list[int]] = {}
    for number, description in enumerate(observation.descriptions):
        total = len(observation.windows[description.window].frequencies)
        channels = (chosen.channels or {}).get(description.window, np.arange(total))
        kept = [
            n
            for n, name in enumerate(description.correlations)
            if chosen.correlations is None or name in chosen.correlations
        ]
        if not kept or not len(channels):
            continue
        names = tuple(description.correlations[n] for n in kept)
        form = Form(channels, np.array(kept), names, (total, len(description.correlations)))
        of[number] = form
        shared.setdefault((channels.tobytes(), tuple(kept), names, form.cell), []).append(number)
    return Forms(of, [(of[numbers[0]], frozenset(numbers)) for numbers in shared.values()])


def chunks(
    table: Table,
    known: Forms,
    chosen: Chosen,
    block_points: int,
    described_by: str = "DATA_DESC_ID",
) -> Iterator[Chunk]:
    """Yield what is chosen of a table in pieces that have no more than so many points.

    Only the numbers of a stretch of a million rows are in memory at a time.
    """
    total = table.nrows() if chosen.rows is None else len(chosen.rows)
    for start in range(0, total, _STRETCH):
        stop = min(start + _STRETCH, total)
        rows = np.arange(start, stop) if chosen.rows is None else chosen.rows[start:stop]
        first, last = int(rows[0]), int(rows[-1])
        descriptions = read_rows(table, described_by, rows, first, last)
        for form, numbers in known.groups:
            there = np.isin(descriptions, list(numbers))
            mine = rows if there.all() else rows[there]
            of = descriptions if there.all() else descriptions[there]
            step = max(1, block_points // form.read)
            for n in range(0, len(mine), step):
                yield Chunk(mine[n : n + step], _one_or_all(of[n : n + step]), form)


def read_rows(
    table: Table, column: str, rows: Integers, first: int, last: int
) -> NDArray[np.int64]:
    """Return a column of scalars at some rows between two."""
    if last - first + 1 <= max(2 * _STRETCH, 4 * len(rows)):
        values = np.asarray(table.getcol(column, first, last - first + 1))
        return values if len(values) == len(rows) else values[rows - first]
    chosen = table.selectrows(rows)
    try:
        return np.asarray(chosen.getcol(column))
    finally:
        chosen.close()


def _one_or_all(descriptions: Integers) -> Integers:
    return descriptions[:1] if (descriptions == descriptions[0]).all() else descriptions
