"""How pictures look: the one place for colours, fonts and how a figure becomes a `Picture`.

Matplotlib is used without pyplot, and with its own defaults whatever the user's notebook has set:
a picture looks the same in a notebook with a style of its own and in a batch job.

Colours follow Okabe and Ito's set for colour-blind readers (https://jfly.uni-koeln.de/color/), made
a little darker on white and a little lighter on black so that each has at least three times the
contrast of its ground (WCAG 2.2, 1.4.11). `MARKERS` go with them: no meaning hangs on colour alone.
"""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine

from casa_plots.picture import Format, Frame, Looking, Picture, Region, Scale, Size, Theme

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")


@dataclass(frozen=True, slots=True)
class Style:
    """The colours of one theme.

    Attributes
    ----------
    ground : str
        Of the whole picture.
    text : str
        Of titles, labels and numbers.
    faint : str
        Of what is there to be found when looked for: frames, ticks, notes.
    grid : str
        Of grid lines, a shade away from the ground.
    blank : str
        Where an image has no value.
    flagged : str
        Of flagged data, as CASA does: a red.
    hues : tuple of str
        For groups of data, the most different ones first; take `hue` for any number of groups.
    density : str
        Name of a colour map of matplotlib's for numbers of points, dense ones far from the ground.
    """

    ground: str
    text: str
    faint: str
    grid: str
    blank: str
    flagged: str
    hues: tuple[str, ...]
    density: str

    def hue(self, index: int) -> str:
        """Return the colour of a group; after the last the first comes again."""
        return self.hues[index % len(self.hues)]


STYLES: Final = {
    Theme.LIGHT: Style(
        ground="#ffffff",
        text="#1f2328",
        faint="#656d76",
        grid="#e3e6ea",
        blank="#d5d8dc",
        flagged="#c42424",
        hues=(
            "#0072b2",
            "#d55e00",
            "#00875f",
            "#b8619a",
            "#b07800",
            "#2a8fc7",
            "#5c5c5c",
            "#7a4fb0",
        ),
        density="viridis_r",
    ),
    Theme.DARK: Style(
        ground="#111111",
        text="#e6e6e6",
        faint="#9aa0a6",
        grid="#2b2e33",
        blank="#3a3d42",
        flagged="#ff6b6b",
        hues=(
            "#56b4e9",
            "#f5a623",
            "#2bc79a",
            "#e39bc4",
            "#f0e442",
            "#ff8548",
            "#c0c0c0",
            "#b79bff",
        ),
        density="viridis",
    ),
}

# Parameters of matplotlib's that are not of looks.
_OF_THE_PROCESS: Final = ("backend", "interactive", "toolbar", "webagg", "date.epoch")
_PAD: Final = 0.09  # inches around what is drawn

# Matplotlib's parameters are global to the process: only one thread draws at a time.
_DRAWING: Final = threading.RLock()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What somebody drew on a figure.

    Attributes
    ----------
    frames : mapping of str to Axes
        The axes that data are in, by the names that their frames have.
    alternative : str
        See `Picture`.
    """

    frames: Mapping[str, Axes]
    alternative: str


def draw(looking: Looking, form: Format, build: Callable[[Figure, Style], Drawn]) -> Picture:
    """Return the picture of what a function draws.

    Parameters
    ----------
    looking : Looking
        Size and theme; regions are for `build` to obey.
    form : Format
        Of the file.
    build : callable
        Draws on an empty figure in the style given. It is called once, with matplotlib's
        parameters set to the style, so that what it adds needs no colours of its own.
    """
    style = STYLES[looking.theme]
    with undisturbed(_parameters(style)):
        layout = ConstrainedLayoutEngine(w_pad=_PAD, h_pad=_PAD)
        figure = new_figure(looking.size, style, layout)
        drawn = build(figure, style)
        # Layouts are settled, and aspects applied, when a figure is drawn.
        content = _saved(figure, form, drawn.alternative)
        frames = [frame(name, axes) for name, axes in drawn.frames.items()]
    return Picture(content, looking.size.pixels, frames, drawn.alternative)


@contextmanager
def undisturbed(parameters: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
    """Draw alone, with matplotlib's own parameters but for those given.

    What the user's notebook has set does not count.
    """
    with _DRAWING, mpl.rc_context(_own() | dict(parameters)):
        yield


def _own() -> Any:  # noqa: ANN401 - keys and values are matplotlib's
    return {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if not name.startswith(_OF_THE_PROCESS)
    }


def new_figure(size: Size, style: Style, layout: LayoutEngine | None = None) -> Figure:
    """Return an empty figure that draws without a screen; a layout arranges what is added to it."""
    figure = Figure((size.width, size.height), dpi=size.dpi, layout=layout)
    figure.set_facecolor(style.ground)
    FigureCanvasAgg(figure)
    return figure


def frame(name: str, axes: Axes) -> Frame:
    """Return where in its figure an axes object is; the figure must have been drawn."""
    box = axes.get_position()
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    return Frame(
        name=name,
        box=Region(float(box.x0), float(box.x1), float(box.y0), float(box.y1)),
        shown=Region(float(left), float(right), float(bottom), float(top)),
        x_scale=_scale(axes.get_xscale()),
        y_scale=_scale(axes.get_yscale()),
        x_label=axes.get_xlabel(),
        y_label=axes.get_ylabel(),
    )


def _scale(name: str) -> Scale:
    return Scale.LOG if name == "log" else Scale.LINEAR


def _saved(figure: Figure, form: Format, alternative: str) -> bytes:
    """Return the file; it has the alternative text in it, and nothing that differs each time."""
    metadata: dict[str, Any] = {}  # matplotlib's: strings, dates, None
    if form is Format.PNG:
        metadata = {"Description": alternative, "Software": None}
    elif form is Format.SVG:
        metadata = {"Description": alternative, "Date": None}
    elif form is Format.PDF:
        metadata = {"Subject": alternative, "CreationDate": None}
    written = io.BytesIO()
    figure.savefig(written, format=form.value, metadata=metadata or None)
    return written.getvalue()


def _parameters(style: Style) -> dict[str, Any]:
    return {
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.labelsize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "text.color": style.text,
        "axes.labelcolor": style.text,
        "axes.titlecolor": style.text,
        "axes.facecolor": style.ground,
        "axes.edgecolor": style.faint,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=style.hues),
        "grid.color": style.grid,
        "grid.linewidth": 0.8,
        "xtick.color": style.faint,
        "ytick.color": style.faint,
        "xtick.labelcolor": style.text,
        "ytick.labelcolor": style.text,
        "legend.labelcolor": style.text,
        "figure.facecolor": style.ground,
        "savefig.facecolor": style.ground,
        # Text in files is text that can be searched, and names in them are the same each time.
        "svg.fonttype": "none",
        "svg.hashsalt": "casahub",
        "pdf.fonttype": 42,
    }
