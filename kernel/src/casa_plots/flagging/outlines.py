"""What is inside something that somebody drew: pure functions."""

from typing import Any

import numpy as np
from matplotlib.path import Path as Corners
from numpy.typing import NDArray

from casa_plots.errors import InvalidParameterError
from casa_plots.inside import Outline, Shape
from casa_plots.picture import Region

Values = NDArray[Any]

_CORNERS = 2
_TRIANGLE = 3


def around(outline: Outline) -> Region:
    """Return the smallest rectangle around an outline, with ``left <= right``.

    Raises
    ------
    InvalidParameterError
        It has too few points to be one, or a point that is not a number.
    """
    shape, points = outline.shape, np.asarray(outline.points, np.float64).reshape(-1, 2)
    if shape is Shape.POINT:
        raise InvalidParameterError("A point has no inside: draw a rectangle around it.")
    if shape is Shape.POLYGON and len(points) < _TRIANGLE:
        raise InvalidParameterError(f"A polygon of {len(points)} corners has no inside: draw 3.")
    if shape is not Shape.POLYGON and len(points) != _CORNERS:
        raise InvalidParameterError(
            f"A {shape} has two opposite corners, {len(points)} points were given."
        )
    if not np.isfinite(points).all():
        raise InvalidParameterError(f"The {shape} has a corner that is not a number.")
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Region(left, right, bottom, top)


def inside(outline: Outline, x: Values, y: Values) -> NDArray[np.bool_]:
    """Return which points are inside, its edge included.

    Parameters
    ----------
    outline : Outline
        What was drawn; a polygon that crosses itself is filled where its edges wind an odd number
        of times or more (matplotlib's rule for paths).
    x, y : ndarray
        Coordinates, which broadcast with each other; NaN is nowhere.

    Returns
    -------
    ndarray of bool
        Of the shape to which `x` and `y` broadcast.
    """
    region = around(outline)
    found = within(region, x, y)
    if outline.shape is Shape.RECTANGLE or not found.any():
        return found
    shape = found.shape
    chosen_x = np.broadcast_to(x, shape)[found].astype(np.float64)
    chosen_y = np.broadcast_to(y, shape)[found].astype(np.float64)
    width, height = region.right - region.left, region.top - region.bottom
    if not width or not height:
        return found  # it is a line
    # Between 0 and 1, whatever the units: seconds since 1858 lose digits in a product.
    across, up = (chosen_x - region.left) / width, (chosen_y - region.bottom) / height
    if outline.shape is Shape.ELLIPSE:
        found[found] = (across - 0.5) ** 2 + (up - 0.5) ** 2 <= 0.25  # noqa: PLR2004 - radius 1/2
    else:
        corners = np.asarray(outline.points, np.float64) - (region.left, region.bottom)
        path = Corners(corners / (width, height), closed=False)
        found[found] = path.contains_points(np.column_stack([across, up]), radius=1e-12)
    return found


def within(region: Region, x: Values, y: Values) -> NDArray[np.bool_]:
    """Return which points are in a rectangle, its edge included; it may be turned."""
    left, right = sorted((region.left, region.right))
    bottom, top = sorted((region.bottom, region.top))
    return np.asarray((x >= left) & (x <= right) & ((y >= bottom) & (y <= top)))
