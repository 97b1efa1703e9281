"""``plotuv``: which spacings of the aperture plane an observation has, and their conjugates.

A page for each field. Few points are drawn one by one, many are counted in pixels; what is
counted is read in blocks, so that memory does not grow with the data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from casa_plots import style
from casa_plots.asked import Asked, Selection
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block
from casa_plots.density import mixed
from casa_plots.errors import EmptyPlotError, InvalidParameterError
from casa_plots.labels import settle
from casa_plots.picture import Format, Looking, Pages, Picture, Region, Size
from casa_plots.plotms.canvas import Counts, Grid
from casa_plots.saving import check_place, format_of, save_pages
from casa_plots.sources import open_source

FRAME: Final = "uv"
_SIZE: Final = Size(8.0, 8.0)
_ONE_BY_ONE: Final = 20_000  # points that matplotlib draws; more are counted
_AXES: Final = {"wavelengths": (Axis.UWAVE, Axis.VWAVE), "metres": (Axis.U, Axis.V)}
_SPW: Final = Quantity(Axis.SPW)
_FIELD: Final = Quantity(Axis.FIELD)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Points of the aperture plane, without their conjugates.

    Attributes
    ----------
    u, v : ndarray
        ``(points,)``: in wavelengths or metres.
    spw : ndarray
        ``(points,)``: spectral windows; in metres all 0.
    """

    u: Floats
    v: Floats
    spw: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Colours:
    """CASA's ways to choose looks: a list of colours, and how many windows have each."""

    names: Sequence[str]
    cycle: int
    symbol: str


def plotuv(
    vis: str,
    field: str = "",
    antenna: str = "",
    spw: str = "",
    observation: str = "",
    array: str = "",
    timerange: str = "",
    units: str = "wavelengths",
    maxnpts: int = 0,
    colors: Sequence[str] = (),
    symb: str = ".",
    ncycles: int = 1,
    figfile: str = "",
    *,
    overwrite: bool = False,
    looking: Looking = Looking(_SIZE),  # noqa: B008 - frozen
) -> Pages:
    """Return the uv coverage of a MeasurementSet, a page for each field.

    Parameters
    ----------
    vis : str
        The MeasurementSet.
    field, antenna, spw, observation, array, timerange : str
        Which data, in CASA's syntax. ``spw='0:31'`` draws one channel; without channels all are
        drawn, as wavelengths differ between them.
    units : str
        ``wavelengths`` or ``metres``; in metres all channels are one point.
    maxnpts : int
        Draw no more than about this many points of a field, evenly thinned; 0 for all.
    colors : sequence of str
        Colours of matplotlib's for spectral windows, used in turn; empty for our own.
    symb : str
        Marker of matplotlib's, where points are drawn one by one.
    ncycles : int
        How many spectral windows in a row have the same colour.
    figfile : str
        Also save the pages under this name; the format goes by its suffix.
    overwrite : bool
        `figfile` may exist.
    looking : Looking
        Size and theme of `figfile`.

    Returns
    -------
    Pages
        A view for each field that is selected. Data of which all correlations are flagged are
        left out.

    Raises
    ------
    MissingDataError
        There is no such MeasurementSet.
    SelectionError
        CASA cannot read the selection, or nothing is selected.
    EmptyPlotError
        From drawing: all of a field is flagged.
    InvalidParameterError, FileInTheWayError
        A parameter means nothing, or `figfile` cannot be written.
    """
    colours = _colours(colors, ncycles, symb)
    if units not in _AXES:
        raise InvalidParameterError(f"units={units!r}: choose one of {', '.join(_AXES)}.")
    if maxnpts < 0:
        raise InvalidParameterError(f"maxnpts={maxnpts} is negative: give 0 for all points.")
    if figfile:
        format_of(Path(figfile))
        check_place([Path(figfile).expanduser()], overwrite=overwrite)
    selection = Selection(
        field=field,
        antenna=antenna,
        spw=spw,
        observation=observation,
        array=array,
        timerange=timerange,
    )
    views = [
        CoverageView(vis, each, name, units, maxnpts, colours)
        for each, name in _by_field(vis, selection)
    ]
    notes = ["Data of which all correlations are flagged are left out."]
    if maxnpts:
        notes.append(f"Thinned to about {maxnpts} points, as maxnpts says.")
    pages = Pages("plotuv", views, notes=notes)
    return save_pages(pages, figfile, looking=looking, overwrite=overwrite) if figfile else pages


