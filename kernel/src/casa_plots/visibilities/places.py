"""Where an array is."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.errors import MissingDataError
from casa_plots.visibilities.observation import Observation

# Networks have an entry in casacore's list of observatories, too: at the centre of the Earth.
_UNDERGROUND: Final = 1e6  # m


def array_position(observation: Observation) -> NDArray[np.float64]:
    """Return the reference position of an array, ITRF metres; shape (3,).

    That of the observatory in casacore's list, as CASA takes it; the first antenna of an array
    that is not in it, or that has no one place.

    Raises
    ------
    MissingDataError
        There are no antennas.
    """
    known = observatory(observation.telescope)
    if known is not None:
        return np.array(known)
    if not len(observation.positions):
        raise MissingDataError(f"{observation.path} has no antennas: where it was is not known.")
    return np.asarray(observation.positions[0])


@cache
def observatory(name: str) -> tuple[float, float, float] | None:
    """Return where an observatory is, ITRF metres, None if that is not known."""
    from casacore.measures import measures  # noqa: PLC0415 - few plots need it

    try:
        place = measures().observatory(name)
    except RuntimeError:  # its word for a name that is not in the list
        return None
    longitude, latitude, height = (float(place[each]["value"]) for each in ("m0", "m1", "m2"))
    if place["refer"] == "WGS84":
        return _geocentric(longitude, latitude, height)
    if height < _UNDERGROUND:
        return None
    return (
        height * np.cos(latitude) * np.cos(longitude),
        height * np.cos(latitude) * np.sin(longitude),
        height * np.sin(latitude),
    )


def _geocentric(longitude: float, latitude: float, height: float) -> tuple[float, float, float]:
    from astropy.coordinates import EarthLocation  # noqa: PLC0415 - slow to import

    place = EarthLocation.from_geodetic(np.degrees(longitude), np.degrees(latitude), height)
    return float(place.x.value), float(place.y.value), float(place.z.value)
