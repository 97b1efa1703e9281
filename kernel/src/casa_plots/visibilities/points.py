"""What quantities are computed from, whether it was read or averaged."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis, Column
from casa_plots.values import part
from casa_plots.visibilities.cells import Cells
from casa_plots.visibilities.observation import Observation

Values = NDArray[Any]


class Points(Protocol):
    """Points of one shape."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, channels, correlations."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the correlations."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers on disk, (rows,)."""

    @property
    def channels(self) -> NDArray[np.int64]:
        """Channel numbers, (rows or 1, channels)."""

    @property
    def windows(self) -> NDArray[np.int64]:
        """Spectral windows, (rows,) or (1,)."""

    def frequencies(self) -> NDArray[np.float64]:
        """Hz, in the frames of the windows; (rows or 1, channels)."""

    def row(self, column: str) -> Values:
        """Return what there is one of in each row, by its name on disk; (rows, ...)."""

    def part(self, axis: Axis, column: Column) -> Values:
        """Amplitude, phase, real or imaginary part."""

    def weights(self, column: str) -> Values:
        """WEIGHT or SIGMA, or their spectra."""

    def flagged(self) -> NDArray[np.bool_]:
        """Whether; broadcasts to `shape`."""


class ReadPoints:
    """Points as they are on disk."""

    def __init__(self, cells: Cells, observation: Observation) -> None:
        self._cells = cells
        self._observation = observation
        self.windows: NDArray[np.int64] = observation.windows_of(cells.chunk.descriptions)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, channels, correlations."""
        return self._cells.shape

    @property
    def names(self) -> tuple[str, ...]:
        """Of the correlations."""
        return self._cells.chunk.form.names

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers on disk."""
        return self._cells.chunk.rows

    @property
    def channels(self) -> NDArray[np.int64]:
        """Channel numbers, (1, channels)."""
        return self._cells.chunk.form.channels[None]

    def frequencies(self) -> NDArray[np.float64]:
        """Hz, in the frames of the windows."""
        chunk = self._cells.chunk
        return self._observation.frequencies(chunk.descriptions, chunk.form.channels)

    def row(self, column: str) -> Values:
        """Return what there is one of in each row."""
        return self._cells.row(column)

    def visibilities(self, column: Column) -> Values:
        """Return what amplitudes are computed from."""
        return self._cells.visibilities(column)

    def part(self, axis: Axis, column: Column) -> Values:
        """Amplitude, phase, real or imaginary part."""
        return part(axis, self.visibilities(column))

    def weights(self, column: str) -> Values:
        """WEIGHT or SIGMA, or their spectra."""
        if column.endswith("_SPECTRUM"):
            return self._cells.spectrum(column)
        return self._cells.correlated(column)

    def flagged(self) -> NDArray[np.bool_]:
        """Whether."""
        return self._cells.flagged()
