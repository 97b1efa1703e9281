"""Points into pixels: counts per pixel and colour, block by block.

Plain numpy does it, and datashader does not: on this problem ``bincount`` takes 7 ns of processor
time a point and datashader 11 ns (2.56 million amplitudes of a block against time), and it needs
neither the import of datashader nor its compiler in a fresh kernel, which together are seconds.

Only what differs along an axis is computed along it: a time that a whole row has is turned into a
pixel once a row. What is as big as the block exists once, as whole numbers of 32 bits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.picture import Region

MARKED: Final = 20_000  # so many points are drawn as symbols; more are drawn as pixels
_PIECE: Final = 1_000_000  # points that are counted in one step
_AT_ONCE: Final = 8_000_000  # cells of all colours that are counted in one step


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels of one plot.

    Attributes
    ----------
    shown : Region
        What is at its edges; turned axes are allowed.
    width, height : int
        Pixels.
    """

    shown: Region
    width: int
    height: int

    @property
    def cells(self) -> int:
        """How many pixels there are."""
        return self.width * self.height

    def cell(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int32]:
        """Return the pixel of each point, counted row by row from below.

        Parameters
        ----------
        x, y : ndarray
            They broadcast to the shape of the result.

        Returns
        -------
        ndarray of int32
            `cells` or more where a point is outside, or not a number.
        """
        shown = self.shown
        row = _place(y, shown.bottom, shown.top, self.height)
        outside = row.view(np.uint32) >= self.height  # what is negative is great without a sign
        row *= self.width
        np.putmask(row, outside, self.cells)
        column = _place(x, shown.left, shown.right, self.width)
        np.putmask(column, column.view(np.uint32) >= self.width, self.cells)
        if row.shape == np.broadcast_shapes(x.shape, y.shape):
            np.add(row, column, out=row)
            return row
        return np.asarray(np.add(row, column, dtype=np.int32))


def _place(values: NDArray[Any], low: float, high: float, count: int) -> NDArray[np.int32]:
    """Return where values are in parts of a length, any other number where they are outside.

    What is on the upper edge belongs to it. Numbers of 32 bits stay so: they are no more exact than
    what comes out.
    """
    kind = np.float32 if values.dtype == np.float32 else np.float64
    scale = count * (1 - 2e-7) / (high - low)
    with np.errstate(invalid="ignore", over="ignore"):
        # One more, and less again as a whole number: what is below by a part would be cut to 0.
        scaled = np.multiply(values, scale, dtype=kind)
        scaled += 1 - low * scale
        index: NDArray[np.int32] = scaled.astype(np.int32)
    index -= 1
    return index


class Counts:
    """How many points there are in each pixel, for each of some colours.

    Parameters
    ----------
    grid : Grid
        The pixels.
    colours : int
        How many colours there are.
    keep : int
        Up to so many points are kept themselves.

    Attributes
    ----------
    counts : ndarray of uint32
        ``(colours, height, width)``, the lowest row first.
    total : int
        Points inside.
    """

    def __init__(self, grid: Grid, colours: int = 1, keep: int = MARKED) -> None:
        self.grid = grid
        self.counts = np.zeros((colours, grid.height, grid.width), np.uint32)
        self.total = 0
        self._keep = keep
        self._kept: list[tuple[NDArray[Any], ...]] | None = []

    @property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]] | None:
        """The points themselves as x, y and colour; None if there were too many."""
        if self._kept is None:
            return None
        if not self._kept:
            return np.empty(0), np.empty(0), np.empty(0, np.int32)
        x, y, colour = (np.concatenate(each) for each in zip(*self._kept, strict=True))
        return x, y, colour

    def add(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        hidden: NDArray[np.bool_],
        colour: NDArray[np.int32] | None = None,
    ) -> None:
        """Count the points of a block.

        Parameters
        ----------
        x, y : ndarray
            They, and all others, broadcast to one shape.
        hidden : ndarray of bool
            Which points do not count.
        colour : ndarray of int32, optional
            The colour of each point; 0 where there is only one.
        """
        given = [x, y, hidden] if colour is None else [x, y, hidden, colour]
        for part in pieces(given):
            self._add(*part)

    def _add(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        hidden: NDArray[np.bool_],
        colour: NDArray[np.int32] | None = None,
    ) -> None:
        index = self.grid.cell(x, y)
        shape = np.broadcast_shapes(index.shape, hidden.shape)
        if colour is not None:
            shape = np.broadcast_shapes(shape, colour.shape)
        if index.shape != shape:
            index = np.broadcast_to(index, shape).copy()
        cells = self.grid.cells
        if hidden.any():
            np.putmask(index, np.broadcast_to(hidden, shape), cells)
        np.minimum(index, cells, out=index)
        before = self.total
        self._count(index, colour, shape)
        if self._kept is not None:
            self._retain(index, x, y, colour, self.total - before)

    def _count(
        self, index: NDArray[np.int32], colour: NDArray[np.int32] | None, shape: tuple[int, ...]
    ) -> None:
        cells, colours = self.grid.cells, len(self.counts)
        if colour is None or colours == 1:
            self._take(0, np.bincount(index.ravel(), minlength=cells + 1)[:cells])
        elif (cells + 1) * colours <= _AT_ONCE:
            both = (colour * np.int32(cells + 1) + index).ravel()
            found = np.bincount(both, minlength=(cells + 1) * colours).reshape(colours, -1)
            for n in range(colours):
                self._take(n, found[n, :cells])
        else:
            whole = np.broadcast_to(colour, shape)
            for n in np.unique(colour):
                part = np.bincount(index[whole == n], minlength=cells + 1)[:cells]
                self._take(int(n), part)

    def _take(self, colour: int, found: NDArray[np.int64]) -> None:
        self.total += int(found.sum())
        flat = self.counts[colour].reshape(-1)
        np.add(flat, found, out=flat, casting="unsafe")

    def _retain(
        self,
        index: NDArray[np.int32],
        x: NDArray[Any],
        y: NDArray[Any],
        colour: NDArray[np.int32] | None,
        count: int,
    ) -> None:
        if self._kept is None or self.total > self._keep:
            self._kept = None
        elif count:
            inside = index < self.grid.cells
            taken = [np.broadcast_to(each, index.shape)[inside] for each in (x, y)]
            hue = np.zeros(count, np.int32)
            if colour is not None:
                hue = np.broadcast_to(colour, index.shape)[inside]
            self._kept.append((*(each.astype(float) for each in taken), hue))


