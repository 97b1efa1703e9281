"""The visibilities of a MeasurementSet as a `Source` of blocks."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block
from casa_plots.errors import SelectionError, UnsupportedError
from casa_plots.tables import Table, opened
from casa_plots.visibilities import quantities as compute
from casa_plots.visibilities.averaging import (
    Plan,
    averaged_points,
    averaging_words,
    is_active,
    refuse_averaging,
)
from casa_plots.visibilities.cells import Cells, require
from casa_plots.visibilities.chunks import chunks, forms
from casa_plots.visibilities.observation import Observation, read_observation
from casa_plots.visibilities.points import Points, ReadPoints
from casa_plots.visibilities.selection import Chosen, choose, selection_words
from casa_plots.visibilities.shifting import Shift
from casa_plots.visibilities.spectral import Spectral, refuse_transform

Values = NDArray[Any]


class VisibilitySource:
    """Visibilities that were asked for.

    Parameters
    ----------
    asked : Asked
        Which.
    observation : Observation
        What the subtables say.
    chosen : Chosen
        Which rows, channels and correlations the selection means.
    block_points : int
        Points that a block may have.
    """

    def __init__(
        self, asked: Asked, observation: Observation, chosen: Chosen, block_points: int
    ) -> None:
        self._asked = asked
        self._observation = observation
        self._chosen = chosen
        self._block_points = block_points
        self._forms = forms(observation, chosen)
        self._spectral = Spectral(observation, asked.transform)
        east, north = asked.transform.shift
        self._shift = Shift(observation, east, north) if east or north else None
        self._setting = compute.Setting(observation, self._antennas, self._spectral)

    @property
    def path(self) -> Path:
        """The table."""
        return self._observation.path

    @property
    def time_scale(self) -> str:
        """See `Source`."""
        return self._observation.time_scale

    @property
    def observation(self) -> Observation:
        """What the subtables say."""
        return self._observation

    @property
    def description(self) -> str:
        """What was selected and averaged, for a title."""
        parts = (selection_words(self._asked.selection), averaging_words(self._asked.averaging))
        return "; ".join(part for part in parts if part)

    @property
    def points(self) -> int:
        """About how many points there are, flagged ones included."""
        chosen, known = self._chosen, self._forms.of
        rows = self._observation.rows if chosen.rows is None else len(chosen.rows)
        each = [len(form.channels) * len(form.correlations) for form in known.values()]
        return round(rows * sum(each) / len(each)) if each else 0

    def names(self, quantity: Quantity) -> Sequence[str] | None:
        """Return what the integers of a categorical quantity stand for, else None.

        After averaging by baseline or antenna there is one antenna more, ``*``: all of them.
        """
        observation = self._observation
        antennas = self._antennas
        known: dict[Axis, Callable[[], Sequence[str]]] = {
            Axis.FIELD: lambda: observation.fields,
            Axis.CORR: lambda: observation.correlations,
            Axis.ANTENNA: lambda: antennas,
            Axis.ANTENNA1: lambda: antennas,
            Axis.ANTENNA2: lambda: antennas,
            Axis.BASELINE: lambda: compute.baseline_names(antennas),
            Axis.SPW: lambda: [str(number) for number in range(len(observation.windows))],
            Axis.INTENT: lambda: observation.intents,
            Axis.FLAG: lambda: ("unflagged", "flagged"),
            Axis.FLAGROW: lambda: ("unflagged", "flagged"),
        }
        found = known.get(quantity.axis)
        return found() if found else None

    @property
    def _antennas(self) -> tuple[str, ...]:
        averaging = self._asked.averaging
        everyone = ("*",) if averaging.baseline or averaging.antenna else ()
        return (*self._observation.antennas, *everyone)

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        """Yield all points, block by block.

        Raises
        ------
        MissingDataError
            The table has no such column.
        UnsupportedError
            Visibilities have no such quantity.
        """
        self._refuse(quantities)
        return self._blocks(quantities)

    def _refuse(self, quantities: Sequence[Quantity]) -> None:
        for quantity in quantities:
            if quantity.axis not in compute.KNOWN:
                known = ", ".join(sorted(compute.KNOWN))
                raise UnsupportedError(f"Visibilities have no {quantity.axis}; they have {known}.")
            if quantity.axis is Axis.VELOCITY:
                self._spectral.require_rest()
            if quantity.axis in compute.VISIBLE:
                column = quantity.column or compute.default_column(self._observation)
                require(self._observation, column)

    def _blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        paired = any(each.axis in compute.PAIRED for each in quantities)
        limit = max(1, self._block_points // (2 if paired else 1))
        with opened(self.path) as table:
            for points in self._points(table, quantities, limit):
                yield self._block(points, quantities, paired=paired)

    def _points(self, table: Table, quantities: Sequence[Quantity], limit: int) -> Iterator[Points]:
        if is_active(self._asked.averaging):
            needed = [each for each in quantities if each.axis in compute.VISIBLE]
            default = compute.default_column(self._observation)
            columns = tuple(dict.fromkeys(each.column or default for each in needed))
            weights = [compute.weight_of(each, each.column or default) for each in quantities]
            asked = frozenset(each for each in weights if each)
            plan = Plan(self._asked.averaging, columns, limit, asked, self._shift)
            yield from averaged_points(table, self._observation, self._forms, self._chosen, plan)
            return
        for chunk in chunks(table, self._forms, self._chosen, limit):
            yield ReadPoints(Cells(table, chunk, self._shift), self._observation)

    def _block(self, points: Points, quantities: Sequence[Quantity], *, paired: bool) -> Block:
        values: dict[Quantity, Values] = {}
        for quantity in quantities:
            if quantity.axis in compute.PAIRED:
                continue
            values[quantity] = compute.values_of(quantity, points, self._setting)
        shape, flagged, rows, channels = (
            points.shape,
            points.flagged(),
            points.rows,
            points.channels,
        )
        if paired:
            count = shape[0]
            shape = (2 * count, *shape[1:])
            values = {each: _twice(found, count) for each, found in values.items()}
            flagged, rows, channels = (_twice(each, count) for each in (flagged, rows, channels))
            for quantity in quantities:
                if quantity.axis in compute.PAIRED:
                    values[quantity] = compute.paired_values(quantity.axis, points, self._setting)
        return Block(shape, values, flagged, rows, channels)


def _twice(values: Values, rows: int) -> Values:
    """Repeat what there is one of in each row; leave what is the same for all rows."""
    if rows == len(values):
        return np.concatenate([values, values])
    return values


def open_visibilities(asked: Asked, block_points: int) -> VisibilitySource:
    """Return the visibilities that were asked for; see `casa_plots.sources.open_source`."""
    observation = read_observation(Path(asked.path))
    refuse_averaging(asked.averaging)
    refuse_transform(asked.transform)
    chosen = choose(observation, asked.selection)
    source = VisibilitySource(asked, observation, chosen, block_points)
    if not source.points and observation.rows:
        raise SelectionError(f"No data of {asked.path} match correlation and spw together.")
    return source
