"""An axis: marks, their texts, its label, grid lines; each kind as one artist.

matplotlib's own axes make an artist of every tick, which takes longer than to draw millions of
points; the positions are known here (`ticks`).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from casa_plots.picture import Region, Size
from casa_plots.plotms.colours import Scheme
from casa_plots.plotms.layout import Fonts, width_of
from casa_plots.plotms.panel import Side
from casa_plots.plotms.request import Grid

_LONG, _SHORT = 5.0, 2.5  # points
_GAP = 3.0
_PIXEL = 72 / 100  # points in a pixel of the screen


class Where(Enum):
    """On which side of a panel an axis is."""

    BELOW = "below"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Paper:
    """What axes are drawn on: a figure, and where on it the data of the panel are."""

    figure: Figure
    place: Region
    size: Size
    scheme: Scheme
    fonts: Fonts

    @property
    def point(self) -> tuple[float, float]:
        """A point as parts of the width and height of the page."""
        return 1 / (72 * self.size.width), 1 / (72 * self.size.height)


def draw_axis(
    paper: Paper, side: Side, where: Where, tint: str | None, font: int, *, outer: bool = True
) -> None:
    """Draw the marks of an axis, and its words where it is an outer one.

    Parameters
    ----------
    tint : str or None
        Colour of the label.
    font : int
        Size of the label in points; 0 for what fits.
    """
    span = side.high - side.low
    for values, length, width in (
        (side.ticks.positions, _LONG, 0.8),
        (side.ticks.minor, _SHORT, 0.6),
    ):
        parts = (np.array(values, float) - side.low) / span
        lines = LineCollection(
            _strokes(paper, parts, where, length), colors=[paper.scheme.soft], linewidths=width,
            transform=paper.figure.transFigure,
        )  # fmt: skip
        paper.figure.add_artist(lines)
    if outer:
        _write(paper, side, where, tint or paper.scheme.ink, font or paper.fonts.label)


def _strokes(paper: Paper, parts: NDArray[np.float64], where: Where, length: float) -> list[Any]:
    place, (across, up) = paper.place, paper.point
    if where is Where.BELOW:
        x = place.left + parts * (place.right - place.left)
        return [[(each, place.bottom), (each, place.bottom - length * up)] for each in x]
    y = place.bottom + parts * (place.top - place.bottom)
    edge = place.left if where is Where.LEFT else place.right
    end = edge + (-length if where is Where.LEFT else length) * across
    return [[(edge, each), (end, each)] for each in y]


def _write(paper: Paper, side: Side, where: Where, colour: str, font: float) -> None:
    place, (across, up) = paper.place, paper.point
    span = side.high - side.low
    tick = paper.fonts.tick
    style: dict[str, Any] = {"color": paper.scheme.ink, "fontsize": tick}
    away = _LONG + _GAP
    if where is Where.BELOW:
        for value, text in zip(side.ticks.positions, side.ticks.texts, strict=True):
            x = place.left + (value - side.low) / span * (place.right - place.left)
            paper.figure.text(x, place.bottom - away * up, text, ha="center", va="top", **style)
        lines = max((text.count("\n") + 1 for text in side.ticks.texts), default=1)
        paper.figure.text(
            (place.left + place.right) / 2, place.bottom - (away + lines * tick * 1.25) * up,
            side.label, ha="center", va="top", color=colour, fontsize=font,
        )  # fmt: skip
        return
    sign, edge = (-1, place.left) if where is Where.LEFT else (1, place.right)
    near = "right" if where is Where.LEFT else "left"
    for value, text in zip(side.ticks.positions, side.ticks.texts, strict=True):
        y = place.bottom + (value - side.low) / span * (place.top - place.bottom)
        paper.figure.text(
            edge + sign * away * across, y, text, ha=near, va="center_baseline", **style
        )
    beyond = away + width_of(side.ticks.texts, tick) + _GAP
    paper.figure.text(
        edge + sign * beyond * across, (place.bottom + place.top) / 2, side.label, rotation=90,
        ha=near, va="center", rotation_mode="default", color=colour, fontsize=font,
    )  # fmt: skip


def draw_grid(
    axes: Axes, side: Side, major: Grid | None, minor: Grid | None, *, upright: bool
) -> None:
    """Draw the grid lines of an axis inside a panel, which is a unit square."""
    span = side.high - side.low
    for grid, values in ((minor, side.ticks.minor), (major, side.ticks.positions)):
        if grid is None:
            continue
        parts = [(each - side.low) / span for each in values]
        lines = [[(p, 0.0), (p, 1.0)] if upright else [(0.0, p), (1.0, p)] for p in parts]
        axes.add_collection(
            LineCollection(
                lines, colors=[grid.colour], linestyles=grid.style,
                linewidths=grid.width * _PIXEL, zorder=1,
            ),
            autolim=False,
        )  # fmt: skip
