"""How the flags of a table lie: which shape each row has, and in which pieces they are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.tables import Kind, Table, kind_of, opened
from casa_plots.visibilities.observation import read_observation

Integers = NDArray[np.int64]

# Flags, of a byte each, that are in memory at once.
BLOCK: Final = 16_000_000
# Rows of which scalars are read at once.
STRETCH: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of a table.

    Attributes
    ----------
    path : Path
        The table.
    kind : Kind
        Of which kind.
    rows : int
        How many.
    describing : str
        The column that tells the shape of a row, by a number.
    cells : mapping of int to tuple of int
        Channels and correlations by that number.
    correlations : mapping of int to tuple of str
        Names by that number, in the order of a cell.
    windows : mapping of int to int
        Spectral window by that number.
    columns : frozenset of str
        Of the main table.
    """

    path: Path
    kind: Kind
    rows: int
    describing: str
    cells: Mapping[int, tuple[int, int]]
    correlations: Mapping[int, tuple[str, ...]]
    windows: Mapping[int, int]
    columns: frozenset[str]

    @property
    def uniform(self) -> bool:
        """Whether all rows have one shape."""
        return len(set(self.cells.values())) <= 1

    @property
    def step(self) -> int:
        """Rows that have no more flags than `BLOCK`."""
        largest = max((each[0] * each[1] for each in self.cells.values()), default=1)
        return max(1, BLOCK // max(1, largest))


def read_layout(path: Path) -> Layout:
    """Return the layout of a MeasurementSet or calibration table.

    Raises
    ------
    MissingDataError
        There is no such table, or it is not complete.
    """
    kind = kind_of(path)
    if kind is Kind.MEASUREMENT_SET:
        known = read_observation(path)
        names = {n: each.correlations for n, each in enumerate(known.descriptions)}
        windows = {n: each.window for n, each in enumerate(known.descriptions)}
        sizes = [len(each.frequencies) for each in known.windows]
        cells = {n: (sizes[windows[n]], len(names[n])) for n in names}
        return Layout(path, kind, known.rows, "DATA_DESC_ID", cells, names, windows, known.columns)
    with opened(path) as table:
        numbers = np.asarray(table.getcol("SPECTRAL_WINDOW_ID"))
        unique, first = np.unique(numbers, return_index=True)
        shapes = {
            int(n): table.getcell("FLAG", int(row)).shape
            for n, row in zip(unique, first, strict=True)
        }
        columns = frozenset(table.colnames())
    names = {n: tuple(str(each) for each in range(shape[1])) for n, shape in shapes.items()}
    return Layout(
        path,
        kind,
        len(numbers),
        "SPECTRAL_WINDOW_ID",
        shapes,
        names,
        {n: n for n in shapes},
        columns,
    )


def total(layout: Layout, table: Table) -> int:
    """Return how many visibilities, or solutions, a table has."""
    sizes = np.zeros(max(layout.cells, default=0) + 1, np.int64)
    for number, cell in layout.cells.items():
        sizes[number] = cell[0] * cell[1]
    return sum(
        int(sizes[table.getcol(layout.describing, start, count)].sum())
        for start, count in stretches(layout.rows)
    )


def stretches(rows: int, step: int = STRETCH) -> Iterator[tuple[int, int]]:
    """Yield first row and number of rows of consecutive parts of a table."""
    for start in range(0, rows, step):
        yield start, min(step, rows - start)


def pieces(layout: Layout, table: Table) -> Iterator[tuple[list[int], Integers]]:
    """Yield all rows, some at a time, with what tells their one shape; several numbers may."""
    for start, length in stretches(layout.rows, layout.step):
        numbers = np.asarray(table.getcol(layout.describing, start, length))
        present = np.unique(numbers).tolist()
        if layout.uniform:
            # Without gaps, which a version that is being written could not be read at.
            yield present, start + np.arange(length)
            continue
        for number in present:
            yield [number], start + np.flatnonzero(numbers == number)


def runs(rows: Integers, *, together: bool) -> Iterator[tuple[slice, int, int]]:
    """Yield ranges that hold ascending rows: which of the rows, the first, and how many there are.

    Parameters
    ----------
    rows : ndarray of int64
        Row numbers.
    together : bool
        All in one range, which then holds other rows as well.
    """
    if not len(rows):
        return
    cuts = [] if together else (np.flatnonzero(np.diff(rows) > 1) + 1).tolist()
    for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        first, last = int(rows[begin]), int(rows[end - 1])
        yield slice(begin, end), first, last - first + 1


def column_at(table: Table, name: str, rows: Integers, *, together: bool = True) -> NDArray[Any]:
    """Return a column at ascending rows that have one shape.

    Ranges are read, and not a selection of the table: the end of a selection unlocks its table.
    `together` must only be true if the rows between have the same shape.
    """
    parts = [
        np.asarray(table.getcol(name, first, length))[rows[which] - first]
        for which, first, length in runs(rows, together=together)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def put_at(
    table: Table, name: str, rows: Integers, values: NDArray[Any], *, together: bool = True
) -> None:
    """Write a column at ascending rows that have one shape; see `column_at`."""
    for which, first, length in runs(rows, together=together):
        mine = values[which]
        if length > len(mine):
            there = np.asarray(table.getcol(name, first, length))
            there[rows[which] - first] = mine
            mine = there
        table.putcol(name, np.ascontiguousarray(mine), first, length)


def scalars_at(table: Table, names: Sequence[str], rows: Integers) -> list[NDArray[Any]]:
    """Return columns of scalars at any rows, in the order of these rows."""
    if not len(rows):
        return [np.zeros(0, np.int64) for _ in names]
    first, last = int(rows.min()), int(rows.max())
    if last - first + 1 <= max(2 * STRETCH, 4 * len(rows)):
        return [np.asarray(table.getcol(n, first, last - first + 1))[rows - first] for n in names]
    unique, places = np.unique(rows, return_inverse=True)
    return [np.asarray(table.selectrows(unique).getcol(name))[places] for name in names]
