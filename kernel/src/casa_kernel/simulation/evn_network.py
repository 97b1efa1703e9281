"""The stations, the sources and the schedule of the simulated EVN experiment."""

from typing import Final

import numpy as np

from casa_kernel.simulation.model import (
    Component,
    FloatArray,
    Observation,
    Scan,
    Setup,
    Source,
    Station,
)

# Positions: casadata's geodetic/SCHED_locations, to a metre.
STATIONS: Final = (
    Station("EF", (4033947.0, 486990.0, 4900430.0), 100.0),
    Station("WB", (3828445.0, 445223.0, 5064921.0), 25.0),
    Station("JB", (3822846.0, -153802.0, 5086285.0), 25.0),
    Station("O8", (3370966.0, 711465.0, 5349664.0), 25.0),
    Station("MC", (4461369.0, 919596.0, 4449559.0), 32.0),
    Station("TR", (3638558.0, 1221969.0, 5077036.0), 32.0),
    Station("YS", (4848780.0, -261702.0, 4123035.0), 40.0),
)
# Invented, of the order of what these telescopes have at 5 GHz.
SENSITIVITY: Final = (1.5, 0.09, 0.12, 0.09, 0.16, 0.14, 0.25)  # K/Jy
_ZENITH_TSYS: Final = (25.0, 45.0, 40.0, 38.0, 35.0, 32.0, 42.0)  # K
# Gain against elevation in degrees: 1 near 50 degrees, a few per cent less low in the sky.
GAIN_POLYNOMIAL: Final = (0.9, 0.004, -0.00004)
SOURCES: Final = (
    Source("J1331+3030", 202.784533, 30.509155, (Component(8.0),)),
    Source("J1320+3100", 200.0, 31.0, (Component(1.5),)),
    Source(
        "TARGET", 200.25, 31.333333, (Component(0.25), Component(0.10, east=0.020, north=0.030))
    ),
)
SETUP: Final = Setup("EVN", "SIM01", "2024-03-01", 79200.0, 4.0, 4.990e9, 1e6, 16, 2)
_HOURS: Final = (0.25, 1.5, 2.75, 4.0, 5.25)
# What a-priori flags are about: a channel of the first band with interference, and a station that
# comes late to the first scan.
SICK_CHANNEL: Final = 3
LATE: Final = (1, 24.0)  # station index, seconds


def observation() -> Observation:
    """Return the schedule: the fringe finder, then calibrator-target-calibrator, five times."""
    scans = [Scan(0, 0.0, 120.0)]
    for start in (3600.0 * hours for hours in _HOURS):
        scans += [
            Scan(1, start, start + 60.0),
            Scan(2, start + 70.0, start + 150.0),
            Scan(1, start + 160.0, start + 220.0),
        ]
    return Observation(SETUP, STATIONS, SOURCES, tuple(scans))


def system_temperatures(elevation: FloatArray) -> FloatArray:
    """Return system temperatures.

    Parameters
    ----------
    elevation : ndarray
        Radians, of shape (times, stations).

    Returns
    -------
    ndarray
        Kelvin, of shape (times, stations, bands, polarisations): the atmosphere adds a tenth for
        each airmass beyond the first; bands and polarisations differ by some per cent.
    """
    airmass = 1.0 / np.sin(elevation)
    temperature = np.array(_ZENITH_TSYS) * (1.0 + 0.1 * (airmass - 1.0))
    receivers = np.array([[1.0, 1.06], [0.95, 1.02]])  # bands, polarisations
    return np.asarray(temperature[:, :, None, None] * receivers, dtype=np.float64)


def gain_curve(elevation: FloatArray) -> FloatArray:
    """Return the relative power gain at elevations in radians."""
    return np.asarray(
        np.polynomial.polynomial.polyval(np.rad2deg(elevation), GAIN_POLYNOMIAL), dtype=np.float64
    )
