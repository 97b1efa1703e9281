"""Names beside points, where they cover neither each other nor a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Directions in the order of preference: to the right first, as people read.
_DIRECTIONS: Final = np.radians([0, 180, 90, 270, 45, 315, 135, 225, 20, 340, 160, 200, 70, 290])
_DISTANCES: Final = (1.0, 2.2, 4.0, 6.5, 10.0, 15.0)
_NEAR: Final = 2
_GAP: Final = 0.7  # between point and label, of a label's height


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label is: its centre in pixels, and whether a line must say what it belongs to."""

    x: float
    y: float
    far: bool


def places(points: Array, sizes: Array, bounds: tuple[float, float], gap: float) -> list[Place]:
    """Return where labels can be put.

    The most crowded points choose first; each takes the first place, going outwards, that is free,
    else the one that covers least.

    Parameters
    ----------
    points : ndarray
        ``(labels, 2)``: pixels.
    sizes : ndarray
        ``(labels, 2)``: widths and heights of the labels in pixels.
    bounds : tuple of float
        Width and height that labels have to stay in.
    gap : float
        Pixels between a point and its label.
    """
    found: list[Place | None] = [None] * len(points)
    # Boxes as left, bottom, right, top: those of the points are taken from the start.
    taken = np.concatenate([points - gap * 0.7, points + gap * 0.7], axis=1)
    for index in _by_crowd(points):
        candidates = [
            _candidate(points[index], sizes[index], direction, distance * gap)
            for distance in _DISTANCES
            for direction in _DIRECTIONS
        ]
        boxes = np.array(candidates)
        boxes = np.concatenate([boxes - sizes[index] / 2, boxes + sizes[index] / 2], axis=1)
        cost = _covered(boxes, taken) + _outside(boxes, bounds)
        best = int(np.argmax(cost <= 0)) if np.any(cost <= 0) else int(np.argmin(cost))
        centre = candidates[best]
        far = best >= _NEAR * len(_DIRECTIONS)
        found[index] = Place(float(centre[0]), float(centre[1]), far)
        taken = np.concatenate([taken, boxes[best : best + 1]])
    return [each for each in found if each is not None]


def _by_crowd(points: Array) -> list[int]:
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    crowd = np.sort(apart, axis=1)[:, : min(4, len(points))].sum(axis=1)
    return [int(each) for each in np.argsort(crowd, kind="stable")]


def _candidate(point: Array, size: Array, direction: float, distance: float) -> Array:
    """Return the centre of a label whose edge is a distance away from the point."""
    way = np.array([np.cos(direction), np.sin(direction)])
    # A box touches its circle with a side or a corner: half its size in the direction's signs.
    half = size / 2 * np.where(np.abs(way) < 1e-9, 0.0, np.clip(way * 1.6, -1, 1))  # noqa: PLR2004
    return np.asarray(point + way * distance + half)


def _covered(boxes: Array, taken: Array) -> Array:
    """Return how much of what is taken each box would cover, in square pixels."""
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], taken[None, :, 2:])
    return np.asarray(np.prod(np.clip(high - low, 0, None), axis=-1).sum(axis=1))


def _outside(boxes: Array, bounds: tuple[float, float]) -> Array:
    over = np.clip(-boxes[:, :2], 0, None) + np.clip(boxes[:, 2:] - np.array(bounds), 0, None)
    return np.asarray(over.sum(axis=1) * 100)


def settle(figure: Figure) -> None:
    """Arrange what is on a figure so far, and keep that: pixels mean something from now on."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def label(axes: Axes, points: Array, texts: Sequence[str], *, size: float, colour: str) -> None:
    """Write texts beside points of axes whose limits are settled.

    Parameters
    ----------
    axes : Axes
        Their figure's layout is settled, see `settle`.
    points : ndarray
        ``(labels, 2)``: in the coordinates of the axes' data.
    texts : sequence of str
        One each.
    size : float
        Of the font in points.
    colour : str
        Of text and lines.
    """
    if not texts:
        return
    box = axes.get_window_extent()
    pixels = axes.transData.transform(points) - np.array([box.x0, box.y0])
    notes = [
        _write(axes, point, text, size, colour) for point, text in zip(points, texts, strict=True)
    ]
    extents = [Text.get_window_extent(each) for each in notes]  # an annotation's has its line
    sizes = np.array([[each.width, each.height] for each in extents])
    found = places(pixels, sizes, (box.width, box.height), _GAP * float(sizes[:, 1].mean()))
    figure = axes.get_figure(root=True)
    # In points, because a PDF has other pixels.
    scale = 72 / (figure.dpi if figure is not None else 72)
    for note, place, pixel in zip(notes, found, pixels, strict=True):
        note.set_position(((place.x - pixel[0]) * scale, (place.y - pixel[1]) * scale))
        if note.arrow_patch is not None:
            note.arrow_patch.set_visible(place.far)


def _write(axes: Axes, point: Array, text: str, size: float, colour: str) -> Annotation:
    return axes.annotate(
        text,
        xy=(float(point[0]), float(point[1])),
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        size=size,
        color=colour,
        arrowprops={
            "arrowstyle": "-",
            "color": colour,
            "linewidth": 0.5,
            "alpha": 0.6,
            "shrinkA": 1,
            "shrinkB": 4,
        },
    )
