"""What is inside an outline: statistics as ``imstat`` has them, and a mean spectrum."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.path import Path as Outlined
from numpy.typing import NDArray

from casa_plots.errors import EmptyPlotError, InvalidParameterError
from casa_plots.images.described import Beam, Described, Kind
from casa_plots.images.planes import Cut, Window, read_plane
from casa_plots.images.scene import Source
from casa_plots.images.sky import pixel_scales
from casa_plots.inside import Outline, Shape

# Pixels that are in memory at once for a spectrum.
_PIECE: Final = 1 << 23
_TOUCHES: Final = 1e-9  # a centre on the edge is inside


@dataclass(frozen=True, slots=True)
class Inside:
    """The pixels of a plane whose centres are inside an outline.

    Attributes
    ----------
    window : Window
        A box around them.
    mask : ndarray of bool
        ``(rows, columns)`` of the window.
    """

    window: Window
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What ``imstat`` returns, under its names; positions are pixels of the plane.

    Attributes
    ----------
    npts : int
        Pixels with values.
    sum, mean, rms, sigma, min, max, median, medabsdevmed : float
        In the image's unit; `sigma` is the sample's standard deviation.
    flux : float, optional
        Flux density in Jy; None if the unit is not Jy/beam with a beam, nor Jy/pixel.
    minpos, maxpos : tuple of int
        Where they are.
    """

    npts: int
    sum: float
    flux: float | None
    mean: float
    rms: float
    sigma: float
    min: float
    minpos: tuple[int, int]
    max: float
    maxpos: tuple[int, int]
    median: float
    medabsdevmed: float


def inside(outline: Outline, columns: int, rows: int) -> Inside:
    """Return which pixels of a plane are inside an outline.

    A pixel is inside if its centre is. A point is the pixel that it is in.

    Raises
    ------
    InvalidParameterError
        The outline has too few points.
    EmptyPlotError
        No pixel of the plane is inside.
    """
    points = np.array(outline.points, dtype=float).reshape(-1, 2)
    needed = {Shape.POINT: 1, Shape.POLYGON: 3}.get(outline.shape, 2)
    if len(points) < needed or not np.isfinite(points).all():
        raise InvalidParameterError(
            f"a {outline.shape.value} of {len(points)} points: it needs {needed} numbers of pixels."
        )
    if outline.shape is Shape.POINT:
        points = np.repeat(np.floor(points[:1] + 0.5), 2, axis=0)
    low, high = points.min(axis=0), points.max(axis=0)
    window = Window(
        max(0, int(np.ceil(low[0] - _TOUCHES))),
        min(columns, int(np.floor(high[0] + _TOUCHES)) + 1),
        max(0, int(np.ceil(low[1] - _TOUCHES))),
        min(rows, int(np.floor(high[1] + _TOUCHES)) + 1),
    )
    if window.left >= window.right or window.bottom >= window.top:
        raise EmptyPlotError("no pixel's centre is inside the outline: draw it larger.")
    x, y = np.meshgrid(np.arange(window.left, window.right), np.arange(window.bottom, window.top))
    mask = np.ones(window.shape, dtype=bool)
    if outline.shape is Shape.ELLIPSE:
        centre, half = (low + high) / 2, np.maximum((high - low) / 2, _TOUCHES)
        mask = ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 <= 1 + _TOUCHES
    elif outline.shape is Shape.POLYGON:
        flat = np.stack([x.ravel(), y.ravel()], axis=1)
        mask = Outlined(points).contains_points(flat, radius=0).reshape(window.shape)
    if not mask.any():
        raise EmptyPlotError("no pixel's centre is inside the outline: draw it larger.")
    return Inside(window, mask)