def _colours(names: Sequence[str], cycle: int, symbol: str) -> Colours:
    for each in names:
        if not mpl.colors.is_color_like(each):
            raise InvalidParameterError(f"colors: {each!r} is no colour of matplotlib's.")
    if symbol not in Line2D.markers:
        raise InvalidParameterError(f"symb={symbol!r} is no marker of matplotlib's: try '.'.")
    if cycle < 1:
        raise InvalidParameterError(f"ncycles={cycle}: give 1 or more.")
    return Colours(tuple(names), cycle, symbol)


def _by_field(vis: str, selection: Selection) -> Iterator[tuple[Selection, str]]:
    """Yield a selection for each field that there are rows of, and its name."""
    source = open_source(Asked(vis, selection))
    names = source.names(_FIELD) or ()
    found: set[int] = set()
    for block in source.blocks([_FIELD]):
        found.update(np.unique(block.values[_FIELD]).astype(int).tolist())
    for number in sorted(found):
        yield replace(selection, msselect=f"FIELD_ID=={number:d}"), str(names[number])


def points(vis: str, selection: Selection, units: str) -> Iterator[Coverage]:
    """Yield what is not flagged of a selection, block by block."""
    across, along = (Quantity(each) for each in _AXES[units])
    for block in open_source(Asked(vis, selection)).blocks([across, along, _SPW]):
        rows, channels, _ = block.shape
        shape = (rows, channels if units == "wavelengths" else 1)
        lost = np.broadcast_to(block.flagged, block.shape)
        lost = np.all(lost, axis=2)
        if units == "metres":
            lost = np.all(lost, axis=1, keepdims=True)
        u, v, spw = (_plane(block, each, shape)[~lost] for each in (across, along, _SPW))
        # In metres all windows are in the same places: they are one.
        yield Coverage(u, v, spw.astype(np.int64) * (units == "wavelengths"))


