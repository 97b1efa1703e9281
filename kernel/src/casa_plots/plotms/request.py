"""What is to be drawn, said in our words: frozen values made from checked parameters."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from casa_plots.asked import Asked, Averaging, Selection, Transform
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.plotms.checking import number
from casa_plots.plotms.names import OF_VISIBILITIES, axis_of, column_of


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a point looks like; a size in pixels, a colour as matplotlib takes it."""

    shape: str = "autoscaling"
    size: int = 2
    colour: str | None = None  # None for the palette's
    fill: str = "fill"
    outline: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One quantity along y.

    Attributes
    ----------
    y : Quantity
        What.
    right : bool
        Whether its axis is on the right.
    symbol : Symbol
        Of unflagged points.
    flagged : Symbol or None
        Of flagged points, None to hide them.
    """

    y: Quantity
    right: bool = False
    symbol: Symbol = Symbol()
    flagged: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Grid lines: a width in pixels, a style and a colour of matplotlib."""

    width: int
    style: str
    colour: str


@dataclass(frozen=True, slots=True)
class Words:
    """What is written around a plot; empty and 0 for what fits."""

    title: str = ""
    x: str = ""
    y: str = ""
    title_size: int = 0
    x_size: int = 0
    y_size: int = 0
    legend: str = ""  # a position of CASA; empty for none


@dataclass(frozen=True, slots=True)
class Iteration:
    """One plot for each value of a quantity.

    Attributes
    ----------
    over : Quantity
        Of what.
    same_x, same_y : bool
        Whether all have the same range.
    shared_x, shared_y : bool
        Whether only the outer plots of a page have labels.
    """

    over: Quantity
    same_x: bool = False
    same_y: bool = False
    shared_x: bool = False
    shared_y: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot, or one family of plots if it is iterated.

    Attributes
    ----------
    asked : Asked
        Which data.
    x : Quantity
        Along x.
    layers : tuple of Layer
        Along y; at least one.
    colour : Quantity or None
        What gives points their colour.
    iteration : Iteration or None
        Of which each value has a plot.
    place : tuple of int
        Row and column of the page.
    x_range, y_range : tuple of float or None
        Ends of the axes where they are given.
    connector : str
        ``line``, ``step`` or empty.
    by_time : bool
        Whether points are connected in the order of time.
    """

    asked: Asked
    x: Quantity
    layers: tuple[Layer, ...]
    colour: Quantity | None = None
    iteration: Iteration | None = None
    place: tuple[int, int] = (0, 0)
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    connector: str = ""
    by_time: bool = False
    words: Words = Words()
    major: Grid | None = None
    minor: Grid | None = None
    header: tuple[str, ...] = ()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All that has to be read for a drawing, each once."""
        found = [self.x, *(each.y for each in self.layers)]
        found += [self.colour] if self.colour else []
        found += [Quantity(Axis.TIME)] if self.by_time else []
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Saving:
    """What file the pictures are saved in.

    Attributes
    ----------
    path : Path
        As the user gave it.
    form : str
        ``png``, ``jpg``, ``pdf``, ``eps``, ``svg``, ``txt``.
    every : bool
        All pages, or the first.
    verbose : bool
        A text says what each point is.
    overwrite : bool
        A file that is there may be replaced.
    width, height : int
        Pixels; 0 for the usual.
    dpi : float
        Pixels per inch.
    """

    path: Path
    form: str
    every: bool
    verbose: bool
    overwrite: bool
    width: int
    height: int
    dpi: float


_DPI: Final = 100.0
_STYLES: Final = {"": "solid", "solid": "solid", "dash": "dashed", "dot": "dotted"}
_FORMS: Final = {"ps": "eps", "jpeg": "jpg"}


def plot_of(values: Mapping[str, Any]) -> Plot:
    """Return the plot that checked parameters ask for."""
    bounds = values["plotrange"] or [0.0] * 4
    return Plot(
        asked=asked_of(values),
        x=_quantity(values["xaxis"], values["xdatacolumn"], Axis.TIME),
        layers=_layers(values),
        colour=_named(values["coloraxis"]),
        iteration=_iteration(values),
        place=(values["rowindex"], values["colindex"]),
        x_range=(bounds[0], bounds[1]) if bounds[0] != bounds[1] else None,
        y_range=(bounds[2], bounds[3]) if bounds[2] != bounds[3] else None,
        connector="" if values["xconnector"] == "none" else values["xconnector"],
        by_time=bool(values["xconnector"]) and values["timeconnector"],
        words=Words(
            title=values["title"],
            x=values["xlabel"],
            y=values["ylabel"],
            title_size=max(values["titlefont"], 0),
            x_size=max(values["xaxisfont"], 0),
            y_size=max(values["yaxisfont"], 0),
            legend=(values["legendposition"] or "upperRight") if values["showlegend"] else "",
        ),
        major=_grid(values, "major"),
        minor=_grid(values, "minor"),
        header=tuple(each.strip() for each in values["headeritems"].split(",") if each.strip()),
    )


def asked_of(values: Mapping[str, Any]) -> Asked:
    """Return which data checked parameters ask for."""
    selection, averaging, transform = Selection(), Averaging(), Transform()
    if values["selectdata"]:
        names = ("field", "spw", "timerange", "uvrange", "antenna", "scan", "array", "observation")
        selection = replace(
            selection,
            **{name: values[name] for name in (*names, "intent", "feed", "msselect")},
            correlation=values["correlation"] or values["polarization"],
        )
    if values["averagedata"]:
        averaging = Averaging(
            channels=number("avgchannel", values["avgchannel"]),
            seconds=number("avgtime", values["avgtime"]),
            scan=values["avgscan"],
            field=values["avgfield"],
            baseline=values["avgbaseline"],
            antenna=values["avgantenna"],
            spw=values["avgspw"],
            scalar=values["scalar"],
        )
    if values["transform"]:
        transform = Transform(
            frame=values["freqframe"],
            velocity_definition=values["veldef"],
            rest_frequency=values["restfreq"],
        )
    return Asked(values["vis"] or values["caltable"], selection, averaging, transform)