def statistics(source: Source, cut: Cut, chosen: Inside) -> Statistics:
    """Return the statistics of a plane's pixels.

    Raises
    ------
    EmptyPlotError
        All are masked, or not a number.
    """
    seen = read_plane(source.image, cut, chosen.window, None, source.part)
    good = chosen.mask & np.isfinite(seen.values)
    values = seen.values[good].astype(np.float64)
    if not values.size:
        raise EmptyPlotError("all pixels inside the outline are masked or not a number.")
    rows, columns = np.nonzero(good)
    low, high = int(values.argmin()), int(values.argmax())
    median = float(np.median(values))
    total = float(values.sum())
    described = source.image.described
    pixels = beam_pixels(described, beam_of(described, cut))
    return Statistics(
        npts=int(values.size),
        sum=total,
        flux=_flux(described, total, pixels),
        mean=float(values.mean()),
        rms=float(np.sqrt(np.mean(values**2))),
        sigma=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        min=float(values[low]),
        minpos=(int(columns[low]) + chosen.window.left, int(rows[low]) + chosen.window.bottom),
        max=float(values[high]),
        maxpos=(int(columns[high]) + chosen.window.left, int(rows[high]) + chosen.window.bottom),
        median=median,
        medabsdevmed=float(np.median(np.abs(values - median))),
    )


def mean_spectrum(source: Source, chosen: Inside, axis: int) -> NDArray[np.float64]:
    """Return the mean of the pixels inside for each plane along an axis, NaN where there are none.

    The cube is read once, in pieces of whole tiles as far as that is possible.
    """
    described = source.image.described
    planes = described.shape[axis]
    tile = described.tile or described.shape
    total, count = np.zeros(planes), np.zeros(planes, dtype=np.int64)
    columns = chosen.window.right - chosen.window.left
    deep = min(planes, max(1, tile[axis]))
    rows = max(1, _PIECE // max(1, columns * deep))
    high = max(1, tile[source.cut.y])
    rows = rows // high * high or rows
    # As many planes more as there is room for, if all rows fit.
    together = max(1, _PIECE // max(1, columns * min(rows, chosen.window.shape[0])))
    together = min(planes, max(deep, together // deep * deep))
    for first in range(0, planes, together):
        last = min(planes, first + together)
        bottom = chosen.window.bottom
        while bottom < chosen.window.top:
            top = min(chosen.window.top, (bottom // rows + 1) * rows)
            piece = _piece(source, chosen.window, axis, (first, last), (bottom, top))
            mask = chosen.mask[bottom - chosen.window.bottom : top - chosen.window.bottom]
            good = np.isfinite(piece) & mask
            total[first:last] += np.where(good, piece, 0).sum(axis=(1, 2), dtype=np.float64)
            count[first:last] += good.sum(axis=(1, 2))
            bottom = top
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: NDArray[np.float64] = total / count
    return mean


def _piece(
    source: Source, window: Window, axis: int, planes: tuple[int, int], rows: tuple[int, int]
) -> NDArray[Any]:
    """Return ``(planes, rows, columns)``."""
    cut = source.cut
    start, stop = list(cut.at), [n + 1 for n in cut.at]
    start[cut.x], stop[cut.x] = window.left, window.right
    start[cut.y], stop[cut.y] = rows
    start[axis], stop[axis] = planes
    values = source.image.read(start, stop)
    others = tuple(i for i in range(values.ndim) if i not in {cut.x, cut.y, axis})
    turned = values.transpose((axis, cut.y, cut.x, *others))
    piece: NDArray[Any] = turned.reshape(turned.shape[:3])
    if not np.iscomplexobj(piece):
        return piece
    if source.part == "phase":
        return np.asarray(np.degrees(np.angle(piece)))
    if source.part == "amp":
        return np.asarray(np.abs(piece))
    part: NDArray[Any] = piece.imag if source.part == "imag" else piece.real
    return part


def beam_of(described: Described, cut: Cut) -> Beam | None:
    """Return the beam of a plane, None without one."""
    spectral, stokes = described.axis(Kind.SPECTRAL), described.axis(Kind.STOKES)
    return described.beam(
        cut.at[spectral] if spectral is not None else 0,
        cut.at[stokes] if stokes is not None else 0,
    )


def beam_pixels(described: Described, beam: Beam | None) -> float | None:
    """Return the area of a beam in pixels, None without a beam or without a sky."""
    longitude, latitude = pixel_scales(described)
    if beam is None or longitude * latitude <= 0:
        return None
    return beam.area / (longitude * latitude)


def _flux(described: Described, total: float, pixels: float | None) -> float | None:
    unit = described.unit.replace(" ", "").lower()
    if unit == "jy/pixel":
        return total
    return total / pixels if unit == "jy/beam" and pixels else None
