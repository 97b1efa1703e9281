"""``plotcal``: CASA's old task for calibration tables, translated to `plotms`.

CASA removed the task; scripts and habits of its users remain. `translated` says what a call means
to ``plotms``, and in words what is different.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from casa_plots.errors import InvalidParameterError, MissingDataError
from casa_plots.picture import Pages
from casa_plots.tables import opened

AXES: Final = {
    "scan": "scan",
    "time": "time",
    "chan": "chan",
    "freq": "freq",
    "antenna": "antenna1",
    "antenna1": "antenna1",
    "antenna2": "antenna2",
    "amp": "gainamp",
    "phase": "gainphase",
    "real": "gainreal",
    "imag": "gainimag",
    "snr": "snr",
    "tsys": "tsys",
    "delay": "delay",
    "spgain": "swp",
    "tec": "tec",
    "opac": "opac",
}
# What is plotted of a table if nothing is said, by its type.
_DEFAULT_Y: Final = {
    "K Jones": "delay",
    "Kcross Jones": "delay",
    "Fringe Jones": "delay",
    "B TSYS": "tsys",
    "G EVLASWPOW": "spgain",
    "TOpac": "opac",
    "F Jones": "tec",
}
_POLARISATIONS: Final = ("", "R", "L", "X", "Y", "RL", "XY")
_ITERATIONS: Final = ("antenna", "time", "spw", "field")
_SHAPES: Final = {".": "circle", "o": "circle", ",": "pixel", "s": "square", "d": "diamond"}
_COLOURS: Final = {
    "b": "blue",
    "g": "green",
    "r": "red",
    "c": "cyan",
    "m": "magenta",
    "y": "yellow",
    "k": "black",
    "w": "white",
}
_RANGE_LENGTH: Final = 4
_SIZE: Final = 10.0  # plotcal's default markersize and fontsize: the same as saying nothing


@dataclass(frozen=True, slots=True)
class Translation:
    """A call of ``plotms``, and what differs.

    Attributes
    ----------
    parameters : mapping
        Of `plotms`.
    notes : sequence of str
        Sentences for the user.
    """

    parameters: Mapping[str, Any]
    notes: Sequence[str]


def plotcal(
    caltable: str = "",
    xaxis: str = "",
    yaxis: str = "",
    poln: str = "",
    field: str = "",
    antenna: str = "",
    spw: str = "",
    timerange: str = "",
    subplot: int = 111,
    overplot: bool = False,
    clearpanel: str = "Auto",
    iteration: str = "",
    plotrange: Sequence[float] = (),
    showflags: bool = False,
    plotsymbol: str = "o",
    plotcolor: str = "blue",
    markersize: float = 5.0,
    fontsize: float = 10.0,
    showgui: bool = True,
    figfile: str = "",
    *,
    overwrite: bool = False,
    draw: Callable[..., Pages] | None = None,
) -> Pages:
    """Return a calibration table, plotted by `plotms` as ``plotcal`` would have plotted it.

    Parameters
    ----------
    caltable : str
        The table.
    xaxis, yaxis : str
        ``time``, ``scan``, ``chan``, ``freq``, ``antenna``, ``amp``, ``phase``, ``real``,
        ``imag``, ``snr``, ``delay``, ``tsys``, ``spgain``, ``tec``; empty for what suits the table.
    poln : str
        ``R``, ``L``, ``X``, ``Y``, or ``RL`` and ``XY`` for both; ``/`` for the ratio of the two.
    field, antenna, spw, timerange : str
        Which solutions, in CASA's syntax.
    subplot : int
        Rows, columns and number, such as 331: with `iteration`, panels on a page.
    overplot, clearpanel : bool, str
        Draw over the plot before.
    iteration : str
        A panel for each ``antenna``, ``time``, ``spw`` or ``field``, or several with commas.
    plotrange : sequence of float
        Left, right, bottom, top.
    showflags : bool
        Show flagged solutions, in red.
    plotsymbol, plotcolor, markersize, fontsize
        Looks, as matplotlib says them.
    showgui : bool
        Of no effect: pictures are shown by whoever calls this.
    figfile : str
        Also save the picture under this name.
    overwrite : bool
        `figfile` may exist.
    draw : callable, optional
        What draws instead of `casa_plots.plotms.plotms`, with the same parameters.

    Raises
    ------
    MissingDataError
        There is no such table.
    InvalidParameterError
        A parameter means nothing.
    PlotError
        What ``plotms`` raises.
    """
    del showgui
    asked = {
        "caltable": caltable,
        "xaxis": xaxis,
        "yaxis": yaxis,
        "poln": poln,
        "field": field,
        "antenna": antenna,
        "spw": spw,
        "timerange": timerange,
        "subplot": subplot,
        "overplot": overplot,
        "clearpanel": clearpanel,
        "iteration": iteration,
        "plotrange": plotrange,
        "showflags": showflags,
        "plotsymbol": plotsymbol,
        "plotcolor": plotcolor,
        "markersize": markersize,
        "fontsize": fontsize,
        "figfile": figfile,
        "overwrite": overwrite,
    }
    translation = translated(asked, type_of(caltable))
    if draw is None:
        from casa_plots.plotms import plotms  # noqa: PLC0415 - a larger part of the package

        draw = plotms
    pages = draw(**translation.parameters)
    return replace(pages, task="plotcal", notes=(*translation.notes, *pages.notes))


def type_of(caltable: str) -> str:
    """Return the type of a calibration table, as it says itself.

    Raises
    ------
    MissingDataError
        There is no such table, or it is none.
    """
    if not caltable:
        raise MissingDataError("plotcal needs a calibration table: give caltable='name'.")
    with opened(Path(caltable)) as table:
        if "VisCal" not in table.keywordnames():
            raise MissingDataError(
                f"{caltable} is no calibration table (it has no keyword VisCal): plotms draws "
                "MeasurementSets."
            )
        return str(table.getkeyword("VisCal"))


def translated(asked: Mapping[str, Any], viscal: str) -> Translation:
    """Return the call of ``plotms`` that a call of ``plotcal`` means.

    Parameters
    ----------
    asked : mapping
        All parameters of `plotcal`.
    viscal : str
        Type of the table.

    Raises
    ------
    InvalidParameterError
        A parameter means nothing.
    """
    notes: list[str] = []
    spectral = viscal.startswith(("B Jones", "Df", "Xf", "B TSYS"))
    x = _axis("xaxis", asked["xaxis"] or ("chan" if spectral else "time"))
    y = _axis("yaxis", asked["yaxis"] or _DEFAULT_Y.get(viscal, "amp"))
    rows, columns = _panels(int(asked["subplot"]), notes)
    found: dict[str, Any] = {
        "vis": asked["caltable"],
        "xaxis": x,
        "yaxis": y,
        "correlation": _polarisation(str(asked["poln"])),
        **{name: asked[name] for name in ("field", "antenna", "spw", "timerange")},
        "iteraxis": _iteration(str(asked["iteration"]), notes),
        "coloraxis": "corr" if asked["plotcolor"] in {"", "blue"} else "",
        "plotfile": asked["figfile"],
        "overwrite": asked["overwrite"],
    }
    if found["iteraxis"]:
        # As in plotcal, what panels show can be compared.
        found |= {"gridrows": rows, "gridcols": columns}
        found |= {"xsharedaxis": rows * columns > 1, "ysharedaxis": rows * columns > 1}
        found |= {"xselfscale": True, "yselfscale": True}
    elif rows * columns > 1:
        notes.append("subplot without iteration is of no effect: each call draws a page.")
    found |= _range(asked["plotrange"])
    found |= _symbols(asked, notes)
    if asked["showflags"]:
        found["customflaggedsymbol"] = True
    if asked["overplot"]:
        found["clearplots"] = False
    if asked["clearpanel"] not in {"Auto", "", "current", "all"}:
        notes.append(f"clearpanel={asked['clearpanel']!r} is of no effect: see clearplots.")
    if asked["fontsize"] != _SIZE:
        size = int(asked["fontsize"])
        found |= {"titlefont": size, "xaxisfont": size, "yaxisfont": size}
    said = ", ".join(f"{name}={value!r}" for name, value in found.items() if value)
    return Translation(found, [*notes, f"plotcal is plotms here: plotms({said})."])


def _axis(parameter: str, value: str) -> str:
    if value.lower() not in AXES:
        raise InvalidParameterError(f"{parameter}={value!r}: choose one of {', '.join(AXES)}.")
    return AXES[value.lower()]


def _polarisation(value: str) -> str:
    if value == "/":
        return "/"
    if value.upper() not in _POLARISATIONS:
        raise InvalidParameterError(f"poln={value!r}: choose one of R, L, RL, X, Y, XY, /.")
    return ",".join(value.upper()) if value else ""


def _panels(subplot: int, notes: list[str]) -> tuple[int, int]:
    """Return rows and columns of a number such as 331."""
    found = re.fullmatch(r"([1-9])([1-9])([1-9])", str(subplot))
    if found is None:
        raise InvalidParameterError(
            f"subplot={subplot}: give rows, columns and number in three digits, such as 331."
        )
    if found[3] != "1":
        notes.append("The last digit of subplot is of no effect: a page begins with its first.")
    return int(found[1]), int(found[2])


def _iteration(value: str, notes: list[str]) -> str:
    parts = [each.strip().lower() for each in value.split(",") if each.strip()]
    for each in parts:
        if each not in _ITERATIONS:
            raise InvalidParameterError(
                f"iteration={value!r}: choose from {', '.join(_ITERATIONS)}."
            )
    if len(parts) > 1:
        notes.append(f"plotms iterates over one axis: {parts[0]}; the others share its panels.")
    return parts[0] if parts else ""


def _range(value: Sequence[float]) -> dict[str, Any]:
    numbers = [float(each) for each in value]
    if not any(numbers):
        return {}
    if len(numbers) != _RANGE_LENGTH:
        raise InvalidParameterError(
            f"plotrange={list(value)}: give left, right, bottom, top; two zeros for an axis that "
            "fits the data."
        )
    return {"plotrange": numbers}


def _symbols(asked: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    symbol, colour = str(asked["plotsymbol"]), str(asked["plotcolor"])
    if (symbol, colour, asked["markersize"]) == ("o", "blue", 5.0):
        return {}  # nothing was said: our own looks
    shape = next((_SHAPES[each] for each in symbol if each in _SHAPES), "circle")
    found: dict[str, Any] = {
        "customsymbol": True,
        "symbolshape": shape,
        "symbolsize": max(1, round(float(asked["markersize"]))),
    }
    if colour and colour != "blue":
        found["symbolcolor"] = _COLOURS.get(colour, colour.lstrip("#"))
    line = [name for sign, name in (("-", "line"), (":", "line")) if sign in symbol]
    if line:
        found |= {"xconnector": "line", "timeconnector": True}
    strange = set(symbol) - set(_SHAPES) - {"-", ":", " "}
    if strange:
        notes.append(f"plotsymbol={symbol!r} is drawn as {shape}: plotms has no such shape.")
    return found
