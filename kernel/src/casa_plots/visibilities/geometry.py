"""Where a field is in the sky of an array, or of each antenna.

astropy finds hour angle and declination of date, with the bundled tables of the Earth's rotation
and never over the network; the rest is spherical trigonometry. As in CASA's AZEL the zenith is that
of the geocentric latitude, up to 0.19 degrees from the plumb line, and nothing is refracted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis
from casa_plots.errors import UnsupportedError
from casa_plots.times import SCALES
from casa_plots.visibilities.observation import Observation
from casa_plots.visibilities.places import array_position
from casa_plots.visibilities.points import Points

Floats = NDArray[np.float64]

OF_ARRAY: Final = frozenset({Axis.AZIMUTH, Axis.ELEVATION, Axis.HOURANGLE, Axis.PARANGLE})
OF_ANTENNAS: Final = {
    Axis.ANT_AZIMUTH: Axis.AZIMUTH,
    Axis.ANT_ELEVATION: Axis.ELEVATION,
    Axis.ANT_PARANGLE: Axis.PARANGLE,
}
_DAY: Final = 86400.0
# Precession and nutation are interpolated between times so far apart: exact to 1e-7 arcseconds.
_SMOOTH: Final = 300.0  # s
_FRAMES: Final = {"J2000": "fk5", "ICRS": "icrs", "B1950": "fk4"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A direction, seen from a place; radians, of one shape.

    Attributes
    ----------
    hour_angle, declination, latitude : ndarray
        Hour angle and declination of date; geocentric latitude.
    """

    hour_angle: Floats
    declination: Floats
    latitude: Floats

    def value(self, axis: Axis) -> Floats:
        """Return hours for `Axis.HOURANGLE`, else degrees; azimuth from north over east."""
        if axis is Axis.HOURANGLE:
            return np.asarray(np.degrees(self.hour_angle) / 15)
        sin_h, cos_h = np.sin(self.hour_angle), np.cos(self.hour_angle)
        sin_d, cos_d = np.sin(self.declination), np.cos(self.declination)
        sin_l, cos_l = np.sin(self.latitude), np.cos(self.latitude)
        if axis is Axis.ELEVATION:
            height = np.arcsin(sin_l * sin_d + cos_l * cos_d * cos_h)
            return np.asarray(np.degrees(height))
        if axis is Axis.AZIMUTH:
            north = sin_d * cos_l - cos_d * cos_h * sin_l
            return np.asarray(np.degrees(np.arctan2(-cos_d * sin_h, north)))
        return np.asarray(
            np.degrees(np.arctan2(cos_l * sin_h, sin_l * cos_d - cos_l * sin_d * cos_h))
        )


def array_value(axis: Axis, points: Points, observation: Observation) -> Floats:
    """Return a quantity of the array's reference position; (rows,)."""
    place = array_position(observation)
    hour_angle, declination = _hour_angles(points, observation, place)
    return Seen(hour_angle, declination, np.full(1, _angles(place[None])[1][0])).value(axis)


def antenna_values(axis: Axis, points: Points, observation: Observation, column: str) -> Floats:
    """Return a quantity of the antennas that a column, such as ``ANTENNA1``, names; (rows,)."""
    place = array_position(observation)
    hour_angle, declination = _hour_angles(points, observation, place)
    here = _angles(place[None])[0][0]
    # After averaging one antenna may stand for all: it is seen from the array.
    positions = np.vstack([observation.positions, place])
    longitudes, latitudes = _angles(positions)
    antennas = points.row(column)
    seen = Seen(hour_angle + longitudes[antennas] - here, declination, latitudes[antennas])
    return seen.value(OF_ANTENNAS[axis])


def _hour_angles(points: Points, observation: Observation, place: Floats) -> tuple[Floats, Floats]:
    """Return hour angle and declination of date, radians; each (rows,), computed once per time."""
    times, fields = points.row("TIME"), points.row("FIELD_ID")
    hour_angle, declination = np.empty(len(times)), np.empty(len(times))
    for field in np.unique(fields):
        mine = np.flatnonzero(fields == field)
        unique, of = np.unique(times[mine], return_inverse=True)
        found = _of_date(unique, observation, int(field), place)
        hour_angle[mine], declination[mine] = found[0][of], found[1][of]
    return hour_angle, declination


def _of_date(
    times: Floats, observation: Observation, field: int, place: Floats
) -> tuple[Floats, Floats]:
    from astropy import units  # noqa: PLC0415 - slow to import
    from astropy.coordinates import EarthLocation, HADec, SkyCoord  # noqa: PLC0415
    from astropy.coordinates.erfa_astrom import (  # noqa: PLC0415
        ErfaAstromInterpolator,
        erfa_astrom,
    )
    from astropy.time import Time  # noqa: PLC0415
    from astropy.utils import iers  # noqa: PLC0415

    frame = _FRAMES.get(observation.direction_frame)
    if frame is None:
        raise UnsupportedError(
            f"The directions of {observation.path} are in {observation.direction_frame}; those in "
            f"{', '.join(_FRAMES)} can be followed."
        )
    right_ascension, declination = observation.directions[field]
    direction = SkyCoord(right_ascension * units.rad, declination * units.rad, frame=frame)
    offline = iers.conf.set_temp("auto_download", False)
    undated = iers.conf.set_temp("iers_degraded_accuracy", "ignore")
    smooth = erfa_astrom.set(ErfaAstromInterpolator(_SMOOTH * units.s))
    with offline, undated, smooth:
        seen = direction.transform_to(
            HADec(
                obstime=Time(times / _DAY, format="mjd", scale=_scale(observation)),
                location=EarthLocation.from_geocentric(*place, unit=units.m),
            )
        )
    turned = (seen.ha.rad + np.pi) % (2 * np.pi) - np.pi
    return np.asarray(turned), np.asarray(seen.dec.rad)


def _scale(observation: Observation) -> str:
    if observation.time_scale not in SCALES:
        raise UnsupportedError(
            f"The times of {observation.path} are in {observation.time_scale}; those in "
            f"{', '.join(SCALES)} can be followed."
        )
    return SCALES[observation.time_scale]


def _angles(positions: Floats) -> tuple[Floats, Floats]:
    """Return longitudes and geocentric latitudes, radians, of ITRF metres (antennas, 3)."""
    x, y, z = positions.T
    return np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
