"""Each quantity of visibilities, computed from points: pure functions.

Units and definitions are in ``docs/users/plots/axes.md``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis, Column, Quantity
from casa_plots.visibilities.geometry import OF_ANTENNAS, OF_ARRAY, antenna_values, array_value
from casa_plots.visibilities.observation import SPEED_OF_LIGHT, Observation
from casa_plots.visibilities.points import Points
from casa_plots.visibilities.spectral import Spectral

Values = NDArray[Any]

# Quantities that there is one of in each row, and where it is on disk.
_ROWS: Final = {
    Axis.SCAN: "SCAN_NUMBER",
    Axis.FIELD: "FIELD_ID",
    Axis.TIME: "TIME",
    Axis.INTERVAL: "INTERVAL",
    Axis.ANTENNA1: "ANTENNA1",
    Axis.ANTENNA2: "ANTENNA2",
    Axis.OBSERVATION: "OBSERVATION_ID",
    Axis.INTENT: "STATE_ID",
    Axis.FEED1: "FEED1",
    Axis.FEED2: "FEED2",
}
VISIBLE: Final = frozenset({Axis.AMP, Axis.PHASE, Axis.REAL, Axis.IMAG, Axis.WTAMP, Axis.SNR})
# A point for either antenna of a baseline: what is different for the two.
PAIRED: Final = frozenset({Axis.ANTENNA, *OF_ANTENNAS})


@dataclass(frozen=True, slots=True)
class Setting:
    """What quantities are computed with, besides points.

    Attributes
    ----------
    observation : Observation
        What the subtables say.
    antennas : sequence of str
        Names that antenna numbers stand for.
    spectral : Spectral
        How frequencies are to be understood.
    """

    observation: Observation
    antennas: Sequence[str]
    spectral: Spectral


def values_of(
    quantity: Quantity,
    points: Points,
    setting: Setting,
) -> Values:
    """Return the values of a quantity; they broadcast to the shape of the points.

    Parameters
    ----------
    quantity : Quantity
        One of `KNOWN`.
    points : Points
        What was read, perhaps averaged.
    setting : Setting
        What else is known.
    """
    axis, column = quantity.axis, quantity.column or default_column(setting.observation)
    if axis in _ROWS:
        return _each_row(points.row(_ROWS[axis]))
    if axis in {Axis.AMP, Axis.PHASE, Axis.REAL, Axis.IMAG}:
        return points.part(axis, column)
    if axis is Axis.WTAMP:
        return points.weights("WEIGHT_SPECTRUM") * points.part(Axis.AMP, column)
    if axis is Axis.SNR:
        return np.sqrt(_precision(points, column)) * points.part(Axis.AMP, column)
    if axis is Axis.BASELINE:
        one, other = points.row("ANTENNA1"), points.row("ANTENNA2")
        return _each_row(baseline_numbers(one, other, len(setting.antennas)))
    return _OTHERS[axis](points, setting)


def default_column(observation: Observation) -> Column:
    """Return the column of quantities that were asked for without one."""
    has_data = "DATA" in observation.columns or "FLOAT_DATA" not in observation.columns
    return Column.DATA if has_data else Column.FLOAT


def paired_values(axis: Axis, points: Points, setting: Setting) -> Values:
    """Return values of the first antennas, then of the second; (2 rows, 1, 1)."""
    columns = ("ANTENNA1", "ANTENNA2")
    if axis is Axis.ANTENNA:
        found = [points.row(column) for column in columns]
    else:
        found = [antenna_values(axis, points, setting.observation, name) for name in columns]
    return _each_row(np.concatenate(found))


def _each_row(values: Values) -> Values:
    return np.asarray(values).reshape(-1, 1, 1)


def weight_of(quantity: Quantity, column: Column) -> str:
    """Return which weights a quantity is made of, WEIGHT or SIGMA; empty for one of none."""
    match quantity.axis:
        case Axis.WT | Axis.WTSP | Axis.WTAMP:
            return "WEIGHT"
        case Axis.SIGMA | Axis.SIGMASP:
            return "SIGMA"
        case Axis.SNR:
            return _noise(column)
        case _:
            return ""


def _noise(column: Column) -> str:
    """Return what says how noisy a column is: of data as observed SIGMA, of calibrated WEIGHT."""
    return "SIGMA" if column in {Column.DATA, Column.FLOAT} else "WEIGHT"


def _precision(points: Points, column: Column) -> Values:
    """Return one over the variance."""
    if _noise(column) == "WEIGHT":
        return points.weights("WEIGHT_SPECTRUM")
    sigma = points.weights("SIGMA_SPECTRUM")
    with np.errstate(divide="ignore"):
        return 1 / (sigma * sigma)


def _window(points: Points, setting: Setting) -> Values:
    del setting
    return _each_row(points.windows)


def _channel(points: Points, setting: Setting) -> Values:
    del setting
    return points.channels[:, :, None]


def _frequency(points: Points, setting: Setting) -> Values:
    return setting.spectral.frequencies(points)[:, :, None] * 1e-9


def _velocity(points: Points, setting: Setting) -> Values:
    return setting.spectral.velocities(points)[:, :, None] * 1e-3


def _in_the_sky(axis: Axis) -> Callable[[Points, Setting], Values]:
    def in_the_sky(points: Points, setting: Setting) -> Values:
        return _each_row(array_value(axis, points, setting.observation))

    return in_the_sky


def _correlation(points: Points, setting: Setting) -> Values:
    names = setting.observation.correlations
    return np.array([names.index(each) for each in points.names])[None, None]


def baseline_numbers(one: Values, other: Values, antennas: int) -> NDArray[np.int64]:
    """Return the number of each baseline: 0-0, 0-1, … 0-(n-1), 1-1, and so on."""
    low = np.minimum(one, other).astype(np.int64)
    high = np.maximum(one, other).astype(np.int64)
    return np.asarray(low * antennas - low * (low - 1) // 2 + high - low)


def baseline_names(antennas: Sequence[str]) -> list[str]:
    """Return the names of baselines in the order of their numbers."""
    return [f"{one}&{other}" for n, one in enumerate(antennas) for other in antennas[n:]]


def _row(points: Points, setting: Setting) -> Values:
    del setting
    return _each_row(points.rows)


def _flag(points: Points, setting: Setting) -> Values:
    del setting
    return points.flagged().view(np.int8)


def _flag_row(points: Points, setting: Setting) -> Values:
    del setting
    return _each_row(points.row("FLAG_ROW")).view(np.int8)


def _stored_weight(column: str) -> Callable[[Points, Setting], Values]:
    def stored(points: Points, setting: Setting) -> Values:
        del setting
        return points.weights(column)

    return stored


def _length(components: tuple[int, ...]) -> Callable[[Points, Setting], Values]:
    def length(points: Points, setting: Setting) -> Values:
        del setting
        return _each_row(_metres(points, components))

    return length


def _wavelengths(components: tuple[int, ...]) -> Callable[[Points, Setting], Values]:
    def wavelengths(points: Points, setting: Setting) -> Values:
        del setting
        metres = _metres(points, components)
        return (metres[:, None] * (points.frequencies() / SPEED_OF_LIGHT))[:, :, None]

    return wavelengths


def _metres(points: Points, components: tuple[int, ...]) -> Values:
    uvw = points.row("UVW")
    if len(components) == 1:
        return np.asarray(uvw[:, components[0]])
    return np.hypot(uvw[:, 0], uvw[:, 1])


_OTHERS: Final[Mapping[Axis, Callable[[Points, Setting], Values]]] = {
    Axis.SPW: _window,
    Axis.CHANNEL: _channel,
    Axis.FREQUENCY: _frequency,
    Axis.CORR: _correlation,
    Axis.VELOCITY: _velocity,
    **{axis: _in_the_sky(axis) for axis in OF_ARRAY},
    Axis.ROW: _row,
    Axis.FLAG: _flag,
    Axis.FLAGROW: _flag_row,
    Axis.WT: _stored_weight("WEIGHT"),
    Axis.WTSP: _stored_weight("WEIGHT_SPECTRUM"),
    Axis.SIGMA: _stored_weight("SIGMA"),
    Axis.SIGMASP: _stored_weight("SIGMA_SPECTRUM"),
    Axis.UVDIST: _length((0, 1)),
    Axis.U: _length((0,)),
    Axis.V: _length((1,)),
    Axis.W: _length((2,)),
    Axis.UVWAVE: _wavelengths((0, 1)),
    Axis.UWAVE: _wavelengths((0,)),
    Axis.VWAVE: _wavelengths((1,)),
    Axis.WWAVE: _wavelengths((2,)),
}
KNOWN: Final = frozenset({*_ROWS, *VISIBLE, *PAIRED, *_OTHERS, Axis.BASELINE})
