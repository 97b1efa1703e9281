"""Which visibilities were averaged into which points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked
from casa_plots.flagging.layout import BLOCK, Layout, scalars_at
from casa_plots.flagging.marks import (
    Bits,
    Collected,
    Integers,
    Marks,
    finished,
    merged,
    pack,
    scattered,
    unpack,
)
from casa_plots.tables import Table
from casa_plots.visibilities.averaging.bins import channel_bins
from casa_plots.visibilities.averaging.groups import NEEDED, groups
from casa_plots.visibilities.chunks import Form, forms
from casa_plots.visibilities.observation import read_observation
from casa_plots.visibilities.selection import choose

Bools = NDArray[np.bool_]

_SWAPPED = {"RL": "LR", "LR": "RL", "XY": "YX", "YX": "XY"}


class Members:
    """Marks of averaged points, turned into those of what they are averages of.

    Parameters
    ----------
    asked : Asked
        The points: with averaging.
    layout : Layout
        Of the table.
    """

    def __init__(self, asked: Asked, layout: Layout) -> None:
        observation = read_observation(layout.path)
        self._layout = layout
        self._averaging = asked.averaging
        self._chosen = choose(observation, asked.selection)
        self._known = forms(observation, self._chosen)
        self._antennas = len(observation.antennas) + 1
        self._added: list[tuple[list[Integers], list[Bits]]] = [
            ([], []) for _ in self._known.groups
        ]

    def add(self, table: Table, rows: Integers, ends: Any, marks: Bools) -> None:  # noqa: ANN401
        """Add marks of averaged points.

        Parameters
        ----------
        table : Table
            The table.
        rows : ndarray of int64
            The first row of each average.
        ends : ndarray or None
            Whose antenna's averages they are, for averaging by antenna.
        marks : ndarray of bool
            (rows, averaged channels, correlations)
        """
        (numbers,) = scalars_at(table, [self._layout.describing], rows)
        for (_, described), (keys, bits) in zip(self._known.groups, self._added, strict=True):
            mine = np.isin(numbers, list(described))
            if mine.any():
                keys.append(self._key(rows[mine], None if ends is None else ends[mine]))
                bits.append(pack(marks[mine]))

    def marks(self, table: Table) -> Marks:
        """Return the marks of all visibilities in the points that were added."""
        collected: dict[int, Collected] = {}
        for (form, described), (keys, bits) in zip(self._known.groups, self._added, strict=True):
            if keys:
                found = merged(np.concatenate(keys), np.concatenate(bits))
                self._spread(table, form, described, found, collected)
        return finished(collected)

    def _key(self, rows: Integers, ends: Any) -> Integers:  # noqa: ANN401 - an array, or None
        return rows if ends is None else rows * self._antennas + ends.astype(np.int64)

    def _spread(
        self,
        table: Table,
        form: Form,
        described: frozenset[int],
        found: tuple[Integers, Bits],
        collected: dict[int, Collected],
    ) -> None:
        rows = self._chosen.rows if self._chosen.rows is not None else np.arange(table.nrows())
        (numbers,) = scalars_at(table, [self._layout.describing], rows)
        mine = np.isin(numbers, list(described))
        rows, numbers = rows[mine], numbers[mine]
        columns = dict(zip(NEEDED, scalars_at(table, NEEDED, rows), strict=True))
        of = groups(columns, self._averaging)
        key = self._keys_of_groups(rows, columns, of)
        places = np.minimum(np.searchsorted(found[0], key), len(found[0]) - 1)
        known = found[0][places] == key
        for end, each in enumerate(of):
            for number in np.unique(numbers).tolist():
                chosen = known[each] & (numbers == number)
                into = collected.setdefault(number, Collected(self._layout.cells[number]))
                self._take(
                    into, form, rows[chosen], found[1][places[each[chosen]]], turned=end == 1
                )

    def _keys_of_groups(
        self, rows: Integers, columns: dict[str, NDArray[Any]], of: tuple[Integers, ...]
    ) -> Integers:
        total = int(max(each.max() for each in of)) + 1
        first = np.full(total, np.iinfo(np.int64).max)
        ends = np.zeros(total, np.int64)
        for each, name in zip(of, ("ANTENNA1", "ANTENNA2"), strict=False):
            np.minimum.at(first, each, rows)
            ends[each] = columns[name]
        return self._key(first, ends if len(of) > 1 else None)

    def _take(
        self, into: Collected, form: Form, rows: Integers, bits: Bits, *, turned: bool
    ) -> None:
        bins = channel_bins(form.channels, self._averaging.channels)
        sizes = np.diff(np.append(bins.starts, len(bins.positions)))
        which = np.repeat(np.arange(len(bins.starts)), sizes)
        names = form.names
        order = [names.index(_SWAPPED.get(n, n)) if turned else k for k, n in enumerate(names)]
        step = max(1, BLOCK // (form.cell[0] * form.cell[1]))
        for start in range(0, len(rows), step):
            marks = unpack(bits[start : start + step], (len(bins.starts), len(names)))
            whole = scattered(
                marks[:, which][:, :, order],
                form.channels[bins.positions][None],
                form.correlations.tolist(),
                form.cell,
            )
            into.add(rows[start : start + step], whole)
