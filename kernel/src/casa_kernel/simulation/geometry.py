"""Where sources stand in the sky of a station, and baselines as seen from a source."""

import numpy as np
from astropy.time import Time

from casa_kernel.simulation.model import FloatArray, Observation


def sidereal_time(julian_date: FloatArray | float) -> FloatArray:
    """Return Greenwich mean sidereal time in radians (Meeus, Astronomical Algorithms, eq. 12.4).

    UTC is taken for UT1: the simulated data are consistent with it, which is all that they need.
    """
    days = np.asarray(julian_date, dtype=np.float64) - 2451545.0
    return np.deg2rad((280.46061837 + 360.98564736629 * days) % 360.0)


def start_of_day(observation: Observation) -> float:
    """Return the Julian date of 0 h UTC of the observation's day."""
    return float(Time(observation.setup.date, scale="utc").jd)


def hour_angles(observation: Observation) -> FloatArray:
    """Return the source's hour angle at Greenwich for each time, in radians."""
    seconds = observation.setup.start + observation.times
    ra = np.deg2rad([source.ra for source in observation.sources])
    sidereal = sidereal_time(start_of_day(observation) + seconds / 86400.0)
    angles: FloatArray = sidereal - ra[observation.source_of_time]
    return angles


def declinations(observation: Observation) -> FloatArray:
    """Return the source's declination for each time, in radians."""
    dec = np.deg2rad([source.dec for source in observation.sources])
    return np.asarray(dec[observation.source_of_time], dtype=np.float64)


def station_uvw(observation: Observation) -> FloatArray:
    """Return station positions in the u, v, w frame of the source.

    Returns
    -------
    ndarray
        Of shape (times, stations, 3), in metres (Thompson, Moran and Swenson, eq. 4.1).
    """
    angle, dec = hour_angles(observation), declinations(observation)
    sin_h, cos_h, sin_d, cos_d = np.sin(angle), np.cos(angle), np.sin(dec), np.cos(dec)
    zero = np.zeros_like(angle)
    rotation = np.array(
        [
            [sin_h, cos_h, zero],
            [-sin_d * cos_h, sin_d * sin_h, cos_d],
            [cos_d * cos_h, -cos_d * sin_h, sin_d],
        ]
    )
    positions = np.array([station.position for station in observation.stations])
    return np.asarray(np.einsum("ijt,aj->tai", rotation, positions), dtype=np.float64)


def elevations(observation: Observation) -> FloatArray:
    """Return the source's elevation in radians, of shape (times, stations), for a round Earth."""
    positions = np.array([station.position for station in observation.stations])
    distance = np.linalg.norm(positions, axis=1)
    return np.asarray(np.arcsin(station_uvw(observation)[:, :, 2] / distance), dtype=np.float64)
