"""Frequencies in other frames, and velocities.

casacore converts between frames, so that the numbers are CASA's.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Transform
from casa_plots.errors import InvalidParameterError, MissingDataError, UnsupportedError
from casa_plots.visibilities.observation import SPEED_OF_LIGHT, Observation
from casa_plots.visibilities.places import array_position
from casa_plots.visibilities.points import Points

Floats = NDArray[np.float64]

# casacore's numbers, MFrequency::Types.
FRAMES: Final = ("REST", "LSRK", "LSRD", "BARY", "GEO", "TOPO", "GALACTO", "LGROUP", "CMB")
DEFINITIONS: Final = ("RADIO", "OPTICAL", "TRUE")
# Between times so far apart the Doppler shift is interpolated: exact to 2 mm/s.
_GRID: Final = 60.0  # s


def refuse_transform(transform: Transform) -> None:
    """Refuse names that mean nothing.

    Raises
    ------
    InvalidParameterError
        With the names that do.
    """
    if transform.frame and transform.frame.upper() not in FRAMES[1:]:
        raise InvalidParameterError(
            f"freqframe={transform.frame!r} is no frequency frame: there are "
            f"{', '.join(FRAMES[1:])}."
        )
    if transform.velocity_definition.upper() not in DEFINITIONS:
        raise InvalidParameterError(
            f"veldef={transform.velocity_definition!r} is no definition of velocity: there are "
            f"{', '.join(DEFINITIONS)}."
        )
    if transform.rest_frequency:
        hertz(transform.rest_frequency)
    if not np.isfinite(transform.shift).all():
        raise InvalidParameterError(
            f"shift={list(transform.shift)} is not two numbers of arcseconds."
        )


def hertz(text: str) -> float:
    """Return a frequency such as ``1420.405752MHz``; megahertz if it has no unit, as in CASA.

    Raises
    ------
    InvalidParameterError
        It is none.
    """
    from astropy import units  # noqa: PLC0415 - slow to import

    try:
        quantity = units.Quantity(text)
        if quantity.unit == units.dimensionless_unscaled:
            quantity *= units.MHz
        found = float(quantity.to_value(units.Hz))
    except (TypeError, ValueError) as error:  # a unit of another kind is a ValueError, too
        found = np.nan
        cause: Exception | None = error
    else:
        cause = None
    if not found > 0:
        raise InvalidParameterError(
            f"restfreq={text!r} is no frequency: give one such as '1420.405752MHz'."
        ) from cause
    return found


@dataclass(frozen=True, slots=True)
class Spectral:
    """How the frequencies of a table are to be understood."""

    observation: Observation
    transform: Transform

    def frequencies(self, points: Points) -> Floats:
        """Return Hz in the frame that is asked for; (rows or 1, channels)."""
        own = points.frequencies()
        frame = self.transform.frame.upper()
        frames = {self.observation.windows[int(n)].frame for n in np.unique(points.windows)}
        if not frame or {FRAMES[n] for n in frames} == {frame}:
            return own
        return own * self._factors(points, frame)[:, None]

    def velocities(self, points: Points) -> Floats:
        """Return m/s; (rows, channels).

        Radio: c (1 - f/f0); optical: c (f0/f - 1); true: c (f0^2 - f^2) / (f0^2 + f^2), with the
        rest frequency f0.

        Raises
        ------
        MissingDataError
            There is no rest frequency.
        """
        ratio = self.frequencies(points) / self._rest(points)[:, None]
        match self.transform.velocity_definition.upper():
            case "RADIO":
                beta = 1 - ratio
            case "OPTICAL":
                beta = 1 / ratio - 1
            case _:
                beta = (1 - ratio**2) / (1 + ratio**2)
        return np.asarray(SPEED_OF_LIGHT * beta)

    def require_rest(self) -> None:
        """Refuse velocities without a rest frequency.

        Raises
        ------
        MissingDataError
            Neither the transform nor the SOURCE subtable has one.
        """
        if not self.transform.rest_frequency and not self.observation.rest_frequencies:
            raise MissingDataError(
                f"{self.observation.path} has no rest frequency in its SOURCE subtable, which "
                "velocities need: give restfreq, such as restfreq='1420.405752MHz'."
            )

    def _rest(self, points: Points) -> Floats:
        if self.transform.rest_frequency:
            return np.full(1, hertz(self.transform.rest_frequency))
        known = self.observation.rest_frequencies
        fields = np.arange(len(self.observation.fields))
        table = np.array([known.get(int(each), np.nan) for each in fields])
        return np.asarray(table[points.row("FIELD_ID")])

    def _factors(self, points: Points, frame: str) -> Floats:
        """Return what frequencies are multiplied by; (rows,)."""
        times, fields = points.row("TIME"), points.row("FIELD_ID")
        windows = np.broadcast_to(points.windows, times.shape)
        own = np.array([each.frame for each in self.observation.windows])[windows]
        factors = np.empty(len(times))
        for field in np.unique(fields):
            for number in np.unique(own[fields == field]):
                mine = (fields == field) & (own == number)
                factors[mine] = self._shifts(times[mine], int(field), int(number), frame)
        return factors

    def _shifts(self, times: Floats, field: int, own: int, frame: str) -> Floats:
        if FRAMES[own] == frame:
            return np.ones(len(times))
        first = np.floor(times / _GRID)
        grid = np.unique(np.concatenate([first, first + 1])) * _GRID
        convert = _Converter(self.observation, field, FRAMES[own], frame)
        return np.interp(times, grid, [convert.factor(float(time)) for time in grid])


class _Converter:
    """Converts frequencies of one field from one frame to another."""

    def __init__(self, observation: Observation, field: int, own: str, frame: str) -> None:
        from casacore.measures import measures  # noqa: PLC0415 - few plots need it

        if own == "REST":
            raise UnsupportedError(
                f"Frequencies of {observation.path} are rest frequencies: they cannot be seen in "
                f"{frame}; leave freqframe out."
            )
        self._measures = measures()
        metres = [f"{each!r}m" for each in array_position(observation).tolist()]
        self._measures.do_frame(self._measures.position("ITRF", *metres))
        radians = [f"{each!r}rad" for each in observation.directions[field].tolist()]
        direction = self._measures.direction(observation.direction_frame, *radians)
        self._measures.do_frame(direction)
        self._frequency = self._measures.frequency(own, "1GHz")
        self._frame = frame
        self._scale = observation.time_scale

    def factor(self, time: float) -> float:
        """Return what frequencies are multiplied by at a time, MJD seconds."""
        self._measures.do_frame(self._measures.epoch(self._scale, f"{time!r}s"))
        found = self._measures.measure(self._frequency, self._frame)
        return float(found["m0"]["value"]) * 1e-9
