"""Counts of points per pixel, made into an image in which dense and sparse places are both seen."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_FAINTEST: Final = 90  # opacity where there are fewest points, of 255


def mixed(
    counts: NDArray[np.uint32], colours: Sequence[tuple[float, float, float]]
) -> NDArray[np.uint8]:
    """Return an image of counts; its colours are mixed, its opacity grows with rank.

    A pixel is too little to be seen, so each point also counts in the eight pixels around its own.
    Counts are spread, not colours, so that what is drawn last does not cover the rest. The opacity
    is that of an equalised histogram: the part of all pixels that have as many points or fewer.

    Parameters
    ----------
    counts : ndarray of uint32
        ``(colours, height, width)``.
    colours : sequence of tuple of float
        Red, green and blue of each, 0 to 1.

    Returns
    -------
    ndarray of uint8
        ``(height, width, 4)``; transparent where there is no point.
    """
    total = np.zeros(counts.shape[1:], np.int64)
    colour = np.zeros((*total.shape, 3))
    for each, rgb in zip(counts, colours, strict=True):
        wide = _spread(each)
        total += wide
        colour += wide[..., None] * np.array(rgb)
    colour /= np.maximum(total, 1)[..., None]
    image = np.dstack([colour, _opacity(total)])
    return np.asarray(np.rint(255 * image), np.uint8)


def _spread(counts: NDArray[np.uint32]) -> NDArray[np.int64]:
    padded = np.pad(counts.astype(np.int64), 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:])


def _opacity(total: NDArray[np.int64]) -> NDArray[Any]:
    opacity = np.zeros(total.shape)
    levels, places, pixels = np.unique(total[total > 0], return_inverse=True, return_counts=True)
    if len(levels):
        part = np.cumsum(pixels) / pixels.sum()
        low = _FAINTEST / 255
        rank = (part - part[0]) / (1 - part[0]) if len(levels) > 1 else np.ones(1)
        opacity[total > 0] = (low + (1 - low) * rank)[places]
    return opacity
