"""Counts and points of one layer, aggregated and made into what is drawn: symbols or pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from casa_plots.axes import Quantity
from casa_plots.blocks import Block
from casa_plots.plotms.canvas import Counts, Grid, disc, spread, strongest
from casa_plots.plotms.colours import Scheme, gradient, palette, shade
from casa_plots.plotms.extent import Limits
from casa_plots.plotms.measured import Means
from casa_plots.plotms.panel import Curve, Panel
from casa_plots.plotms.request import Symbol

# Pixels that are not empty, as a part of all, below which dots are so many pixels wide.
_SPARSE: Final = ((0.004, 4), (0.03, 3), (0.15, 2))
_DPI: Final = 100.0  # of a screen, in whose pixels symbols are measured
_PLAIN_SIZES: Final = ((100, 7.0), (500, 5.5), (2_000, 4.5), (8_000, 3.5))


@dataclass(frozen=True, slots=True)
class Image:
    """Pixels: ``(height, width, 4)`` from 0 to 255, the lowest row first."""

    rgba: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Marks:
    """Points as symbols, in parts of the panel's width and height.

    Attributes
    ----------
    x, y : ndarray
        ``(n,)``, 0 to 1.
    colours : ndarray
        ``(n, 3)`` or ``(1, 3)``.
    size : float
        Pixels of a screen.
    symbol : Symbol
        Shape, filling, outline.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colours: NDArray[np.float32]
    size: float
    symbol: Symbol


Drawn = Image | Marks


@dataclass(frozen=True, slots=True)
class Result:
    """What of one curve is drawn, from below, and how many points it shows."""

    drawn: tuple[Drawn, ...]
    unflagged: int
    flagged: int
    colour_limits: Limits | None = None


def aggregate(panel: Panel, width: int, height: int, scheme: Scheme, dpi: float) -> list[Result]:
    """Return what is drawn for each curve of a panel; one pass over the points of each family.

    Parameters
    ----------
    panel : Panel
        Ends and curves.
    width, height : int
        Pixels.
    scheme : Scheme
        Colours.
    dpi : float
        Pixels per inch, by which dots of a size in screen pixels become larger.
    """
    found: list[Result] = []
    groups: list[list[Curve]] = []
    for each in panel.curves:
        if groups and groups[-1][0].family is each.family and groups[-1][0].value == each.value:
            groups[-1].append(each)
        else:
            groups.append([each])
    for group in groups:
        found += _family(group, panel, (width, height), scheme, dpi)
    return found


def _family(
    curves: Sequence[Curve], panel: Panel, pixels: tuple[int, int], scheme: Scheme, dpi: float
) -> list[Result]:
    plot, family = curves[0].family.plot, curves[0].family
    layers: list[tuple[Curve, Counts | Means, Counts | None]] = []
    categories = family.categories
    measured = plot.colour is not None and not family.named(plot.colour)
    for each in curves:
        grid = Grid(panel.shown(right=each.layer.right), *pixels)
        colours = min(len(categories), len(scheme.palette)) or 1
        own = Means(grid) if measured else Counts(grid, colours)
        layers.append((each, own, Counts(grid) if each.layer.flagged is not None else None))
    hidden = all(each.layer.symbol.shape == "nosymbol" for each in curves)
    if hidden and all(flagged is None for _, _, flagged in layers):
        return [Result((), 0, 0) for _ in curves]
    table = np.array(categories, np.int64)
    for block in curves[0].part.blocks(plot.quantities):
        _take(block, layers, plot.x, plot.colour, table, len(scheme.palette))
    limits = curves[0].survey.plain.get(plot.colour) if measured and plot.colour else None
    return [_result(*each, scheme, dpi, limits) for each in layers]


def _take(
    block: Block,
    layers: Sequence[tuple[Curve, Counts | Means, Counts | None]],
    x: Quantity,
    colour: Quantity | None,
    categories: NDArray[np.int64],
    cycle: int,
) -> None:
    values = None if colour is None else block.values[colour]
    index = None
    if values is not None and len(categories):
        rank = np.searchsorted(categories, values.astype(np.int64))
        index = np.asarray(rank % cycle, np.int32)
    for curve, own, flagged in layers:
        y = block.values[curve.layer.y]
        if isinstance(own, Counts):
            own.add(block.values[x], y, block.flagged, index)
        elif values is not None:
            own.add(block.values[x], y, block.flagged, values)
        if flagged is not None and block.flagged.any():
            flagged.add(block.values[x], y, ~block.flagged)


