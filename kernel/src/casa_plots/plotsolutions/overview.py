"""A page of numbers: each antenna's flags and signal-to-noise ratios, with bars beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from casa_plots import style
from casa_plots.picture import Format, Looking, Picture
from casa_plots.plotsolutions.reading import Solutions
from casa_plots.plotsolutions.summary import Summary, sentences

# Where columns are, in fractions of the width: those of numbers end there.
_ANTENNA, _SOLUTIONS, _FLAGGED, _BAR = 0.02, 0.27, 0.38, 0.41
_SNR, _LOWEST, _RATIO = 0.66, 0.78, 0.81
_LEAST_ROWS: Final = 14  # fewer are no larger
_BAR_LENGTH: Final = 0.17
_SIZE: Final = 8.5


@dataclass(frozen=True, slots=True)
class SummaryView:
    """The numbers of some antennas.

    Attributes
    ----------
    solutions : Solutions
        The whole table.
    every : sequence of Summary
        All antennas: bars are relative to the best of them.
    shown : sequence of Summary
        The antennas of this page.
    page : str
        Which page of how many, empty for the only one.
    """

    solutions: Solutions
    every: Sequence[Summary]
    shown: Sequence[Summary]
    page: str

    @property
    def title(self) -> str:
        """See `View`."""
        return f"Summary{self.page} of {self.solutions.path.name}"

    @property
    def zoomable(self) -> bool:
        """See `View`."""
        return False

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """See `View`."""

        def build(figure: Figure, look: style.Style) -> style.Drawn:
            figure.set_layout_engine("none")
            axes = figure.add_axes((0.02, 0.02, 0.96, 0.9))
            axes.set_axis_off()
            axes.set_xlim(0, 1)
            axes.set_ylim(max(len(self.shown), _LEAST_ROWS) + 0.5, -0.8)
            figure.text(
                0.035, 0.975, f"{self.title}: {self.solutions.kind.name}", va="top", size=11
            )
            _heading(axes, look)
            best = max((each.snr for each in self.every if np.isfinite(each.snr)), default=1.0)
            for row, summary in enumerate(self.shown):
                _row(axes, row + 0.5, summary, best, look)
            return style.Drawn({}, self._alternative())

        return style.draw(looking, form, build)

    def _alternative(self) -> str:
        rows = "; ".join(
            f"{each.name}: {100 * each.fraction:.3g} % flagged, median SNR {_ratio(each.snr)}"
            for each in self.shown
        )
        return f"{self.title}. {' '.join(sentences(list(self.every)))} {rows}."


def _heading(axes: Axes, look: style.Style) -> None:
    for place, text, side in (
        (_ANTENNA, "Antenna", "left"),
        (_SOLUTIONS, "Solutions", "right"),
        (_FLAGGED, "Flagged", "right"),
        (_SNR, "Median SNR", "right"),
        (_LOWEST, "Lowest", "right"),
    ):
        axes.text(place, -0.3, text, ha=side, va="center", size=_SIZE, color=look.faint)
    axes.axhline(0, color=look.faint, linewidth=0.8)


def _row(axes: Axes, row: float, summary: Summary, best: float, look: style.Style) -> None:
    name = f"{summary.name} (reference)" if summary.reference else summary.name
    lost = summary.flagged == summary.solutions
    colour = look.flagged if lost else look.text
    axes.text(_ANTENNA, row, name, va="center", size=_SIZE, color=colour, weight="bold")
    for place, text in (
        (_SOLUTIONS, f"{summary.solutions}"),
        (_FLAGGED, f"{100 * summary.fraction:.1f} %"),
        (_SNR, _ratio(summary.snr)),
        (_LOWEST, _ratio(summary.lowest)),
    ):
        axes.text(place, row, text, ha="right", va="center", size=_SIZE, color=colour)
    _bar(axes, _BAR, row, summary.fraction, look.flagged, look)
    if np.isfinite(summary.snr):
        _bar(axes, _RATIO, row, summary.snr / best, look.hue(0), look)


def _bar(axes: Axes, left: float, row: float, part: float, colour: str, look: style.Style) -> None:
    axes.barh(row, _BAR_LENGTH, 0.45, left, color=look.grid)
    axes.barh(row, _BAR_LENGTH * part, 0.45, left, color=colour)


def _ratio(value: float) -> str:
    if not np.isfinite(value):
        return "none"
    return f"{value:.1f}" if value < 1000 else f"{value:.0f}"  # noqa: PLR2004
