"""Plots with their data, and how their values of a quantity go on to pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from casa_plots.asked import Asked
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Source
from casa_plots.flagging import Flagger
from casa_plots.plotms.extent import Limits, survey
from casa_plots.plotms.names import CATEGORICAL
from casa_plots.plotms.reading import Opener, Part, Reading
from casa_plots.plotms.request import Plot
from casa_plots.times import clock, day_of

# Conditions on rows of a MeasurementSet by which only the rows of one value are read.
_CONDITIONS: Final = {
    Axis.SCAN: "SCAN_NUMBER=={0}",
    Axis.FIELD: "FIELD_ID=={0}",
    Axis.OBSERVATION: "OBSERVATION_ID=={0}",
    Axis.ANTENNA1: "ANTENNA1=={0}",
    Axis.ANTENNA2: "ANTENNA2=={0}",
    Axis.ANTENNA: "(ANTENNA1=={0} || ANTENNA2=={0})",
}


@dataclass(slots=True, eq=False)
class Family:
    """A plot, what is read for it, and what is known of its data.

    Attributes
    ----------
    plot : Plot
        What is drawn.
    reading : Reading
        All points.
    open_source : callable
        From `Asked` to `Source`, for the points of one value.
    measurement_set : bool
        Whether the table is one; calibration tables are small and read whole.
    """

    plot: Plot
    reading: Reading
    open_source: Opener
    measurement_set: bool = True
    _values: tuple[float, ...] | None = None
    _categories: tuple[int, ...] | None = None
    _common: dict[Quantity, Limits] | None = None
    _narrow: dict[float, Reading] = field(default_factory=dict)
    _flagger: Flagger | None = None

    @property
    def source(self) -> Source:
        """All points."""
        return self.reading.source

    @property
    def flagger(self) -> Flagger:
        """What flags its points, and takes it back: one for all pages."""
        if self._flagger is None:
            self._flagger = Flagger(self.plot.asked, opening=self.open_source)
        return self._flagger

    @property
    def values(self) -> tuple[float, ...]:
        """The values that have a plot each; one pass over the data, without visibilities."""
        over = self.plot.iteration.over if self.plot.iteration else None
        if self._values is None:
            self._values = () if over is None else tuple(_distinct(self.reading, over))
        return self._values

    @property
    def categories(self) -> tuple[int, ...]:
        """The whole numbers of the quantity that gives colour, in order; empty without one."""
        if self._categories is None:
            colour = self.plot.colour
            wanted = colour is not None and self.named(colour)
            self._categories = (
                tuple(int(each) for each in _distinct(self.reading, colour))
                if colour is not None and wanted
                else ()
            )
        return self._categories

    @property
    def common(self) -> dict[Quantity, Limits]:
        """Limits of all values together; one pass over the data."""
        if self._common is None:
            plot = self.plot
            found = survey(
                self.reading.blocks(plot.quantities), (plot.x, *(each.y for each in plot.layers))
            )
            self._common = {
                each: (found.all if _flags_shown(plot, each) else found.plain).get(each, Limits())
                for each in (plot.x, *(layer.y for layer in plot.layers))
            }
        return self._common

    def named(self, quantity: Quantity) -> bool:
        """Whether a quantity has whole numbers that stand for something."""
        return quantity.axis in CATEGORICAL or self.source.names(quantity) is not None

    def name(self, quantity: Quantity, value: float) -> str:
        """Return what a value is called."""
        names = self.source.names(quantity)
        if names is not None and 0 <= int(value) < len(names) and names[int(value)]:
            return names[int(value)]
        if quantity.axis is Axis.TIME:
            return f"{day_of(value)} {clock(value, 0.1)}"
        return f"{value:g}" if value != int(value) else str(int(value))

    def part(self, value: float | None) -> Part:
        """Return the points of one value; all of them for None."""
        if value is None or self.plot.iteration is None:
            return Part(self.reading)
        over = self.plot.iteration.over
        if self.reading.big and (asked := self._narrowed(over, value)) is not None:
            if value not in self._narrow:
                # One page at a time: what was read for another one is not worth its memory.
                self._narrow = {value: Reading(self.open_source(asked))}
            return Part(self._narrow[value], over, value)
        return Part(self.reading, over, value)

    def forget(self) -> None:
        """Let go of what was read: the table has changed."""
        self.reading.forget()
        self._narrow.clear()
        self._common = None

    def _narrowed(self, over: Quantity, value: float) -> Asked | None:
        """Return what selects the rows of one value, None where averaging mixes values."""
        asked = self.plot.asked
        condition = _CONDITIONS.get(over.axis)
        if condition is None or not self.measurement_set or mixes(asked, over.axis):
            return None
        text = condition.format(int(value))
        whole = f"({asked.selection.msselect}) && {text}" if asked.selection.msselect else text
        return replace(asked, selection=replace(asked.selection, msselect=whole))


def mixes(asked: Asked, axis: Axis) -> bool:
    """Whether an averaged point may be made from rows with several values of a quantity."""
    averaging = asked.averaging
    mixed = {
        Axis.SCAN: averaging.scan or averaging.field,
        Axis.FIELD: averaging.field,
        Axis.OBSERVATION: averaging.scan or averaging.field,
    }
    return mixed.get(axis, averaging.baseline or averaging.antenna)


def _flags_shown(plot: Plot, quantity: Quantity) -> bool:
    return any(
        each.flagged is not None for each in plot.layers if quantity in {plot.x, each.y}
    )  # fmt: skip


def _distinct(reading: Reading, quantity: Quantity) -> list[float]:
    found: set[float] = set()
    for block in reading.blocks((quantity,)):
        values = np.unique(block.values[quantity])
        found.update(float(each) for each in values[np.isfinite(values)])
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is in one place of a page: plots with a value each, or None for all their points."""

    place: tuple[int, int]
    content: tuple[tuple[Family, float | None], ...]


def page_count(families: Sequence[Family], rows: int, columns: int) -> int:
    """Return how many pages the values of plots need on a grid."""
    needed = 1
    for each in families:
        if each.plot.iteration is not None:
            cells = len(_cells_from(each.plot.place, rows, columns))
            needed = max(needed, -(-len(each.values) // cells))
    return needed


def page(families: Sequence[Family], rows: int, columns: int, number: int) -> list[Cell]:
    """Return what is on a page of the grid, by place."""
    found: dict[tuple[int, int], list[tuple[Family, float | None]]] = {}
    for family in families:
        for place, value in _placed(family, rows, columns, number):
            found.setdefault(place, []).append((family, value))
    return [Cell(place, tuple(found[place])) for place in sorted(found)]


def _placed(
    family: Family, rows: int, columns: int, number: int
) -> Iterator[tuple[tuple[int, int], float | None]]:
    if family.plot.iteration is None:
        yield family.plot.place, None
        return
    cells = _cells_from(family.plot.place, rows, columns)
    values = family.values[number * len(cells) : (number + 1) * len(cells)]
    yield from zip(cells, values, strict=False)


def _cells_from(place: tuple[int, int], rows: int, columns: int) -> list[tuple[int, int]]:
    """Return the places that an iterated plot fills: its own and what follows, row by row."""
    every = [(row, column) for row in range(rows) for column in range(columns)]
    return [each for each in every if each >= place]
