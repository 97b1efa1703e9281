"""The numbers of one chunk of a MeasurementSet, read when they are asked for, and once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Column
from casa_plots.errors import MissingDataError
from casa_plots.tables import Table
from casa_plots.visibilities.chunks import Chunk, Span, span
from casa_plots.visibilities.observation import Observation
from casa_plots.visibilities.shifting import Shift

Values = NDArray[Any]

# What each column of a plot is made of; two are subtracted or divided.
_STORED = {
    Column.DATA: ("DATA",),
    Column.CORRECTED: ("CORRECTED_DATA",),
    Column.MODEL: ("MODEL_DATA",),
    Column.FLOAT: ("FLOAT_DATA",),
    Column.RESIDUAL: ("CORRECTED_DATA", "MODEL_DATA"),
    Column.DATA_MINUS_MODEL: ("DATA", "MODEL_DATA"),
    Column.DATA_OVER_MODEL: ("DATA", "MODEL_DATA"),
    Column.CORRECTED_OVER_MODEL: ("CORRECTED_DATA", "MODEL_DATA"),
}
_DIVIDED = frozenset({Column.DATA_OVER_MODEL, Column.CORRECTED_OVER_MODEL})
_MADE_BY = {
    "CORRECTED_DATA": "applycal makes it from calibration tables",
    "MODEL_DATA": "setjy, ft or tclean with savemodel='modelcolumn' make it (usescratch=True)",
    "FLOAT_DATA": "only single-dish data have it",
}


def stored(column: Column) -> Sequence[str]:
    """Return the columns on disk that a column of a plot is computed from."""
    return _STORED[column]


def combined(column: Column, values: Sequence[Values]) -> Values:
    """Return a column of a plot from the columns that are stored."""
    first, *others = values
    if not others:
        return first
    if column in _DIVIDED:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(first / others[0])
    return np.asarray(first - others[0])


def require(observation: Observation, column: Column) -> None:
    """Refuse a column that the table does not have.

    Raises
    ------
    MissingDataError
        With the columns that there are.
    """
    for name in _STORED[column]:
        if name not in observation.columns:
            there = [c.value for c in Column if observation.columns.issuperset(_STORED[c])]
            made = f"; {_MADE_BY[name]}" if name in _MADE_BY else ""
            raise MissingDataError(
                f"{observation.path} has no column {name}{made}. "
                f"There is {', '.join(there) or 'no visibility at all'}."
            )


class Cells:
    """One chunk.

    Parameters
    ----------
    table : Table
        The open MeasurementSet.
    chunk : Chunk
        Which rows, channels and correlations.
    shift : Shift, optional
        Of the phase centre.
    """

    def __init__(self, table: Table, chunk: Chunk, shift: Shift | None = None) -> None:
        self.chunk = chunk
        self._shift = shift
        self._table = table
        self._channels: Span | None = span(chunk.form.channels)
        self._correlations: Span | None = span(chunk.form.correlations)
        self._read: dict[str, Values] = {}

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, channels, correlations."""
        form = self.chunk.form
        return len(self.chunk.rows), len(form.channels), len(form.correlations)

    def row(self, column: str) -> Values:
        """Return what there is one of in each row; shape (rows, ...)."""
        if column not in self._read:
            self._read[column] = self._of_rows(column)
        return self._read[column]

    def cell(self, column: str) -> Values:
        """Return what there is of each channel and correlation; shape as `shape`."""
        if column not in self._read:
            values = self._of_cells(column)
            if self._shift is not None and np.iscomplexobj(values):
                values = values * self._shift.phasor(self.chunk, self.row("UVW"))
            self._read[column] = values
        return self._read[column]

    def visibilities(self, column: Column) -> Values:
        """Return visibilities; complex, but for `Column.FLOAT`."""
        return combined(column, [self.cell(name) for name in _STORED[column]])

    def flagged(self) -> NDArray[np.bool_]:
        """Return which visibilities are flagged, by themselves or as a row."""
        flags: NDArray[np.bool_] = self.cell("FLAG")
        whole = self.row("FLAG_ROW")
        if whole.any():
            flags = flags | whole[:, None, None]
        return flags

    def correlated(self, column: str) -> Values:
        """Return what there is of each correlation, WEIGHT or SIGMA; (rows, 1, correlations)."""
        return self.row(column)[:, None, self.chunk.form.correlations]

    def spectrum(self, column: str) -> Values:
        """Return WEIGHT_SPECTRUM or SIGMA_SPECTRUM; where there is none, what they refine."""
        if column in self._table.colnames() and self._table.iscelldefined(
            column, int(self.chunk.rows[0])
        ):
            return self.cell(column)
        return self.correlated(column.removesuffix("_SPECTRUM"))

    def _of_rows(self, column: str) -> Values:
        rows = self.chunk.rows
        if self.chunk.contiguous:
            return np.asarray(self._table.getcol(column, int(rows[0]), len(rows)))
        chosen = self._table.selectrows(rows)
        try:
            return np.asarray(chosen.getcol(column))
        finally:
            chosen.close()

    def _of_cells(self, column: str) -> Values:
        if self.chunk.contiguous:
            return self._slice(self._table, column, int(self.chunk.rows[0]))
        chosen = self._table.selectrows(self.chunk.rows)
        try:
            return self._slice(chosen, column, 0)
        finally:
            chosen.close()

    def _slice(self, table: Table, column: str, first: int) -> Values:
        form, count = self.chunk.form, len(self.chunk.rows)
        channels = self._channels or Span(int(form.channels[0]), int(form.channels[-1]), 1)
        correlations = self._correlations or Span(0, form.cell[1] - 1, 1)
        if (channels.count, correlations.count) == form.cell:
            values = table.getcol(column, first, count)
        else:
            values = table.getcolslice(
                column,
                [channels.first, correlations.first],
                [channels.last, correlations.last],
                [channels.step, correlations.step],
                first,
                count,
            )
        values = np.asarray(values)
        if self._channels is None:
            values = values[:, form.channels - form.channels[0]]
        if self._correlations is None:
            values = values[:, :, form.correlations]
        return values