def _plane(block: Block, quantity: Quantity, shape: tuple[int, int]) -> NDArray[Any]:
    values = np.asarray(block.values[quantity])[:, :, 0]
    return np.broadcast_to(values[:, : shape[1]], shape)


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The uv coverage of one field; `units`, `most` and `colours` as `plotuv` has them."""

    vis: str
    selection: Selection
    field: str
    units: str
    most: int
    colours: Colours

    @property
    def title(self) -> str:
        """See `View`."""
        return f"uv coverage of {self.field}, {Path(self.vis).name}"

    @property
    def zoomable(self) -> bool:
        """See `View`."""
        return True

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """See `View`; the data are read again."""
        extent, count, windows = self._overview()
        thin = max(1, -(-count // self.most)) if self.most else 1
        scale, unit = _unit(extent, self.units)

        def build(figure: Figure, look: style.Style) -> style.Drawn:
            axes = figure.add_subplot()
            axes.set_title(self.title)
            axes.set_xlabel(f"u ({unit})")
            axes.set_ylabel(f"v ({unit})")
            _limit(figure, axes, extent / scale * 1.05, looking.regions.get(FRAME))
            colours = {each: self._colour(place, look) for place, each in enumerate(windows)}
            if 2 * count // thin <= _ONE_BY_ONE:
                self._dots(axes, scale, thin, colours)
            else:
                self._counts(axes, scale, thin, colours)
            if len(windows) > 1:
                _legend(axes, colours)
            return style.Drawn(
                {FRAME: axes},
                f"{self.title}: {count} points and their conjugates, out to "
                f"{extent / scale:.4g} {unit}"
                f"{f', of {len(windows)} spectral windows' if len(windows) > 1 else ''}.",
            )

        return style.draw(looking, form, build)

    def _overview(self) -> tuple[float, int, list[int]]:
        """Return how far it goes, how many points there are, and of which windows."""
        extent, count, windows = 0.0, 0, set[int]()
        for each in points(self.vis, self.selection, self.units):
            if len(each.u):
                extent = max(extent, float(np.abs(each.u).max()), float(np.abs(each.v).max()))
                count += len(each.u)
                windows.update(np.unique(each.spw).tolist())
        if not count:
            raise EmptyPlotError(
                f"All that is selected of field {self.field} in {self.vis} is flagged: select "
                "other data, or restore flags with flagmanager."
            )
        return extent, count, sorted(windows)

    def _colour(self, place: int, look: style.Style) -> str:
        index = place // self.colours.cycle
        names = self.colours.names
        return names[index % len(names)] if names else look.hue(index)

    def _thinned(self, scale: float, thin: int) -> Iterator[Coverage]:
        """Yield points with their conjugates, in the unit of the axes."""
        for each in points(self.vis, self.selection, self.units):
            u, v, spw = each.u[::thin] / scale, each.v[::thin] / scale, each.spw[::thin]
            yield Coverage(np.concatenate([u, -u]), np.concatenate([v, -v]), np.tile(spw, 2))

    def _dots(self, axes: Axes, scale: float, thin: int, colours: Mapping[int, str]) -> None:
        for part in self._thinned(scale, thin):
            for window, colour in colours.items():
                mine = part.spw == window
                axes.plot(
                    part.u[mine],
                    part.v[mine],
                    self.colours.symbol,
                    color=colour,
                    markersize=3,
                    markeredgewidth=0 if self.colours.symbol == "." else None,
                    scalex=False,
                    scaley=False,
                )

    def _counts(self, axes: Axes, scale: float, thin: int, colours: Mapping[int, str]) -> None:
        box = axes.get_window_extent()
        width, height = max(1, round(box.width)), max(1, round(box.height))
        shown = Region(*axes.get_xlim(), *axes.get_ylim())
        counts = Counts(Grid(shown, width, height), len(colours), keep=0)
        windows = np.array(list(colours))
        for part in self._thinned(scale, thin):
            hidden = np.zeros(1, np.bool_)
            place = np.searchsorted(windows, part.spw).astype(np.int32)
            counts.add(part.u, part.v, hidden, place)
        axes.imshow(
            mixed(counts.counts, [to_rgb(each) for each in colours.values()]),
            extent=(*axes.get_xlim(), *axes.get_ylim()),
            origin="lower",
            interpolation="nearest",
            aspect="auto",
            zorder=2,
        )


def _unit(extent: float, units: str) -> tuple[float, str]:
    """Return what values are divided by, and the unit they then have."""
    if units == "metres":
        return (1e3, "km") if extent >= 1e4 else (1.0, "m")  # noqa: PLR2004
    return (1e6, "Mλ") if extent >= 1e6 else (1e3, "kλ")  # noqa: PLR2004


def _limit(figure: Figure, axes: Axes, half: float, region: Region | None) -> None:
    """Set limits with both axes in the same scale; the layout is settled by it."""
    low, high = np.full(2, -half), np.full(2, half)
    if region is not None:
        low = np.array([region.left, region.bottom])
        high = np.array([region.right, region.top])
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    settle(figure)
    box = axes.get_window_extent()
    pixels = np.array([box.width, box.height])
    middle, halves = (low + high) / 2, pixels * np.max((high - low) / pixels) / 2
    axes.set_xlim(middle[0] - halves[0], middle[0] + halves[0])
    axes.set_ylim(middle[1] - halves[1], middle[1] + halves[1])


def _legend(axes: Axes, colours: Mapping[int, str]) -> None:
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", markersize=5, label=f"spw {window}")
        for window, colour in list(colours.items())[:12]
    ]
    axes.legend(handles=handles, loc="upper right")
