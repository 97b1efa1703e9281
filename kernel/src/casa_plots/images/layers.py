"""Painting layers: pixels in colours, contours, vectors, outlines."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.errors import UnsupportedError
from casa_plots.images.canvas import Canvas, Placed, placed
from casa_plots.images.colours import Limits, default_levels, limits_between, normalised
from casa_plots.images.matching import Mapping
from casa_plots.images.scene import Contour, Raster, Source, Vector
from casa_plots.images.sky import north_and_east, scaled_unit
from casa_plots.inside import Outline, Shape

# For lines over an image, apart from each other for the colour-blind too (after Okabe and Ito).
# On white, darker.
_DARK_LINES: Final = ("#0072b2", "#d55e00", "#00875f", "#b8619a", "#7a4fb0")
_LINES: Final = ("#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#e69f00")
_VECTORS: Final = 25  # across the frame, where nobody says how many
_LONGEST: Final = 2.0  # distances between vectors
_MOST_LEVELS: Final = 100


def paint_raster(canvas: Canvas, raster: Raster) -> tuple[str, Any, str]:
    """Paint pixels in colours.

    Returns
    -------
    tuple
        A sentence; what a colour wedge explains, None if nothing was painted; its unit.
    """
    source = raster.source
    found = placed(canvas, source)
    if isinstance(found, str):
        return canvas.say(found) if source is canvas.base else found, None, ""
    values = found.seen.values
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    # A sample of an image that is mostly blank may have no values where this plane has.
    limits = raster.limits or source.limits(raster.percentile) or limits_between(low, high)
    factor, unit = scaled_unit(source.unit, max(abs(limits.low), abs(limits.high)))
    limits = Limits(limits.low * factor, limits.high * factor)
    style = {
        "norm": normalised(limits, raster.stretch, raster.power, raster.scaling),
        "cmap": raster.colormap,
        "alpha": raster.alpha,
        "zorder": 1,
    }
    painted = _paint(canvas, found, factor, style)
    canvas.keep_limits()
    sentence = (
        f"Values in view are from {low * factor:.4g} to {high * factor:.4g} {unit},"
        f" colours from {limits.low:.4g} to {limits.high:.4g}."
    )
    return sentence, painted, unit


def _paint(canvas: Canvas, found: Placed, factor: float, style: dict[str, Any]) -> Any:  # noqa: ANN401
    values = found.seen.values * factor
    if found.mapping.is_same:
        # Enlarged pixels have edges; where several share one of the picture's they are averaged.
        is_enlarged = values.shape[1] <= canvas.pixels[0]
        return canvas.axes.imshow(
            values,
            origin="lower",
            extent=found.seen.extent,
            aspect="auto",
            interpolation="nearest" if is_enlarged else "antialiased",
            **style,
        )
    x, y = found.corners()
    # A corner beyond the edge of the sky has no place; cells that touch it are left out.
    bad = ~(np.isfinite(x) & np.isfinite(y))
    cells = bad[:-1, :-1] | bad[1:, :-1] | bad[:-1, 1:] | bad[1:, 1:]
    hidden = np.where(cells, np.nan, values)
    x, y = np.where(bad, 0, x), np.where(bad, 0, y)
    return canvas.axes.pcolormesh(x, y, hidden, rasterized=True, **style)


def paint_contour(canvas: Canvas, contour: Contour, number: int) -> str:
    """Paint lines of equal values, dashed below zero; return a sentence."""
    source = contour.source
    name = source.image.described.name
    found = placed(canvas, source)
    if isinstance(found, str):
        return found
    values = found.seen.values
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    levels = contour.levels or tuple(default_levels(source.rms(), low, high))
    levels = tuple(level for level in levels if low <= level <= high)[:_MOST_LEVELS]
    if not levels or min(values.shape) < 2:  # noqa: PLR2004 - a line has two ends
        return f"{name} reaches no contour level here."
    x, y = found.centres()
    canvas.axes.contour(
        x,
        y,
        np.where(np.isfinite(x) & np.isfinite(y), values, np.nan),
        levels=levels,
        colors=[contour.color or _line(canvas, number)],
        linestyles=["dashed" if level < 0 else "solid" for level in levels],
        linewidths=contour.linewidth,
        zorder=3,
    )
    canvas.keep_limits()
    factor, unit = scaled_unit(source.unit, max(abs(levels[0]), abs(levels[-1])))
    shown = ", ".join(f"{level * factor:.3g}" for level in levels[:12])
    return f"Contours of {name} at {shown}{' …' if len(levels) > 12 else ''} {unit}."  # noqa: PLR2004


def _line(canvas: Canvas, number: int) -> str:
    colours = _DARK_LINES if canvas.on_white else _LINES
    return colours[number % len(colours)]


def paint_vector(canvas: Canvas, vector: Vector, number: int) -> str:
    """Paint lines along position angles, as long as the amplitude says; return a sentence."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415 - slow to load
    from matplotlib.patheffects import Normal, Stroke  # noqa: PLC0415

    source = vector.source
    name = source.image.described.name
    window = Mapping(source, canvas.base).window(canvas.shown)
    if window is None:
        return f"No pixel of {name} is here."
    rows, columns = window.shape
    step = vector.step or max(1, round(max(rows, columns) / _VECTORS))
    coarse = (max(1, columns // step), max(1, rows // step))
    # Angles are no numbers to be averaged as they are; complex ones are.
    is_complex = source.image.described.is_complex
    found = placed(canvas, source, coarse if is_complex else (columns, rows), "complex")
    if isinstance(found, str):
        return found
    values = found.seen.values
    x, y = found.own_centres()
    if is_complex:
        angles, lengths = 0.5 * np.angle(values), np.abs(values)
    else:
        x, y, values = (each[step // 2 :: step, step // 2 :: step] for each in (x, y, values))
        is_degrees = source.image.described.unit != "rad"
        angles, lengths = np.radians(values) if is_degrees else values, np.ones(values.shape)
    if vector.amplitude is not None:
        other = placed(canvas, vector.amplitude, coarse)
        if isinstance(other, str):
            return other
        if other.seen.values.shape != lengths.shape:
            raise UnsupportedError(
                f"{vector.amplitude.image.described.name} has not the pixels of {name}: regrid it."
            )
        lengths = other.seen.values
    with np.errstate(invalid="ignore"):
        good = np.isfinite(angles * lengths * x * y) & (lengths > 0)
        good &= lengths >= vector.threshold
    if not good.any():
        return f"{name} has no vectors above {vector.threshold:g} here."
    usual = float(np.percentile(lengths[good], 95))
    halves = np.minimum(lengths[good] / usual, _LONGEST) * 0.45 * vector.scale * step
    turned = angles[good] + np.radians(vector.rotation)
    # Angles count from the image's own north, so that lines are laid out there, and then moved.
    shifts = _directions(source, x[good], y[good], turned) * halves[:, None]
    middles = np.stack([x[good], y[good]], axis=1)
    ends = [
        np.stack(found.mapping.forth(each[:, 0], each[:, 1]), axis=1)
        for each in (middles - shifts, middles + shifts)
    ]
    lines = LineCollection(
        list(np.stack(ends, axis=1)),
        colors=vector.color or ("#ffffff", *_LINES)[number % len(_LINES)],
        linewidths=1.2,
        zorder=4,
        path_effects=[Stroke(linewidth=2.6, foreground="#202020"), Normal()],
    )
    canvas.axes.add_collection(lines, autolim=False)
    return f"{int(good.sum())} vectors of {name}, one for {step} x {step} pixels."


def _directions(
    source: Source, x: NDArray[Any], y: NDArray[Any], angles: NDArray[Any]
) -> NDArray[np.float64]:
    """Return unit vectors in an image, ``(n, 2)``: angles count from north through east."""
    if source.is_celestial:
        north, east = north_and_east(source.image.described, source.cut, x, y)
    else:
        north, east = np.tile([0.0, 1.0], (x.size, 1)), np.tile([-1.0, 0.0], (x.size, 1))
    found = np.cos(angles)[:, None] * north + np.sin(angles)[:, None] * east
    unit: NDArray[np.float64] = found / np.hypot(found[:, :1], found[:, 1:])
    return unit


def paint_outlines(canvas: Canvas, outlines: Sequence[Outline]) -> None:
    """Paint outlines, readable on any ground."""
    from matplotlib.patches import Ellipse, Patch, Polygon  # noqa: PLC0415
    from matplotlib.patheffects import Normal, Stroke  # noqa: PLC0415

    effects = [Stroke(linewidth=2.6, foreground="#000000"), Normal()]
    style: dict[str, Any] = {"fill": False, "edgecolor": "#ffffff", "linewidth": 1.2, "zorder": 6}
    for outline in outlines:
        points = np.array(outline.points, dtype=float)
        if outline.shape is Shape.POINT:
            canvas.axes.plot(
                points[:, 0], points[:, 1], "+", color="#ffffff", path_effects=effects, zorder=6
            )
            continue
        if outline.shape is Shape.POLYGON:
            patch: Patch = Polygon(points, closed=True, **style)
        elif outline.shape is Shape.RECTANGLE:
            (x0, y0), (x1, y1) = points[:2]
            patch = Polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], closed=True, **style)
        else:
            middle, extent = points[:2].mean(axis=0), np.abs(points[1] - points[0])
            patch = Ellipse(tuple(middle), extent[0], extent[1], **style)
        patch.set_path_effects(effects)
        canvas.axes.add_patch(patch)
    canvas.keep_limits()
