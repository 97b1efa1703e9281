"""A page of panels: one quantity, an antenna each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from casa_plots import style
from casa_plots.picture import Format, Looking, Picture
from casa_plots.plotsolutions.curves import Curve, Group, curve, groups, limits
from casa_plots.plotsolutions.kinds import Quantity
from casa_plots.plotsolutions.reading import Solutions
from casa_plots.plotsolutions.summary import Summary
from casa_plots.ticks import clock_ticks
from casa_plots.times import DAY, clock, day_of

_SMALL: Final = 7.5
_MOST_NAMED: Final = 8
_ROOMY: Final = 1.9  # inches of a panel from which on it has room for more words
_MANY_POINTS: Final = 400  # of one curve: markers get smaller
# Inches around all panels, and what is above each for its name.
_LEFT, _RIGHT, _TOP, _BOTTOM, _NAME, _BETWEEN = 0.72, 0.15, 0.62, 0.52, 0.22, 0.07


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    marker: str


@dataclass(frozen=True, slots=True)
class PanelsView:
    """One quantity of some antennas.

    Attributes
    ----------
    solutions : Solutions
        The whole table.
    quantity : Quantity
        What is drawn of it.
    shown : sequence of Summary
        The antennas of this page.
    page : str
        Which page of how many, empty for the only one.
    """

    solutions: Solutions
    quantity: Quantity
    shown: Sequence[Summary]
    page: str

    @property
    def title(self) -> str:
        """See `View`."""
        return f"{self.quantity.name}{self.page} of {self.solutions.path.name}"

    @property
    def zoomable(self) -> bool:
        """See `View`."""
        return True

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """See `View`; what is asked for one panel is shown in all of them."""

        def build(figure: Figure, look: style.Style) -> style.Drawn:
            every = groups(self.solutions, self.quantity)
            looks = _looks(every, look, spectral=self.solutions.spectral)
            frames = _grid(figure, [each.name for each in self.shown])
            for summary, axes in zip(self.shown, frames.values(), strict=True):
                self._panel(axes, summary, every, looks, look)
            self._share(figure, list(frames.values()), looking)
            self._words(figure, every, looks, look)
            return style.Drawn(frames, self._alternative())

        picture = style.draw(looking, form, build)
        scale = "" if self.solutions.spectral else self.solutions.time_scale
        named = [
            replace(each, x_label=self._across, y_label=self.quantity.label, x_time_scale=scale)
            for each in picture.frames
        ]
        return replace(picture, frames=named)

    @property
    def _across(self) -> str:
        if self.solutions.spectral:
            return "Frequency (GHz)"
        times = np.concatenate([each.time for each in self.solutions.windows])
        days = dict.fromkeys(day_of(float(each)) for each in (times.min(), times.max()))
        return f"Time ({self.solutions.time_scale}, {' to '.join(days)})"

    def _panel(
        self,
        axes: Axes,
        summary: Summary,
        every: Sequence[Group],
        looks: Sequence[_Look],
        look: style.Style,
    ) -> None:
        flagged: list[float] = []
        for group, shape in zip(every, looks, strict=True):
            found = curve(self.solutions, self.quantity, summary.number, group)
            _plot(axes, found, shape, spectral=self.solutions.spectral)
            flagged.extend(found.flagged.tolist())
        if flagged:  # values of flagged solutions mean nothing: they are marked at the bottom
            axes.plot(
                np.unique(flagged),
                np.full(len(set(flagged)), 0.02),
                "x",
                color=look.flagged,
                markersize=3,
                markeredgewidth=0.8,
                transform=axes.get_xaxis_transform(),
                clip_on=True,
                zorder=4,
            )
        roomy = axes.get_window_extent().width / axes.figure.dpi > _ROOMY
        mark = (" · reference" if roomy else " · ref.") if summary.reference else ""
        axes.set_title(f"{summary.name}{mark}", loc="left", size=_SMALL, weight="bold", pad=3)
        axes.set_title(
            _numbers(summary, roomy=roomy), loc="right", size=_SMALL, color=look.faint, pad=3
        )

    def _share(self, figure: Figure, every: Sequence[Axes], looking: Looking) -> None:
        across, along = limits(self.solutions, self.quantity)
        region = next(
            (looking.regions[each.name] for each in self.shown if each.name in looking.regions),
            None,
        )
        if region is not None:
            across = np.array([region.left, region.right])
            along = np.array([region.bottom, region.top])
        width = every[0].get_window_extent().width / figure.dpi
        height = every[0].get_window_extent().height / figure.dpi
        for axes in every:
            axes.set_xlim(*across)
            axes.set_ylim(*along)
            axes.tick_params(labelsize=_SMALL, length=2.5, pad=2)
            most = max(2, int(width / 0.55))
            if self.solutions.spectral:
                axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
                axes.ticklabel_format(axis="x", useOffset=False)
            else:
                _label_times(axes, most)
            axes.yaxis.set_major_locator(MaxNLocator(max(2, int(height / 0.35)), min_n_ticks=2))

    def _words(
        self,
        figure: Figure,
        every: Sequence[Group],
        looks: Sequence[_Look],
        look: style.Style,
    ) -> None:
        width, height = figure.get_size_inches()
        said = f"{self.quantity.name}{self.page}: {self.solutions.kind.name}"
        figure.text(0.1 / width, 1 - 0.1 / height, f"{said}, {self.solutions.path.name}", va="top")
        figure.text(
            0.1 / width,
            1 - 0.31 / height,
            self._reference(),
            va="top",
            size=_SMALL,
            color=look.faint,
        )
        figure.text(0.5, 0.08 / height, self._across, ha="center", va="bottom")
        figure.text(0.08 / width, 0.5, self.quantity.label, rotation=90, ha="left", va="center")
        figure.legend(
            handles=_handles(every, looks, look, spectral=self.solutions.spectral),
            loc="upper right",
            ncols=5,
            fontsize=_SMALL,
            columnspacing=1,
            handletextpad=0.3,
            handlelength=1.4,
            borderpad=0,
            borderaxespad=0.6,
        )

    def _reference(self) -> str:
        names = self.solutions.references
        if not names:
            return "No reference antenna."
        return f"Reference antenna{'s' if len(names) > 1 else ''}: {', '.join(names)}."

    def _alternative(self) -> str:
        _, (low, high) = limits(self.solutions, self.quantity)
        flagged = sum(each.flagged for each in self.shown)
        total = sum(each.solutions for each in self.shown)
        return (
            f"{self.quantity.label} of {len(self.shown)} antennas against "
            f"{'frequency' if self.solutions.spectral else 'time'}, a panel each, from "
            f"the {self.solutions.kind.name} table {self.solutions.path.name}: between {low:.4g} "
            f"and {high:.4g}; {100 * flagged / total:.1f} % of the solutions are flagged. "
            f"{self._reference()}"
        )


def grid(count: int) -> tuple[int, int]:
    """Return rows and columns for some panels, a little wider than high."""
    columns = math.ceil(math.sqrt(count * 1.2))
    return math.ceil(count / columns), columns


def _grid(figure: Figure, names: Sequence[str]) -> dict[str, Axes]:
    """Add panels that share their axes; only those at the edges have numbers."""
    figure.set_layout_engine("none")
    width, height = figure.get_size_inches()
    rows, columns = grid(len(names))
    across = (width - _LEFT - _RIGHT + _BETWEEN) / columns
    down = (height - _TOP - _BOTTOM) / rows
    found: dict[str, Axes] = {}
    for position, name in enumerate(names):
        row, column = divmod(position, columns)
        axes = figure.add_axes(
            (
                (_LEFT + column * across) / width,
                (_BOTTOM + (rows - 1 - row) * down) / height,
                (across - _BETWEEN) / width,
                (down - _NAME) / height,
            )
        )
        below = position + columns < len(names)
        axes.tick_params(labelbottom=not below, labelleft=column == 0)
        found[name] = axes
    return found


def _label_times(axes: Axes, most: int) -> None:
    """Write times of day, or days without their year: the years are said below all panels."""
    low, high = sorted(axes.get_xlim())
    places, step = clock_ticks(low, high, most)
    texts = [day_of(each)[5:] if step >= DAY else clock(each, step) for each in places]
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FixedFormatter(texts))


def _looks(every: Sequence[Group], look: style.Style, *, spectral: bool) -> list[_Look]:
    """Return how groups look: different while there are few, else what tells most."""
    if len(every) <= _MOST_NAMED:
        return [
            _Look(look.hue(number), style.MARKERS[number % len(style.MARKERS)])
            for number in range(len(every))
        ]
    if spectral:  # windows are apart already
        return [_Look(look.hue(each.polarisation), "o") for each in every]
    colours = mpl.colormaps[look.density]
    last = max(each.window for each in every)
    return [
        _Look(
            mpl.colors.to_hex(colours(0.15 + 0.75 * each.window / max(last, 1))),
            style.MARKERS[each.polarisation],
        )
        for each in every
    ]


def _plot(axes: Axes, found: Curve, shape: _Look, *, spectral: bool) -> None:
    if spectral:
        axes.plot(found.x, found.y, "-", color=shape.colour, linewidth=0.9, solid_joinstyle="round")
        return
    axes.plot(
        found.x,
        found.y,
        shape.marker,
        color=shape.colour,
        markersize=3.2 if len(found.x) < _MANY_POINTS else 1.5,
        markeredgewidth=0,
    )


def _handles(
    every: Sequence[Group], looks: Sequence[_Look], look: style.Style, *, spectral: bool
) -> list[Line2D]:
    def handle(name: str, shape: _Look) -> Line2D:
        return Line2D(
            [],
            [],
            color=shape.colour,
            marker="" if spectral else shape.marker,
            linestyle="-" if spectral else "",
            markersize=4.5,
            label=name,
        )

    pairs = list(zip(every, looks, strict=True))
    named = {each.name: shape for each, shape in pairs}
    if len(every) > _MOST_NAMED and spectral:
        named = {each.name.split(maxsplit=2)[-1]: shape for each, shape in pairs}
    elif len(every) > _MOST_NAMED:  # the first and the last, between which colours change evenly
        ends = {0, every[-1].window}
        named = {each.name: shape for each, shape in pairs if each.window in ends}
    mark = Line2D(
        [], [], color=look.flagged, marker="x", linestyle="", markersize=4, label="flagged"
    )
    return [*(handle(name, shape) for name, shape in named.items()), mark]


def _numbers(summary: Summary, *, roomy: bool) -> str:
    if summary.flagged == summary.solutions:
        return "all flagged"
    # A reference antenna's ratio is a constant of CASA's.
    known = np.isfinite(summary.snr) and not summary.reference
    said = [f"SNR {summary.snr:.0f}"] if known else []
    if summary.flagged and roomy:
        said.append(f"{100 * summary.fraction:.3g} % flagged")
    return ", ".join(said)