def pieces(arrays: Sequence[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    """Yield parts of arrays that broadcast to one shape, few rows at a time.

    What is computed of a part stays in the processor's cache, which halves the time.
    """
    shape = np.broadcast_shapes(*(each.shape for each in arrays))
    step = max(1, _PIECE // max(int(np.prod(shape[1:])), 1))
    for start in range(0, shape[0], step):
        rows = slice(start, start + step)
        yield [each[rows] if each.shape[0] > 1 else each for each in arrays]


def strongest(counts: NDArray[np.uint32]) -> NDArray[np.int16]:
    """Return which colour each pixel has: the one with the greatest part of its points there.

    A colour of few points is so not hidden by one of many.

    Parameters
    ----------
    counts : ndarray of uint32
        ``(colours, height, width)``.

    Returns
    -------
    ndarray of int16
        ``(height, width)``; -1 where there is no point.
    """
    best = np.full(counts.shape[1:], -1, np.int16)
    strength = np.zeros(counts.shape[1:], np.float32)
    totals = counts.sum(axis=(1, 2), dtype=np.int64)
    for n in np.argsort(-totals, kind="stable"):  # of equal ones the rarer is seen
        if totals[n]:
            part = counts[n] / np.float32(totals[n])
            more = (part >= strength) & (part > 0)
            best[more] = n
            strength[more] = part[more]
    return best


def spread(image: NDArray[Any], empty: NDArray[np.bool_], offsets: Sequence[tuple[int, int]]) -> (
    tuple[NDArray[Any], NDArray[np.bool_]]
):  # fmt: skip
    """Let pixels grow into empty ones around them, so that few points can be seen.

    Parameters
    ----------
    image : ndarray
        ``(height, width, ...)``.
    empty : ndarray of bool
        ``(height, width)``: which pixels have nothing.
    offsets : sequence of tuple of int
        Rows and columns by which a pixel is repeated; near ones first.

    Returns
    -------
    tuple of ndarray
        Image and emptiness afterwards.
    """
    grown, free = image.copy(), empty.copy()
    height, width = empty.shape
    for down, right in offsets:
        if abs(down) >= height or abs(right) >= width:
            continue
        to = (_part(down, height), _part(right, width))
        of = (_part(-down, height), _part(-right, width))
        fill = free[to] & ~empty[of]
        grown[to][fill] = image[of][fill]
        free[to] &= ~fill
    return grown, free


def _part(shift: int, length: int) -> slice:
    return slice(max(shift, 0), length + min(shift, 0))


def disc(pixels: int) -> list[tuple[int, int]]:
    """Return the offsets of a round dot of a diameter, near ones first, without the middle."""
    low, high = -((pixels - 1) // 2), pixels // 2
    centre = (low + high) / 2
    reach = (pixels / 2) ** 2
    found = [
        (row, column)
        for row in range(low, high + 1)
        for column in range(low, high + 1)
        if (row, column) != (0, 0) and (row - centre) ** 2 + (column - centre) ** 2 <= reach
    ]
    return sorted(found, key=lambda each: each[0] ** 2 + each[1] ** 2)
