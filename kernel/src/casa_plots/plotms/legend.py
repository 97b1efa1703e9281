"""The key to colours: names beside their colours, or a bar for a measured quantity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from casa_plots.axes import Quantity
from casa_plots.plotms import labels
from casa_plots.plotms.colours import Scheme, gradient
from casa_plots.plotms.extent import Limits
from casa_plots.plotms.iteration import Family
from casa_plots.plotms.layout import Fonts, width_of
from casa_plots.plotms.panel import Panel, time_scale
from casa_plots.ticks import ticks

MOST: Final = 20  # so many names are written; how many more there are is said
_ALONG_BAR: Final = 6  # at most about so many ticks
_PLACES: Final = {
    "upperRight": "upper right",
    "upperLeft": "upper left",
    "lowerRight": "lower right",
    "lowerLeft": "lower left",
}


@dataclass(frozen=True, slots=True)
class Key:
    """What colours mean.

    Attributes
    ----------
    title : str
        The quantity, of a bar with its unit; empty for the layers of a plot.
    entries : tuple of (str, str)
        Names and colours.
    position : str
        One of CASA's; empty for the line above the plot.
    bar : tuple of Quantity and Limits, or None
        A measured quantity and its limits, instead of entries.
    beside : float
        Points between the panel and a key beside it: what its right axis takes.
    """

    title: str
    entries: tuple[tuple[str, str], ...] = ()
    position: str = ""
    bar: tuple[Quantity, Limits] | None = None
    beside: float = 0.0

    def width(self, fonts: Fonts) -> float:
        """Return the points that it needs on a side of the plot."""
        if self.bar is not None:
            quantity, limits = self.bar
            found = ticks(quantity.axis, limits.low, limits.high, _ALONG_BAR)
            return width_of(found.texts, fonts.tick) + 1.8 * fonts.label + 30
        names = tuple(name for name, _ in self.entries)
        return width_of((*names, self.title), fonts.tick) + 26


def key_of(panel: Panel, scheme: Scheme) -> Key | None:
    """Return the key of a panel: asked for, or needed to understand it; None for none."""
    family = panel.curves[0].family
    plot = family.plot
    if plot.colour is not None and not family.named(plot.colour):
        limits = panel.curves[0].survey.plain.get(plot.colour, Limits())
        if not limits.some or panel.empty:
            return None
        unit = ticks(plot.colour.axis, limits.low, limits.high, _ALONG_BAR).unit
        title = labels.label_of(plot.colour, time_scale(panel.curves), unit)
        return Key(title, bar=(plot.colour, limits))
    if plot.colour is not None:
        if len(family.categories) > len(scheme.palette) and not plot.words.legend:
            return None  # colours are used again: names beside them would say little
        entries = _categories(family, plot.colour, scheme)
        return Key(labels.name_of(plot.colour), entries, plot.words.legend)
    if plot.words.legend or (len(panel.curves) > 1 and tints(panel, scheme) is None):
        return Key("", _layers(panel, scheme), plot.words.legend)
    return None


def tints(panel: Panel, scheme: Scheme) -> tuple[str | None, str | None, str | None] | None:
    """Return the colours of axes of which each has one layer: its label is the key then.

    They are those of the x, left and right axes; None where colours need another key.
    """
    if len(panel.curves) != 2 or panel.left is None or panel.right is None:  # noqa: PLR2004
        return None
    if panel.curves[0].family.plot.colour is not None:
        return None
    (_, first), (_, second) = _layers(panel, scheme)
    return (None, second, first) if panel.curves[0].layer.right else (None, first, second)


def _categories(family: Family, colour: Quantity, scheme: Scheme) -> tuple[tuple[str, str], ...]:
    values = family.categories
    cycle = len(scheme.palette)
    found = [
        (family.name(colour, value), scheme.palette[n % cycle])
        for n, value in enumerate(values[:MOST])
    ]
    if len(values) > MOST:
        found.append((f"and {len(values) - MOST} more", ""))
    return tuple(found)


def _layers(panel: Panel, scheme: Scheme) -> tuple[tuple[str, str], ...]:
    several = len({id(each.family) for each in panel.curves}) > 1
    found = []
    for each in panel.curves:
        name = labels.name_of(each.layer.y)
        if several:
            name = f"{name}, {each.family.source.path.name}"
        own = each.layer.symbol.colour
        found.append((name, own or scheme.palette[each.hue % len(scheme.palette)]))
    return tuple(found)


def draw_key(axes: Axes, key: Key, scheme: Scheme, fonts: Fonts) -> None:
    """Draw a key into or beside a panel."""
    if key.bar is not None:
        _bar(axes, key, scheme, fonts)
        return
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=5.5, color=colour or "none")
        for _, colour in key.entries
    ]
    options: dict[str, Any] = {
        "fontsize": fonts.tick,
        "labelcolor": scheme.ink,
        "handletextpad": 0.2,
        "borderaxespad": 0.4,
    }
    names = [name for name, _ in key.entries]
    if key.position in _PLACES:
        options |= {
            "loc": _PLACES[key.position],
            "title": key.title or None,
            "facecolor": scheme.frame,
            "edgecolor": scheme.line,
            "framealpha": 0.9,
        }
    else:
        options |= {"frameon": False, **_outside(axes, key, names)}
    legend = axes.legend(handles, names, **options)
    legend.set_zorder(5)
    legend.get_title().set(color=scheme.soft, fontsize=fonts.tick)


def _outside(axes: Axes, key: Key, names: Sequence[str]) -> dict[str, Any]:
    beside = key.beside * axes.figure.dpi / 72 / axes.bbox.width
    title = key.title or None
    match key.position:
        case "exteriorRight":
            return {"loc": "upper left", "bbox_to_anchor": (1.0 + beside, 1.02), "title": title}
        case "exteriorLeft":
            return {
                "loc": "upper right",
                "bbox_to_anchor": (-0.13, 1.0),
                "title": key.title or None,
            }
        case "exteriorBottom":
            return {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "ncols": len(names) or 1}
        case _:
            return {
                "loc": "lower right", "bbox_to_anchor": (1.01, 0.985), "ncols": len(names) or 1,
                "columnspacing": 0.9,
            }  # fmt: skip


def _bar(axes: Axes, key: Key, scheme: Scheme, fonts: Fonts) -> None:
    if key.bar is None:
        return
    quantity, limits = key.bar
    point = axes.figure.dpi / 72 / axes.bbox.width
    side = axes.inset_axes((1 + (key.beside + 8) * point, 0.0, 11 * point, 1.0))
    parts = np.linspace(0, 1, 256)[:, None]
    side.imshow(gradient(scheme, parts), extent=(0, 1, 0, 1), origin="lower", aspect="auto")
    span = (limits.high - limits.low) or 1.0
    found = ticks(quantity.axis, limits.low, limits.high, _ALONG_BAR)
    side.set(xticks=[])
    side.yaxis.tick_right()
    side.yaxis.set_label_position("right")
    side.set_yticks([(each - limits.low) / span for each in found.positions])
    side.set_yticklabels(found.texts)
    side.set_ylim(0, 1)
    side.tick_params(colors=scheme.soft, labelcolor=scheme.ink, labelsize=fonts.tick, length=3)
    side.set_ylabel(key.title, color=scheme.ink, fontsize=fonts.label)
    for spine in side.spines.values():
        spine.set(color=scheme.soft, linewidth=0.6)
