"""The solutions of a calibration table as a `Source` of blocks."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked, Transform
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block
from casa_plots.calibration.selection import ChosenSolutions, choose_solutions
from casa_plots.calibration.table import Solutions, forms, read_solutions
from casa_plots.errors import SelectionError, UnsupportedError
from casa_plots.tables import opened
from casa_plots.visibilities.averaging import is_active
from casa_plots.visibilities.cells import Cells
from casa_plots.visibilities.chunks import chunks
from casa_plots.visibilities.selection import selection_words

Values = NDArray[Any]

_ROWS = {
    Axis.SCAN: "SCAN_NUMBER",
    Axis.FIELD: "FIELD_ID",
    Axis.TIME: "TIME",
    Axis.INTERVAL: "INTERVAL",
    Axis.SPW: "SPECTRAL_WINDOW_ID",
    Axis.ANTENNA1: "ANTENNA1",
    Axis.ANTENNA2: "ANTENNA2",
    Axis.OBSERVATION: "OBSERVATION_ID",
}
_OTHERS = frozenset(
    {Axis.CHANNEL, Axis.FREQUENCY, Axis.CORR, Axis.ANTENNA, Axis.ROW, Axis.FLAG, Axis.SNR}
)


class CalibrationSource:
    """Solutions that were asked for.

    Parameters
    ----------
    asked : Asked
        Which.
    solutions : Solutions
        What the table says of itself.
    chosen : ChosenSolutions
        What the selection means.
    block_points : int
        Points that a block may have.
    """

    def __init__(
        self, asked: Asked, solutions: Solutions, chosen: ChosenSolutions, block_points: int
    ) -> None:
        self._asked = asked
        self._solutions = solutions
        self._chosen = chosen
        self._block_points = block_points
        channels = dict(chosen.channels) if chosen.channels is not None else None
        self._forms = forms(solutions, channels, chosen.polarisations)

    @property
    def path(self) -> Path:
        """The table."""
        return self._solutions.path

    @property
    def time_scale(self) -> str:
        """See `Source`."""
        return self._solutions.time_scale

    @property
    def kind(self) -> str:
        """What CASA calls this kind of table, such as ``G Jones``."""
        return self._solutions.kind

    @property
    def axes(self) -> frozenset[Axis]:
        """The axes that this table has values of."""
        return frozenset({*_ROWS, *_OTHERS, *self._solutions.layout.known})

    @property
    def description(self) -> str:
        """What was selected, for a title."""
        return selection_words(self._asked.selection)

    @property
    def points(self) -> int:
        """About how many points there are, flagged ones included."""
        rows = self._chosen.chosen.rows
        number = self._solutions.rows if rows is None else len(rows)
        each = [len(form.channels) * len(form.names) for form in self._forms.of.values()]
        return round(number * sum(each) / len(each)) if each else 0

    def names(self, quantity: Quantity) -> Sequence[str] | None:
        """Return what the integers of a categorical quantity stand for, else None.

        A number of -1, which CASA writes for solutions of no field or no antenna, has no name.
        """
        solutions = self._solutions
        known: dict[Axis, Callable[[], Sequence[str]]] = {
            Axis.FIELD: lambda: solutions.fields,
            Axis.CORR: lambda: solutions.polarisations,
            Axis.ANTENNA: lambda: solutions.antennas,
            Axis.ANTENNA1: lambda: solutions.antennas,
            Axis.ANTENNA2: lambda: solutions.antennas,
            Axis.SPW: lambda: [str(number) for number in range(len(solutions.windows))],
            Axis.FLAG: lambda: ("unflagged", "flagged"),
        }
        found = known.get(quantity.axis)
        return found() if found else None

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        """Yield all points, block by block.

        Raises
        ------
        UnsupportedError
            There is no such quantity of this kind of table.
        """
        for quantity in quantities:
            if quantity.axis not in self.axes:
                raise UnsupportedError(
                    f"{self.path} ({self.kind}) has no {quantity.axis}; it has "
                    f"{', '.join(sorted(self.axes))}."
                )
        return self._blocks(quantities)

    def _blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        # A block has fewer points than numbers were read where a polarisation has several.
        with opened(self.path) as table:
            for chunk in chunks(
                table,
                self._forms,
                self._chosen.chosen,
                self._block_points * self._solutions.layout.each,
                described_by="SPECTRAL_WINDOW_ID",
            ):
                yield self._block(Cells(table, chunk), quantities)

    def _block(self, cells: Cells, quantities: Sequence[Quantity]) -> Block:
        form = cells.chunk.form
        shape = (len(cells.chunk.rows), len(form.channels), len(form.names))
        axes = [each.axis for each in quantities]
        numbers = [axis for axis in axes if axis in self._solutions.layout.known]
        values = {each: self._values(cells, each.axis, numbers) for each in quantities}
        return Block(
            shape, values, self._flagged(cells, numbers), cells.chunk.rows, form.channels[None]
        )

    def _values(self, cells: Cells, axis: Axis, numbers: Sequence[Axis]) -> Values:
        layout = self._solutions.layout
        if axis in _ROWS:
            return cells.row(_ROWS[axis])[:, None, None]
        if axis in layout.known:
            return layout.values(axis, self._picked(cells, layout.column, axis))
        form, known = cells.chunk.form, self._solutions.polarisations
        others: dict[Axis, Callable[[], Values]] = {
            Axis.FREQUENCY: lambda: self._frequencies(cells),
            Axis.SNR: lambda: self._picked(cells, "SNR", numbers[0] if numbers else None),
            Axis.CORR: lambda: np.array([known.index(name) for name in form.names])[None, None],
            Axis.FLAG: lambda: self._flagged(cells, numbers).view(np.int8),
            Axis.CHANNEL: lambda: form.channels[None, :, None],
            Axis.ROW: lambda: cells.chunk.rows[:, None, None],
            Axis.ANTENNA: lambda: cells.row("ANTENNA1")[:, None, None],
        }
        return others[axis]()

    def _picked(self, cells: Cells, column: str, axis: Axis | None) -> Values:
        """Return of a column what belongs to one of the numbers of each polarisation."""
        layout = self._solutions.layout
        index = layout.index(axis) if axis else 0
        return cells.cell(column)[:, :, index :: layout.each]

    def _flagged(self, cells: Cells, numbers: Sequence[Axis]) -> NDArray[np.bool_]:
        flagged: NDArray[np.bool_] = self._picked(cells, "FLAG", numbers[0] if numbers else None)
        for axis in numbers[1:]:
            flagged = flagged | self._picked(cells, "FLAG", axis)
        return np.ascontiguousarray(flagged)

    def _frequencies(self, cells: Cells) -> Values:
        unique, of = np.unique(cells.chunk.descriptions, return_inverse=True)
        chosen = cells.chunk.form.channels
        found = np.stack([self._solutions.frequencies(int(n))[chosen] for n in unique])
        return found[of][:, :, None] * 1e-9


def open_calibration(asked: Asked, block_points: int) -> CalibrationSource:
    """Return the solutions that were asked for; see `casa_plots.sources.open_source`."""
    if is_active(asked.averaging) or asked.transform != Transform():
        raise UnsupportedError(
            f"{asked.path} is a calibration table: solutions are neither averaged nor transformed "
            "here; leave the averaging and the transform out, or use CASA's own application."
        )
    solutions = read_solutions(Path(asked.path))
    chosen = choose_solutions(solutions, asked.selection)
    source = CalibrationSource(asked, solutions, chosen, block_points)
    if not source.points and solutions.rows:
        raise SelectionError(f"No solutions of {asked.path} match the selection.")
    return source
