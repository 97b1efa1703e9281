"""Points that are made as they are read: any number of them, in little memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from casa_plots.asked import Asked
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.blocks import Block
from casa_plots.plotms import Board
from casa_plots.plotms.iteration import Family
from casa_plots.plotms.reading import Reading
from casa_plots.plotms.request import Layer, Plot
from casa_plots.plotms.view import PageView
from numpy.typing import NDArray

AMP = Quantity(Axis.AMP, Column.DATA)
TIME, SCAN, UVDIST = Quantity(Axis.TIME), Quantity(Axis.SCAN), Quantity(Axis.UVDIST)
START = 4.3e9 + 1.25  # MJD seconds


@dataclass
class Made:
    """A source whose values are given, or repeated so many times.

    Attributes
    ----------
    values : mapping
        By quantity; they broadcast to `shape`.
    repeat : int
        How many blocks there are; each has a scan, and times of its own.
    """

    values: Mapping[Quantity, NDArray[Any]]
    shape: tuple[int, int, int]
    flagged: NDArray[np.bool_]
    repeat: int = 1
    categories: Mapping[Quantity, Sequence[str]] = field(default_factory=dict)
    path: Path = Path("made.ms")
    time_scale: str = "UTC"
    description: str = ""
    passes: int = 0

    @property
    def points(self) -> int:
        return int(np.prod(self.shape)) * self.repeat

    def names(self, quantity: Quantity) -> Sequence[str] | None:
        return self.categories.get(quantity)

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        self.passes += 1
        for number in range(self.repeat):
            values = {each: self.values[each] for each in quantities if each != SCAN}
            if TIME in values:
                values[TIME] = values[TIME] + 100.0 * number
            if SCAN in quantities:
                values[SCAN] = np.full((1, 1, 1), number)
            rows = np.arange(self.shape[0])
            yield Block(self.shape, values, self.flagged, rows, np.arange(self.shape[1])[None])


def made(amplitudes: Any, times: Any = None, flagged: Any = None, **others: Any) -> Made:
    """Points of one channel and one correlation: a row for each amplitude."""
    y = np.asarray(amplitudes, np.float32).reshape(-1, 1, 1)
    x = np.arange(len(y), dtype=float) if times is None else np.asarray(times, float)
    flags = (
        np.zeros(y.shape, bool) if flagged is None else np.asarray(flagged, bool).reshape(y.shape)
    )
    values: dict[Quantity, NDArray[Any]] = {AMP: y, TIME: START + x.reshape(-1, 1, 1)}
    return Made(values, y.shape, flags, **others)


def family(source: Made, **plot: Any) -> Family:
    options: dict[str, Any] = {"x": TIME, "layers": (Layer(AMP),), **plot}
    return Family(Plot(Asked("made.ms"), **options), Reading(source), lambda _: source, False)


def view(source: Made, **plot: Any) -> PageView:
    board = Board()
    board.put(0, family(source, **plot), (1, 1), clear=True)
    return board.views().page(0)
