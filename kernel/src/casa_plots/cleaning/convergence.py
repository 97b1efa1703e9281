"""How an interactive clean converges, drawn: peak of the residual and flux of the model."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from casa_plots.cleaning.returned import Point
from casa_plots.picture import Format, Looking, Picture
from casa_plots.style import STYLES, new_figure, undisturbed

_PEAK: Final = "#d55e00"  # apart from the hues of fluxes for the colour-blind, on light and on dark


@dataclass(frozen=True, slots=True)
class ConvergenceView:
    """The plot of all cycles so far.

    Attributes
    ----------
    points : sequence of Point
        From the beginning to the last cycle.
    threshold : float
        At which cleaning ends, in Jy/beam; 0 for none.
    """

    points: Sequence[Point]
    threshold: float = 0.0

    @property
    def title(self) -> str:
        """What it is."""
        return "Convergence"

    @property
    def zoomable(self) -> bool:
        """There is nothing to see closer."""
        return False

    @undisturbed()
    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Draw it; see `picture.View`."""
        look = STYLES[looking.theme]
        figure = new_figure(looking.size, look)
        axes = figure.add_axes((0.13, 0.19, 0.74, 0.66))
        beside = axes.twinx()
        flux_color = look.hue(0)
        _dress(axes, look, "Peak residual (Jy/beam)", _PEAK)
        _dress(beside, look, "Model flux (Jy)", flux_color)
        axes.set_xlabel("Iterations", color=look.text, size=10)
        if self.points:
            self._lines(axes, beside, look, flux_color)
        else:
            middle: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center"}
            axes.text(0.5, 0.5, "No cycle yet", color=look.faint, **middle)
            for each in (axes, beside):
                each.set_xticks([])
                each.set_yticks([])
        written = io.BytesIO()
        metadata = {"Software": None} if form is Format.PNG else None
        figure.savefig(written, format=form.value, metadata=metadata)
        return Picture(written.getvalue(), looking.size.pixels, (), self._alternative())

    def _lines(self, axes: Any, beside: Any, look: Any, flux_color: str) -> None:  # noqa: ANN401
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow to load

        x = [each.iterations for each in self.points]
        kwargs = {"linewidth": 1.8, "markersize": 5}
        peaks = [each.peak for each in self.points]
        axes.plot(x, peaks, "o-", color=_PEAK, label="peak residual", zorder=4, **kwargs)
        ends = [each.threshold for each in self.points[1:]]
        axes.step(
            x, [*ends[:1], *ends], "--", color=look.faint, where="pre", label="cycle threshold"
        )
        if self.threshold > 0:
            axes.axhline(self.threshold, color=look.text, linewidth=1, linestyle=":")
            axes.plot([], [], ":", color=look.text, label="threshold")
        if min(peaks) > 0:
            axes.set_yscale("log")
        fluxes = [each.flux for each in self.points]
        beside.plot(x, fluxes, "s-", color=flux_color, label="model flux", **kwargs)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
        handles = [*axes.get_legend_handles_labels()[0], *beside.get_legend_handles_labels()[0]]
        axes.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=4,
            frameon=False,
            labelcolor=look.text,
            fontsize=8.5,
            columnspacing=1.2,
            handlelength=1.8,
        )

    def _alternative(self) -> str:
        if not self.points:
            return "No cycle was done yet."
        last = self.points[-1]
        return (
            f"After {last.iterations} iterations the peak of the residual in the mask is "
            f"{last.peak:.4g} Jy/beam, from {self.points[0].peak:.4g} at the beginning, and the "
            f"model has {last.flux:.4g} Jy."
        )


def _dress(axes: Any, look: Any, label: str, color: str) -> None:  # noqa: ANN401 - matplotlib's
    axes.set_facecolor("none")
    axes.set_ylabel(label, color=color, size=10)
    axes.tick_params(axis="y", colors=color, labelsize=9, which="both")
    axes.tick_params(axis="x", colors=look.text, labelsize=9)
    for side in axes.spines.values():
        side.set_color(look.faint)
        side.set_linewidth(0.8)
