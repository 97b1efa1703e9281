"""A view of points that are known, which can do everything that a view may: for tests of widgets.

The kernel imports it from the notebook's directory.
"""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from casa_plots.errors import EmptyPlotError
from casa_plots.inside import Extension, FlagPreview, Found, Measured, Outline
from casa_plots.picture import Format, Frame, Looking, Pages, Picture, Region, Scale, Theme
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BOX = Region(0.12, 0.96, 0.12, 0.9)
ALL = Region(0.0, 10.0, 1.0, 1000.0)


@dataclass
class Points:
    """Points on an exponential: x = 0, 1/11, 2/11, … 10, y = 10^(0.3 x)."""

    title: str = "demo"
    zoomable: bool = True
    seconds: float = 0.0
    time_scale: str = ""
    drawn: list[Looking] = field(default_factory=list)
    earlier: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.x = np.arange(111) / 11
        self.y = 10 ** (0.3 * self.x)
        self.flagged = np.zeros(self.x.size, dtype=bool)

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        time.sleep(self.seconds)
        region = looking.regions.get("points", ALL)
        if region.left > 20:
            raise EmptyPlotError("Nothing is out there: press h for home.")
        self.drawn.append(looking)
        dark = looking.theme is Theme.DARK
        ground, ink = ("#111111", "#e6e6e6") if dark else ("#ffffff", "#222222")
        figure = Figure((looking.size.width, looking.size.height), looking.size.dpi)
        FigureCanvasAgg(figure)
        figure.set_facecolor(ground)
        axes = figure.add_axes((BOX.left, BOX.bottom, BOX.right - BOX.left, BOX.top - BOX.bottom))
        axes.set(xlim=(region.left, region.right), ylim=(region.bottom, region.top), yscale="log")
        axes.set(facecolor=ground, xlabel="Frequency (GHz)", ylabel="Amplitude (Jy)")
        axes.set_title(self.title, color=ink)
        axes.plot(self.x[~self.flagged], self.y[~self.flagged], "o", color="#0072b2")
        axes.tick_params(colors=ink, which="both")
        for each in (axes.xaxis.label, axes.yaxis.label):
            each.set_color(ink)
        for spine in axes.spines.values():
            spine.set_color(ink)
        written = io.BytesIO()
        figure.savefig(written, format=form.value, facecolor=ground)
        frame = Frame(
            "points",
            BOX,
            region,
            y_scale=Scale.LOG,
            x_label=f"Time ({self.time_scale}), today" if self.time_scale else "Frequency (GHz)",
            y_label="Amplitude (Jy)",
            x_time_scale=self.time_scale,
        )
        said = f"{int((~self.flagged).sum())} points rise from 1 to 1000 Jy."
        return Picture(written.getvalue(), looking.size.pixels, [frame], said)

    def locate(self, frame: str, region: Region, limit: int = 10) -> Found:
        (found,) = np.nonzero(self._inside(region))
        rows = [[str(i), f"{self.x[i]:.1f}", f"{self.y[i]:.3f}"] for i in found[:limit]]
        return Found(len(found), ["row", "frequency", "amplitude"], rows)

    def measure(self, frame: str, outline: Outline, looking: Looking) -> Measured:
        chosen = self.y[self._within(outline)]
        rows = [
            ["points", str(chosen.size)],
            ["mean", f"{chosen.sum() / chosen.size:.3f}"],
        ]
        return Measured(["what", "value"], rows, self.draw(looking))

    def preview(
        self, frame: str, outline: Outline, extension: Extension, *, flag: bool
    ) -> FlagPreview:
        chosen = self._extended(outline, extension)
        changed = int((self.flagged[chosen] != flag).sum())
        verb = "flagged" if flag else "unflagged"
        sentence = f"{changed} of {self.x.size} visibilities would be {verb}."
        return FlagPreview(int(chosen.sum()), changed, self.x.size, sentence)

    def apply(self, frame: str, outline: Outline, extension: Extension, *, flag: bool) -> str:
        chosen = self._extended(outline, extension)
        changed = int((self.flagged[chosen] != flag).sum())
        self.earlier.append(self.flagged.copy())
        self.flagged[chosen] = flag
        return f"{changed} visibilities were {'flagged' if flag else 'unflagged'}."

    def undo(self) -> str:
        self.flagged = self.earlier.pop()
        return "The flags are as before."

    def _extended(self, outline: Outline, extension: Extension) -> Any:
        return np.ones(self.x.size, dtype=bool) if extension.channels else self._within(outline)

    def _within(self, outline: Outline) -> Any:
        x, y = np.asarray(outline.points).T
        return self._inside(Region(x.min(), x.max(), y.min(), y.max()))

    def _inside(self, region: Region) -> Any:
        x, y = self.x, self.y
        return (x >= region.left) & (x <= region.right) & (y >= region.bottom) & (y <= region.top)


@dataclass
class Lazy(Sequence[Points]):
    """Pages that are made when they are looked at."""

    many: int
    made: dict[int, Points] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.many

    def __getitem__(self, index: Any) -> Any:
        return self.made.setdefault(index, Points(f"plane {index}"))

    def __iter__(self) -> Iterator[Points]:
        raise AssertionError("all pages were asked for")


def pages(count: int = 1, **of_points: Any) -> Pages:
    views: Sequence[Any] = Lazy(count) if count > 1 else [Points(**of_points)]
    return Pages("demo", views, "the test", ("Nothing is averaged.",))


def show(shell: Any, shown: Pages) -> Pages:
    """Show pages in the running cell, as the tasks do."""
    from casa_kernel.extension import ensure_session  # noqa: PLC0415 - only kernels have one

    ensure_session(shell).plots.show(shown)
    return shown


SOURCE = Path(__file__)
