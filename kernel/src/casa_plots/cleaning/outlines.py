"""Outlines and pixels: which pixels somebody drew around, and where the edge of a mask is."""

import numpy as np
from numpy.typing import NDArray

from casa_plots.cleaning.errors import InputError
from casa_plots.inside import Outline, Shape

Mask = NDArray[np.bool_]
Ring = list[tuple[float, float]]


def inside(outline: Outline, shape: tuple[int, int]) -> Mask:
    """Return which pixels have their centre in an outline, its edge included.

    Parameters
    ----------
    outline : Outline
        In zero-based pixel coordinates.
    shape : tuple of int
        Pixels along x and y.

    Returns
    -------
    ndarray of bool
        ``(nx, ny)``.

    Raises
    ------
    InputError
        The outline has too few points, or one that is no number.
    """
    points = np.asarray(outline.points, dtype=np.float64).reshape(-1, 2)
    least = {Shape.POINT: 1, Shape.RECTANGLE: 2, Shape.ELLIPSE: 2, Shape.POLYGON: 3}[outline.shape]
    if len(points) < least or not np.isfinite(points).all():
        raise InputError(f"a {outline.shape} of {len(points)} points has no inside: draw it again.")
    x, y = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    if outline.shape is Shape.POINT:
        column, row = np.floor(points[0] + 0.5)
        return np.asarray((x == column) & (y == row))
    if outline.shape is Shape.POLYGON:
        return _polygon(points, x, y)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    if outline.shape is Shape.RECTANGLE:
        return np.asarray((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
    middle = (left + right) / 2, (bottom + top) / 2
    half = max((right - left) / 2, 1e-9), max((top - bottom) / 2, 1e-9)
    return np.asarray(((x - middle[0]) / half[0]) ** 2 + ((y - middle[1]) / half[1]) ** 2 <= 1)


def _polygon(points: NDArray[np.float64], x: NDArray[np.int_], y: NDArray[np.int_]) -> Mask:
    """Count the edges to the right of each pixel: an odd number means inside."""
    found = np.zeros((x.size, y.size), dtype=bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
        at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        found ^= crosses & (x < at)
    return found


def edges(mask: Mask) -> list[Ring]:
    """Return closed lines along the edges of the pixels that are in a mask.

    The inside is at the left of each line, so holes are lines too; corners only.

    Parameters
    ----------
    mask : ndarray of bool
        ``(nx, ny)``.
    """
    padded = np.pad(mask, 1)
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    # A corner (i, j) is at pixel coordinates i - 0.5, j - 0.5.
    for axis, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
        beside = np.roll(padded, -sign, axis=axis)
        for i, j in np.argwhere(padded & ~beside) - 1:
            start, end = _side(int(i), int(j), axis, sign)
            steps.setdefault(start, []).append(end)
    rings = []
    while steps:
        rings.append(_ring(steps))
    return [[(x - 0.5, y - 0.5) for x, y in ring] for ring in rings]


def _side(i: int, j: int, axis: int, sign: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the side of a pixel towards a neighbour, with the pixel at its left."""
    if axis == 0:
        return ((i + 1, j), (i + 1, j + 1)) if sign > 0 else ((i, j + 1), (i, j))
    return ((i + 1, j + 1), (i, j + 1)) if sign > 0 else ((i, j), (i + 1, j))


def _ring(steps: dict[tuple[int, int], list[tuple[int, int]]]) -> list[tuple[int, int]]:
    start = next(iter(steps))
    ring, here, before = [], start, (0, 0)
    while True:
        ends = steps[here]
        # Where two pixels touch at a corner one turns left, so that each has a line of its own.
        end = max(ends, key=lambda e: before[0] * (e[1] - here[1]) - before[1] * (e[0] - here[0]))
        ends.remove(end)
        if not ends:
            del steps[here]
        step = end[0] - here[0], end[1] - here[1]
        if step != before:
            ring.append(here)
        here, before = end, step
        if here == start:
            return ring
