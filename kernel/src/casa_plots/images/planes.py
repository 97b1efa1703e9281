"""Reading one plane of an image, no more of it than is seen, and no finer than it is seen."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.images.described import Described, Image

# Pixels that are in memory at once, before they are averaged.
_STRIP: Final = 1 << 23
# Pixels that limits and noise are estimated from.
_SAMPLE: Final = 1 << 20
_SAMPLED_PLANES: Final = 5


@dataclass(frozen=True, slots=True)
class Cut:
    """Which plane of an image.

    Attributes
    ----------
    x, y : int
        The axes that lie along the picture's.
    at : tuple of int
        A pixel for each axis; those of `x` and `y` mean nothing.
    """

    x: int
    y: int
    at: tuple[int, ...]

    def moved(self, axis: int, pixel: int) -> "Cut":
        """Return the same with another pixel along an axis."""
        return Cut(self.x, self.y, (*self.at[:axis], pixel, *self.at[axis + 1 :]))


@dataclass(frozen=True, slots=True)
class Window:
    """Pixels from `left` and `bottom` until before `right` and `top`."""

    left: int
    right: int
    bottom: int
    top: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.top - self.bottom, self.right - self.left


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a plane is in the picture.

    Attributes
    ----------
    values : ndarray
        ``(rows, columns)``, the lowest row first; NaN where nothing is.
    window : Window
        Which pixels they are of.
    blocks : tuple of int
        How many pixels of the image one is the mean of, along x and y.
    """

    values: NDArray[Any]
    window: Window
    blocks: tuple[int, int]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge in pixel coordinates."""
        rows, columns = self.values.shape
        x, y = self.window.left - 0.5, self.window.bottom - 0.5
        return x, x + columns * self.blocks[0], y, y + rows * self.blocks[1]


def whole(described: Described, cut: Cut) -> Window:
    """Return the window of all pixels of a plane."""
    return Window(0, described.shape[cut.x], 0, described.shape[cut.y])


def read_plane(
    image: Image,
    cut: Cut,
    window: Window,
    pixels: tuple[int, int] | None = None,
    part: str = "amp",
) -> Seen:
    """Read a plane, or a window of it.

    Where the picture has fewer pixels than the window, each value is the mean of a block: that
    keeps the flux density of what is small and the noise honest, which every n-th pixel does not
    (it may miss a source) and the maximum does not (it lifts the noise). NaN is where a whole block
    is NaN. Blocks are counted from pixel 0, so that they stay where they are when one pans.

    Parameters
    ----------
    image : Image
        The image.
    cut : Cut
        The plane.
    window : Window
        Which pixels of it, inside the plane.
    pixels : tuple of int, optional
        Width and height in the picture; without, nothing is averaged.
    part : str
        Of complex numbers: ``amp``, ``phase`` (degrees), ``real``, ``imag``, or ``complex``: both.
    """
    rows, columns = window.shape
    width, height = pixels or (columns, rows)
    bx, by = max(1, columns // max(1, width)), max(1, rows // max(1, height))
    window = Window(
        window.left // bx * bx,
        min(-(-window.right // bx) * bx, image.described.shape[cut.x]),
        window.bottom // by * by,
        min(-(-window.top // by) * by, image.described.shape[cut.y]),
    )
    strips = [
        _part(block_means(_strip(image, cut, strip, part), bx, by), part)
        for strip in _strips(image.described, cut, window, by)
    ]
    return Seen(np.concatenate(strips), window, (bx, by))


def block_means(values: NDArray[Any], bx: int, by: int) -> NDArray[Any]:
    """Return the means of blocks of `by` rows and `bx` columns, of what is not NaN in each.

    Blocks at the end may be smaller.
    """
    if bx == by == 1:
        return values
    rows, columns = values.shape
    shape = (-(-rows // by), -(-columns // bx))
    missing = np.isnan(values)
    clean = np.where(missing, 0, values) if missing.any() else values
    total = np.zeros(shape, dtype=values.dtype)
    count = np.zeros(shape, dtype=np.int32)
    # A few additions of every n-th pixel are several times faster than a reduction of a 4-D view.
    for i in range(by):
        for j in range(bx):
            part = clean[i::by, j::bx]
            place = np.s_[: part.shape[0], : part.shape[1]]
            total[place] += part
            count[place] += 1 if clean is values else ~missing[i::by, j::bx]
    with np.errstate(invalid="ignore", divide="ignore"):
        means: NDArray[Any] = total / count.astype(values.real.dtype)
    return means


def sample(image: Image, cut: Cut, axis: int | None, part: str = "amp") -> NDArray[Any]:
    """Return some finite values to estimate limits and noise from.

    All of a small image; else the middle of some planes, so that it costs the same whatever the
    size of the image is, and does not depend on the plane that is shown.

    Parameters
    ----------
    image, cut, part
        As for `read_plane`.
    axis : int, optional
        The axis along which planes follow each other; None if there is one plane.
    """
    planes = image.described.shape[axis] if axis is not None else 1
    count = min(planes, _SAMPLED_PLANES)
    chosen = sorted({round((i + 0.5) * planes / count - 0.5) for i in range(count)})
    full = whole(image.described, cut)
    side = math.isqrt(_SAMPLE // len(chosen))
    window = Window(*_middle(full.right, side), *_middle(full.top, side))
    found = [
        _finite(read_plane(image, cut if axis is None else cut.moved(axis, n), window, None, part))
        for n in chosen
    ]
    values = np.concatenate(found)
    # The middle may be blank where all of it is not.
    return values if values.size else _finite(read_plane(image, cut, full, (side, side), part))


def _finite(seen: Seen) -> NDArray[Any]:
    finite: NDArray[Any] = seen.values[np.isfinite(seen.values)]
    return finite


def _middle(length: int, side: int) -> tuple[int, int]:
    start = max(0, (length - side) // 2)
    return start, min(length, start + side)


def _strips(described: Described, cut: Cut, window: Window, by: int) -> Iterator[Window]:
    """Yield parts of a window, each of whole blocks and, if it can be, of whole tiles."""
    rows = max(1, _STRIP // max(1, window.right - window.left))
    tile = described.tile[cut.y] if len(described.tile) > cut.y else 1
    step = math.lcm(by, max(1, tile))
    rows = rows // step * step or max(by, rows // by * by)
    first = window.bottom
    while first < window.top:
        # Until the next multiple: later strips then begin with a tile.
        last = min(window.top, (first // rows + 1) * rows)
        yield Window(window.left, window.right, first, last)
        first = last


def _strip(image: Image, cut: Cut, window: Window, part: str) -> NDArray[Any]:
    start, stop = list(cut.at), [n + 1 for n in cut.at]
    start[cut.x], stop[cut.x] = window.left, window.right
    start[cut.y], stop[cut.y] = window.bottom, window.top
    values = image.read(start, stop)
    others = tuple(i for i in range(values.ndim) if i not in {cut.x, cut.y})
    plane = values.transpose((cut.y, cut.x, *others)).reshape(window.shape)
    # Amplitudes are averaged as such; phases only as complex numbers.
    found: NDArray[Any] = np.abs(plane) if np.iscomplexobj(plane) and part == "amp" else plane
    return found


def _part(values: NDArray[Any], part: str) -> NDArray[Any]:
    if not np.iscomplexobj(values) or part == "complex":
        return values
    if part == "phase":
        return np.asarray(np.degrees(np.angle(values)))
    chosen: NDArray[Any] = values.imag if part == "imag" else values.real
    return chosen