def of_solutions(plot: Plot, values: Mapping[str, Any], axes: Collection[Axis], kind: str) -> Plot:
    """Return a plot of a calibration table: gains for visibilities, and CASA's default axes.

    Parameters
    ----------
    plot : Plot
        As asked for.
    axes : collection of Axis
        What the table has values of.
    kind : str
        What CASA calls it, such as ``B Jones``.
    """
    # Of a table whose solutions are no gains its one number is meant.
    own = next((each for each in _OWN if each in axes), Axis.GAINAMP)
    gains = _GAINS if Axis.GAINAMP in axes else {}

    def changed(quantity: Quantity, *, default: bool) -> Quantity:
        if default and Axis.GAINAMP not in axes:
            return Quantity(own)
        return Quantity(gains.get(quantity.axis, quantity.axis))

    layers = tuple(
        replace(each, y=changed(each.y, default=not any(values["yaxis"]))) for each in plot.layers
    )
    x = changed(plot.x, default=False)
    if not values["xaxis"] and kind.startswith(("B", "Tsys", "A Mueller")):
        x = Quantity(Axis.CHANNEL)
    elif not values["xaxis"] and Axis.GAINAMP not in axes and own is Axis.DELAY:
        x = Quantity(Axis.ANTENNA1)
    return replace(plot, x=x, layers=layers)


_GAINS: Final = {
    Axis.AMP: Axis.GAINAMP,
    Axis.PHASE: Axis.GAINPHASE,
    Axis.REAL: Axis.GAINREAL,
    Axis.IMAG: Axis.GAINIMAG,
}
_OWN: Final = (Axis.DELAY, Axis.TSYS, Axis.OPACITY, Axis.SWPOWER, Axis.TEC)


def saving_of(values: Mapping[str, Any]) -> Saving | None:
    """Return what file is asked for, None for none."""
    if not values["plotfile"]:
        return None
    path = Path(values["plotfile"]).expanduser()
    suffix = path.suffix.lower().lstrip(".")
    form = values["expformat"] or suffix
    dpi = float(values["dpi"]) if values["dpi"] > 0 else _DPI * (2 if values["highres"] else 1)
    return Saving(
        path=path,
        form=_FORMS.get(form, form),
        every=values["exprange"] == "all",
        verbose=values["verbose"],
        overwrite=values["overwrite"],
        width=max(values["width"], 0),
        height=max(values["height"], 0),
        dpi=dpi,
    )


def _quantity(name: str, column: str, default: Axis) -> Quantity:
    axis = axis_of(name) if name else default
    if axis is None:
        raise ValueError(f"{name} was not checked by `ability`")
    if axis not in OF_VISIBILITIES:
        return Quantity(axis)
    return Quantity(axis, column_of(column) or Column.DATA)


def _named(name: str) -> Quantity | None:
    return _quantity(name, "", Axis.TIME) if name else None


def _layers(values: Mapping[str, Any]) -> tuple[Layer, ...]:
    axes = values["yaxis"] or [""]
    made = []
    for n, axis in enumerate(axes):
        column = _nth(values["ydatacolumn"], n, "")
        shown = bool(_nth(values["customflaggedsymbol"], n, default=False))
        made.append(
            Layer(
                y=_quantity(axis, column, Axis.AMP),
                right=_nth(values["yaxislocation"], n, "") == "right",
                symbol=_symbol(values, n),
                flagged=_symbol(values, n, "flagged") if shown else None,
            )
        )
    return tuple(made)


def _symbol(values: Mapping[str, Any], n: int, prefix: str = "") -> Symbol:
    if not _nth(values[f"custom{prefix}symbol"], n, default=False):
        return Symbol()
    plain = "circle" if prefix else "autoscaling"
    return Symbol(
        shape=_nth(values[f"{prefix}symbolshape"], n, plain) or plain,
        size=max(_nth(values[f"{prefix}symbolsize"], n, 2), 1),
        colour=_nth(values[f"{prefix}symbolcolor"], n, "") or None,
        fill=_nth(values[f"{prefix}symbolfill"], n, "fill") or "fill",
        outline=_nth(values[f"{prefix}symboloutline"], n, default=False),
    )


def _nth(values: list[Any], n: int, default: Any) -> Any:  # noqa: ANN401 - of any parameter
    return values[n] if n < len(values) else default


def _iteration(values: Mapping[str, Any]) -> Iteration | None:
    over = _named(values["iteraxis"])
    if over is None:
        return None
    return Iteration(
        over,
        values["xselfscale"],
        values["yselfscale"],
        values["xsharedaxis"] and values["gridrows"] > 1,
        values["ysharedaxis"] and values["gridcols"] > 1,
    )


def _grid(values: Mapping[str, Any], which: str) -> Grid | None:
    if not values[f"show{which}grid"] or values[f"{which}style"] == "none":
        return None
    return Grid(
        width=max(values[f"{which}width"], 1),
        style=_STYLES[values[f"{which}style"]],
        colour=_nth(values[f"{which}color"], 0, "") or "#B0B0B0",
    )
