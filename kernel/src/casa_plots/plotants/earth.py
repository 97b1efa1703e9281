"""The Earth as a ball, with an array on it."""

import math
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from casa_plots import style
from casa_plots.antennas import Array, axes_at, geodetic
from casa_plots.picture import Region
from casa_plots.plotants.layout import Layout, longest
from casa_plots.plotants.views import FRAME, SMALL, dots, set_up

_EARTH: Final = 6371.0  # km, mean radius


def earth(figure: Figure, look: style.Style, layout: Layout, region: Region | None) -> style.Drawn:
    """Draw the Earth as a ball, seen from far above the middle of the array."""
    axes = figure.add_subplot()
    itrf = np.array([each.position for each in layout.antennas])
    middle = itrf.mean(axis=0)
    longitude, latitude = geodetic(middle * 6.371e6 / np.linalg.norm(middle))
    turned = itrf @ axes_at(longitude, latitude).T / 1000
    axes.set_xlabel("East, seen from above the middle of the array (km)")
    axes.set_ylabel("North (km)")
    set_up(axes, layout, turned[:, :2], region)
    axes.grid(visible=False)
    _graticule(axes, longitude, latitude, look)
    behind = turned[:, 2] < 0
    dots(axes, turned[:, :2], layout.labels, look, hollow=behind)
    hidden = f" {int(behind.sum())} are behind the horizon." if behind.any() else ""
    return style.Drawn(
        {FRAME: axes},
        f"{layout.title}: {longest(layout)}, on the Earth seen from above "
        f"{_degrees(latitude, 'NS')} {_degrees(longitude, 'EW')}.{hidden}",
    )


def _graticule(axes: Axes, longitude: float, latitude: float, look: style.Style) -> None:
    """Draw meridians and parallels of a ball, its edge, and their degrees where they leave."""
    circle = np.linspace(0, 2 * np.pi, 361)
    axes.plot(_EARTH * np.cos(circle), _EARTH * np.sin(circle), color=look.faint, linewidth=1)
    frame = axes_at(longitude, latitude)
    width = abs(axes.get_xlim()[1] - axes.get_xlim()[0])
    step = next((each for each in (1, 2, 5, 10) if each * 111 * 6 > width), 15)  # km per degree
    along = np.radians(np.linspace(-180, 180, 721))
    for degree in range(-90 + step, 90, step):
        _line(axes, frame, along, np.full_like(along, np.radians(degree)), look)
        _edge(axes, frame, along, np.full_like(along, np.radians(degree)), (degree, "NS"), look)
    up = np.radians(np.linspace(-90, 90, 361))
    for degree in range(-180, 180, step):
        _line(axes, frame, np.full_like(up, np.radians(degree)), up, look)
        _edge(axes, frame, np.full_like(up, np.radians(degree)), up, (degree, "EW"), look)


def _seen(frame: Array, longitudes: Array, latitudes: Array) -> Array:
    """Return points of the ball as seen, ``(points, 2)`` in km; NaN behind the horizon."""
    ball = np.stack(
        [
            np.cos(latitudes) * np.cos(longitudes),
            np.cos(latitudes) * np.sin(longitudes),
            np.sin(latitudes),
        ],
        axis=1,
    )
    turned = ball @ frame.T * _EARTH
    turned[turned[:, 2] < 0] = np.nan
    return np.asarray(turned[:, :2])


def _line(axes: Axes, frame: Array, longitudes: Array, latitudes: Array, look: style.Style) -> None:
    seen = _seen(frame, longitudes, latitudes)
    axes.plot(seen[:, 0], seen[:, 1], color=look.grid, linewidth=0.8, zorder=1, scalex=False)


def _edge(
    axes: Axes,
    frame: Array,
    longitudes: Array,
    latitudes: Array,
    said: tuple[int, str],
    look: style.Style,
) -> None:
    """Write a line's degrees where it leaves the picture: parallels right, meridians at the top."""
    seen = _seen(frame, longitudes, latitudes)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    inside = (seen[:, 0] > left) & (seen[:, 0] < right) & (seen[:, 1] > bottom) & (seen[:, 1] < top)
    if not inside.any():
        return
    parallel = said[1] == "NS"
    line = np.flatnonzero(inside)
    place = seen[line[np.argmax(seen[line, 0 if parallel else 1])]]
    axes.annotate(
        _degrees(np.radians(said[0]), said[1]),
        xy=(float(place[0]), float(place[1])),
        xytext=(-2, 2) if parallel else (2, -2),
        textcoords="offset points",
        ha="right" if parallel else "left",
        va="bottom" if parallel else "top",
        color=look.faint,
        size=SMALL,
        annotation_clip=True,
    )


def _degrees(radians: float, signs: str) -> str:
    degrees = math.degrees(radians)
    return f"{abs(degrees):.0f}° {signs[degrees < 0]}" if round(degrees) else "0°"