def _result(
    curve: Curve,
    own: Counts | Means,
    flagged: Counts | None,
    scheme: Scheme,
    dpi: float,
    limits: Limits | None,
) -> Result:
    drawn: list[Drawn] = []
    if flagged is not None and curve.layer.flagged is not None and flagged.total:
        symbol = curve.layer.flagged
        colour = symbol.colour or scheme.flagged
        drawn += _plain(flagged, np.array([to_rgb(colour)], np.float32), symbol, scheme, dpi)
    symbol = curve.layer.symbol
    if own.total and isinstance(own, Means):
        drawn += _by_value(own, limits or Limits(0, 1), symbol, scheme, dpi)
    elif own.total and isinstance(own, Counts):
        if curve.family.plot.colour is not None:
            colours = palette(scheme, len(own.counts))
        elif symbol.colour is not None:
            colours = np.array([to_rgb(symbol.colour)], np.float32)
        else:
            colours = palette(scheme, curve.hue + 1)[-1:]
        drawn += _plain(own, colours, symbol, scheme, dpi)
    return Result(tuple(drawn), own.total, flagged.total if flagged else 0, limits)


def _plain(
    counts: Counts, colours: NDArray[np.float32], symbol: Symbol, scheme: Scheme, dpi: float
) -> list[Drawn]:
    if symbol.shape == "nosymbol":
        return []
    if (points := counts.points) is not None:
        x, y, hue = points
        return [_marks(counts.grid, x, y, colours[hue] if len(colours) > 1 else colours, symbol)]
    best = strongest(counts.counts)
    total = counts.counts.sum(axis=0, dtype=np.int64)
    strength = _strength(total) if symbol.colour is None else np.zeros(total.shape, np.float32)
    rgb = shade(colours[np.maximum(best, 0)], strength, scheme)
    return [_image(rgb, total, symbol, dpi)]


def _by_value(
    means: Means, limits: Limits, symbol: Symbol, scheme: Scheme, dpi: float
) -> list[Drawn]:
    if symbol.shape == "nosymbol":
        return []
    span = (limits.high - limits.low) or 1.0
    if (points := means.points) is not None:
        x, y, value = points
        return [_marks(means.grid, x, y, gradient(scheme, (value - limits.low) / span), symbol)]
    rgb = gradient(scheme, (means.means - limits.low) / span)
    return [_image(rgb, means.counts, symbol, dpi)]


def _marks(
    grid: Grid,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    colours: NDArray[np.float32],
    symbol: Symbol,
) -> Marks:
    shown = grid.shown
    size = float(symbol.size)
    if symbol.shape == "autoscaling":
        size = next((size for most, size in _PLAIN_SIZES if len(x) <= most), 2.6)
    elif symbol.shape == "pixel":
        size = 1.0
    return Marks(
        (x - shown.left) / (shown.right - shown.left),
        (y - shown.bottom) / (shown.top - shown.bottom),
        colours,
        size,
        symbol,
    )


def _strength(total: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how dense points are, by the logarithm of counts, from 0 for one to 1 for most."""
    most = float(total.max())
    if most <= 1:
        return np.zeros(total.shape, np.float32)
    return np.asarray(np.log(np.maximum(total, 1)) / np.log(most), np.float32)


def _image(rgb: NDArray[np.float32], total: NDArray[Any], symbol: Symbol, dpi: float) -> Image:
    empty = total == 0
    width = _dot(symbol, empty, dpi)
    grown, free = rgb, empty
    if width > 1:
        offsets = disc(width)
        if symbol.shape == "square":
            reach = range(-((width - 1) // 2), width // 2 + 1)
            offsets = [
                (row, column) for row in reach for column in reach if (row, column) != (0, 0)
            ]
        grown, free = spread(rgb, empty, offsets)
    rgba = np.empty((*empty.shape, 4), np.uint8)
    rgba[..., :3] = np.rint(grown * 255)
    rgba[..., 3] = np.where(free, 0, 255)
    return Image(rgba)


def _dot(symbol: Symbol, empty: NDArray[np.bool_], dpi: float) -> int:
    scale = max(dpi / _DPI, 1.0)
    if symbol.shape == "pixel":
        return 1
    if symbol.shape != "autoscaling":
        return max(round(symbol.size * scale), 1)
    part = 1.0 - np.count_nonzero(empty) / empty.size
    pixels = next((wide for most, wide in _SPARSE if part < most), 1)
    return max(round(pixels * scale), 1)
