"""The array on a plane, with distances as they are or logarithmic."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from casa_plots import style
from casa_plots.antennas import Array
from casa_plots.labels import label, settle
from casa_plots.picture import Format, Looking, Picture, Region
from casa_plots.plotants.layout import Layout, distance, longest, polar

FRAME: Final = "antennas"
SMALL: Final = 7.5
_LARGE: Final = 9.0
_CROWD: Final = 40
_KILOMETRES: Final = 10e3  # m; from here on axes are in km


Draw = Callable[[Figure, style.Style, Layout, Region | None], style.Drawn]
"""Draws an array on an empty figure: all of it, or a region of the frame ``antennas``."""


@dataclass(frozen=True, slots=True)
class ArrayView:
    """An array in one of the ways to draw it.

    Attributes
    ----------
    layout : Layout
        What is drawn.
    way : callable
        How.
    zoomable : bool
        Whether that way obeys a region.
    """

    layout: Layout
    way: Draw
    zoomable: bool = True

    @property
    def title(self) -> str:
        """See `View`."""
        return self.layout.title

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """See `View`."""

        def build(figure: Figure, look: style.Style) -> style.Drawn:
            return self.way(figure, look, self.layout, looking.regions.get(FRAME))

        return style.draw(looking, form, build)


def flat(figure: Figure, look: style.Style, layout: Layout, region: Region | None) -> style.Drawn:
    """Draw metres, or kilometres, east and north."""
    axes = figure.add_subplot()
    far = layout.extent > _KILOMETRES
    points = layout.positions[:, :2] / (1000 if far else 1)
    unit = "km" if far else "m"
    axes.set_xlabel(f"East ({unit})")
    axes.set_ylabel(f"North ({unit})")
    set_up(axes, layout, points, region)
    dots(axes, points, layout.labels, look)
    return style.Drawn(
        {FRAME: axes},
        f"{layout.title}: {longest(layout)}, drawn east and north of {layout.centre}.",
    )


def logarithmic(
    figure: Figure, look: style.Style, layout: Layout, region: Region | None
) -> style.Drawn:
    """Draw directions as they are, distances from the middle logarithmic; always all of it."""
    del region
    axes = figure.add_subplot(projection="polar")
    if not isinstance(axes, PolarAxes):  # what add_subplot returns depends on a string
        raise TypeError(type(axes))
    points = polar(layout.positions)
    _circles(axes, points, look)
    axes.set_title(layout.title, pad=14)
    settle(figure)
    dots(axes, points, layout.labels, look)
    return style.Drawn(
        {},
        f"{layout.title}: {longest(layout)}; directions from their median with north "
        "up and east to the right, and logarithmic distances.",
    )


def set_up(axes: Axes, layout: Layout, points: Array, region: Region | None) -> None:
    """Set title and limits: a square around all antennas, or the region that was asked for.

    The figure's layout is settled by it, and the limits are widened to show both axes in the same
    scale: matplotlib's own way would do so only at the end, after labels have been placed.
    """
    axes.set_title(layout.title)
    if region is not None:
        low = np.array([region.left, region.bottom])
        high = np.array([region.right, region.top])
    else:
        middle = (points.max(axis=0) + points.min(axis=0)) / 2
        half = max(float(np.ptp(points, axis=0).max()) * 0.58, 1e-3)
        low, high = middle - half, middle + half
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    figure = axes.get_figure(root=True)
    if figure is not None:
        settle(figure)
    box = axes.get_window_extent()
    pixels = np.array([box.width, box.height])
    half_sizes = pixels * np.max((high - low) / pixels) / 2
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half_sizes[0], middle[0] + half_sizes[0])
    axes.set_ylim(middle[1] - half_sizes[1], middle[1] + half_sizes[1])


def dots(
    axes: Axes,
    points: Array,
    labels: Sequence[str],
    look: style.Style,
    hollow: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None,
) -> None:
    """Draw antennas, those that are `hollow` as rings, and write their labels beside them."""
    face = [look.hue(0)] * len(points)
    if hollow is not None:
        face = [look.ground if each else look.hue(0) for each in hollow]
    axes.scatter(
        points[:, 0], points[:, 1], s=28, c=face, edgecolors=look.hue(0), linewidths=1, zorder=3
    )
    seen = np.ones(len(points), dtype=bool)
    if axes.name != "polar":
        low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
        seen = np.all((points >= low) & (points <= high), axis=1)
    label(
        axes,
        points[seen],
        [text for text, inside in zip(labels, seen, strict=True) if inside],
        size=SMALL if len(labels) > _CROWD else _LARGE,
        colour=look.text,
    )


def _circles(axes: PolarAxes, points: Array, look: style.Style) -> None:
    """Set north up, east right, and circles at round distances with their names."""
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    low = float(points[:, 1].min()) - 0.25
    high = float(points[:, 1].max()) + 0.2
    axes.set_ylim(low, high)
    rounds = [
        math.log10(digit * 10.0**power)
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in (1, 3)
    ]
    inside = [each for each in rounds if low < each < high]
    axes.set_yticks(inside, [distance(round(10**each, 3)) for each in inside])
    axes.set_rlabel_position(22.5)
    axes.tick_params(axis="y", labelcolor=look.faint, labelsize=SMALL)
    axes.set_xticks(np.radians(np.arange(0, 360, 45)), ["N", "", "E", "", "S", "", "W", ""])
