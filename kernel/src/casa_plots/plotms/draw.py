"""A page drawn by matplotlib: axes, words and legends around points that are already pixels.

Every panel is a unit square to matplotlib: positions are made into parts of the width and height
before, so that times of 5e9 seconds lose nothing and turned axes need no care.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from casa_plots.picture import Format, Size
from casa_plots.plotms.axis import Paper, Where, draw_axis, draw_grid
from casa_plots.plotms.colours import Scheme
from casa_plots.plotms.layout import Box, Fonts
from casa_plots.plotms.legend import Key, draw_key
from casa_plots.plotms.panel import Panel
from casa_plots.plotms.raster import Image, Marks, Result
from casa_plots.style import undisturbed

_SHAPES: Final = {"circle": "o", "autoscaling": "o", "square": "s", "diamond": "D", "pixel": ","}
_POINTS: Final = 72 / 100  # of a pixel of the screen
_LIGHT: Final = 0.45  # how opaque a mesh is


@dataclass(frozen=True, slots=True)
class Drawing:
    """One panel with all that it shows.

    Attributes
    ----------
    panel : Panel
        Axes and words.
    box : Box
        Where its data are.
    results : sequence of Result
        What was aggregated, by curve.
    lines : sequence of ndarray
        Connected points, each ``(n, 2)`` in parts of the panel.
    key : Key or None
        The legend.
    outer : tuple of bool
        Whether labels of the x axis and of the left axis are written.
    tints : tuple of str or None
        Colours of the labels of the x, left and right axes, where they are a key.
    """

    panel: Panel
    box: Box
    results: Sequence[Result]
    lines: Sequence[tuple[NDArray[np.float64], str]]
    key: Key | None
    outer: tuple[bool, bool] = (True, True)
    tints: tuple[str | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Heads:
    """What is above all panels: lines of header, a common title, and what it is of."""

    header: Sequence[str]
    title: str
    source: str


@undisturbed()
def render(
    drawings: Sequence[Drawing],
    heads: Heads,
    size: Size,
    scheme: Scheme,
    fonts: Fonts,
    form: Format,
) -> bytes:
    """Return a page as a file."""
    figure = Figure(figsize=(size.width, size.height), dpi=size.dpi, facecolor=scheme.ground)
    canvas = FigureCanvasAgg(figure)
    _write_heads(figure, heads, size, scheme, fonts)
    for each in drawings:
        _draw_panel(figure, each, size, scheme, fonts)
    out = BytesIO()
    options: dict[str, Any] = {"facecolor": scheme.ground, "dpi": size.dpi}
    if form is Format.PNG:
        options["pil_kwargs"] = {"compress_level": 2}
    elif form is Format.JPG:
        options["pil_kwargs"] = {"quality": 92}
    elif form in {Format.SVG, Format.PDF}:
        options["metadata"] = {"Date": None} if form is Format.SVG else {"CreationDate": None}
    canvas.print_figure(out, format=form.value, **options)
    return out.getvalue()


def _write_heads(figure: Figure, heads: Heads, size: Size, scheme: Scheme, fonts: Fonts) -> None:
    point = 1 / (size.height * 72)
    left, right = 6 / (size.width * 72), 1 - 6 / (size.width * 72)
    top = 1 - 6 * point
    for line in heads.header:
        figure.text(left, top, line, va="top", color=scheme.soft, fontsize=fonts.tick)
        top -= fonts.tick * 1.4 * point
    if heads.title:
        figure.text(left, top, heads.title, va="top", color=scheme.ink, fontsize=fonts.title)
    if heads.source:
        below = 1 - 6 * point if not heads.header else top
        figure.text(
            right, below, heads.source, va="top", ha="right", color=scheme.soft,
            fontsize=fonts.tick,
        )  # fmt: skip


def _draw_panel(figure: Figure, drawing: Drawing, size: Size, scheme: Scheme, fonts: Fonts) -> None:
    panel = drawing.panel
    plot = panel.curves[0].family.plot
    place = drawing.box.region(*size.pixels)
    axes = figure.add_axes(
        (place.left, place.bottom, place.right - place.left, place.top - place.bottom),
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.set_axis_off()
    corner = (place.left, place.bottom)
    wide, high = place.right - place.left, place.top - place.bottom
    for fill, colour, zorder in ((True, scheme.frame, -2), (False, scheme.soft, 6)):
        figure.add_artist(
            Rectangle(
                corner, wide, high, fill=fill, facecolor=colour, edgecolor=colour, linewidth=0.8,
                zorder=zorder, transform=figure.transFigure,
            )
        )  # fmt: skip
    paper = Paper(figure, place, size, scheme, fonts)
    words = plot.words
    draw_axis(paper, panel.x, Where.BELOW, drawing.tints[0], words.x_size, outer=drawing.outer[0])
    draw_grid(axes, panel.x, plot.major, plot.minor, upright=True)
    if panel.left is not None:
        draw_axis(
            paper, panel.left, Where.LEFT, drawing.tints[1], words.y_size, outer=drawing.outer[1]
        )
    if panel.right is not None:
        draw_axis(paper, panel.right, Where.RIGHT, drawing.tints[2], words.y_size)
    draw_grid(axes, panel.left or panel.right or panel.x, plot.major, plot.minor, upright=False)
    for each in drawing.results:
        for drawn in each.drawn:
            _draw(axes, drawn, scheme)
    for line, colour in drawing.lines:
        axes.add_collection(
            LineCollection([line], colors=[colour], linewidths=0.8, alpha=0.85), autolim=False
        )
    _write_words(axes, drawing, scheme, fonts)


def _write_words(axes: Axes, drawing: Drawing, scheme: Scheme, fonts: Fonts) -> None:
    panel = drawing.panel
    if panel.empty:
        axes.text(
            0.5, 0.5, panel.empty, ha="center", va="center", color=scheme.soft,
            fontsize=fonts.label, wrap=True,
        )  # fmt: skip
    if panel.title:
        axes.annotate(
            panel.title, (0, 1), (0, 5), textcoords="offset points", color=scheme.ink,
            fontsize=panel.curves[0].family.plot.words.title_size or fonts.title,
            va="bottom", annotation_clip=False,
        )  # fmt: skip
    if drawing.key is not None:
        draw_key(axes, drawing.key, scheme, fonts)


def _draw(axes: Axes, drawn: Image | Marks, scheme: Scheme) -> None:
    if isinstance(drawn, Image):
        axes.imshow(
            drawn.rgba, extent=(0, 1, 0, 1), origin="lower", aspect="auto",
            interpolation="nearest", zorder=2,
        )  # fmt: skip
        return
    symbol = drawn.symbol
    filled = symbol.fill != "nofill"
    edge = scheme.ink if symbol.outline else "none"
    common: dict[str, Any] = {
        "marker": _SHAPES[symbol.shape],
        "linestyle": "none",
        "markersize": drawn.size * _POINTS,
        "alpha": _LIGHT if symbol.fill.startswith("mesh") else None,
        "zorder": 3,
    }
    shades, of = np.unique(drawn.colours, axis=0, return_inverse=True)
    of = np.broadcast_to(of, len(drawn.x)) if len(drawn.colours) == 1 else of.reshape(-1)
    if len(shades) > 64:  # noqa: PLR2004 - a gradient, which one collection draws faster
        axes.scatter(
            drawn.x, drawn.y, c=drawn.colours, s=(drawn.size * _POINTS) ** 2,
            marker=_SHAPES[symbol.shape], linewidths=0, zorder=3,
        )  # fmt: skip
        return
    for n, shade in enumerate(shades):
        mine = of == n
        colour = tuple(shade)
        line = Line2D(
            drawn.x[mine], drawn.y[mine],
            markerfacecolor=colour if filled else "none",
            markeredgecolor=edge if filled else colour,
            markeredgewidth=0.5 if filled else 0.8,
            **common,
        )  # fmt: skip
        axes.add_line(line)
