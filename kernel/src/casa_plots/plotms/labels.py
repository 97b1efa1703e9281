"""What axes, values and plots are called."""

import re
from collections.abc import Mapping
from typing import Final

from casa_plots.axes import Axis, Column, Quantity

# Name, and the unit of the values where it is always the same.
_NAMES: Final[Mapping[Axis, tuple[str, str]]] = {
    Axis.SCAN: ("Scan", ""),
    Axis.FIELD: ("Field", ""),
    Axis.TIME: ("Time", ""),  # its scale is that of a table
    Axis.INTERVAL: ("Time interval", "s"),
    Axis.SPW: ("Spw", ""),
    Axis.CHANNEL: ("Channel", ""),
    Axis.FREQUENCY: ("Frequency", "GHz"),
    Axis.VELOCITY: ("Velocity", "km/s"),
    Axis.CORR: ("Correlation", ""),
    Axis.ANTENNA1: ("Antenna 1", ""),
    Axis.ANTENNA2: ("Antenna 2", ""),
    Axis.ANTENNA: ("Antenna", ""),
    Axis.BASELINE: ("Baseline", ""),
    Axis.ROW: ("Row", ""),
    Axis.OBSERVATION: ("Observation", ""),
    Axis.INTENT: ("Intent", ""),
    Axis.FEED1: ("Feed 1", ""),
    Axis.FEED2: ("Feed 2", ""),
    Axis.AMP: ("Amp", ""),
    Axis.PHASE: ("Phase", "degrees"),
    Axis.REAL: ("Real", ""),
    Axis.IMAG: ("Imag", ""),
    Axis.WT: ("Weight", ""),
    Axis.WTAMP: ("Weight · amp", ""),
    Axis.WTSP: ("Weight spectrum", ""),
    Axis.SIGMA: ("Sigma", ""),
    Axis.SIGMASP: ("Sigma spectrum", ""),
    Axis.FLAG: ("Flag", ""),
    Axis.FLAGROW: ("Flag of row", ""),
    Axis.SNR: ("SNR", ""),
    Axis.UVDIST: ("UV distance", "m"),
    Axis.UVWAVE: ("UV distance", "λ"),
    Axis.U: ("u", "m"),
    Axis.V: ("v", "m"),
    Axis.W: ("w", "m"),
    Axis.UWAVE: ("u", "λ"),
    Axis.VWAVE: ("v", "λ"),
    Axis.WWAVE: ("w", "λ"),
    Axis.AZIMUTH: ("Azimuth", "degrees"),
    Axis.ELEVATION: ("Elevation", "degrees"),
    Axis.HOURANGLE: ("Hour angle", "hours"),
    Axis.PARANGLE: ("Parallactic angle", "degrees"),
    Axis.ANT_AZIMUTH: ("Azimuth of antenna", "degrees"),
    Axis.ANT_ELEVATION: ("Elevation of antenna", "degrees"),
    Axis.ANT_PARANGLE: ("Parallactic angle of antenna", "degrees"),
    Axis.GAINAMP: ("Gain amp", ""),
    Axis.GAINPHASE: ("Gain phase", "degrees"),
    Axis.GAINREAL: ("Gain real", ""),
    Axis.GAINIMAG: ("Gain imag", ""),
    Axis.DELAY: ("Delay", "ns"),
    Axis.RATE: ("Delay rate", "ps/s"),
    Axis.DISPDELAY: ("Dispersive delay", "10¹⁶/m²"),
    Axis.OPACITY: ("Opacity", ""),
    Axis.TSYS: ("Tsys", "K"),
    Axis.SWPOWER: ("Switched power", ""),
    Axis.TEC: ("TEC", "10¹⁶/m²"),
}
_COLUMNS: Final = {Column.RESIDUAL: "corrected−model", Column.DATA_MINUS_MODEL: "data−model"}  # noqa: RUF001
_TAG: Final = re.compile(r"%%(\w+)%%")


def name_of(quantity: Quantity) -> str:
    """Return what a quantity is called, such as ``Amp: corrected``."""
    name = _NAMES[quantity.axis][0]
    if quantity.column is None:
        return name
    return f"{name}: {_COLUMNS.get(quantity.column, quantity.column.value)}"


def unit_of(quantity: Quantity, time_scale: str) -> str:
    """Return the unit of a quantity, that of times being their scale; empty for none."""
    return time_scale if quantity.axis is Axis.TIME else _NAMES[quantity.axis][1]


def label_of(quantity: Quantity, time_scale: str, unit: str = "") -> str:
    """Return what stands at an axis.

    Parameters
    ----------
    time_scale : str
        Of the table.
    unit : str
        What the numbers at the ticks are in, where it is not the usual unit.
    """
    usual = unit_of(quantity, time_scale)
    if unit.startswith("×") and usual:  # noqa: RUF001 - a power of ten
        unit = f"{unit} {usual}"
    shown = unit or usual
    return f"{name_of(quantity)} ({shown})" if shown else name_of(quantity)


def expanded(
    text: str, x: Quantity, y: Quantity, time_scale: str, own: Quantity | None = None
) -> str:
    """Return a text of the user with what stands between pairs of ``%%`` filled in.

    ``xaxis``, ``yaxis``, ``xunit``, ``yunit``, ``xdata``, ``ydata`` (columns), and ``axis`` and
    ``unit`` for the axis that the text is of. Other words stay as they are.

    Parameters
    ----------
    time_scale : str
        Of the table.
    own : Quantity, optional
        What the axis is of; that along x for a title.
    """
    mine = own or x
    known = {
        "xaxis": _NAMES[x.axis][0],
        "yaxis": _NAMES[y.axis][0],
        "axis": _NAMES[mine.axis][0],
        "xunit": unit_of(x, time_scale),
        "yunit": unit_of(y, time_scale),
        "unit": unit_of(mine, time_scale),
        "xdata": x.column.value if x.column else "",
        "ydata": y.column.value if y.column else "",
    }
    return _TAG.sub(lambda found: known.get(found[1].lower(), found[0]), text)
