"""The antennas of a MeasurementSet: which there are, which are meant, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from casacore.measures import measures
from numpy.typing import NDArray

from casa_plots.lists import numbers
from casa_plots.tables import opened

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Antenna:
    """One row of the subtable ANTENNA.

    Attributes
    ----------
    number : int
        Its row.
    name, station : str
        As the subtable has them.
    position : tuple of float
        ITRF x, y, z in metres.
    """

    number: int
    name: str
    station: str
    position: tuple[float, float, float]

    @property
    def stands(self) -> bool:
        """Whether it is somewhere: the VLA has antennas at a station called OUT."""
        return "OUT" not in self.station.upper() and any(self.position)


@dataclass(frozen=True, slots=True)
class Observatory:
    """What a MeasurementSet says about where it is from.

    Attributes
    ----------
    telescope : str
        Name of the first observation's telescope.
    position : tuple of float or None
        ITRF in metres, of casacore's list of observatories; None for one that it does not know.
    """

    telescope: str
    position: tuple[float, float, float] | None


def read_antennas(vis: Path) -> list[Antenna]:
    """Return the antennas of a MeasurementSet or calibration table, in the order of their numbers.

    Raises
    ------
    MissingDataError
        There is no table, or it has no antennas.
    """
    with opened(vis / "ANTENNA") as table:
        names, stations = table.getcol("NAME"), table.getcol("STATION")
        positions = table.getcol("POSITION")
    return [
        Antenna(number, str(name), str(station), (float(x), float(y), float(z)))
        for number, (name, station, (x, y, z)) in enumerate(
            zip(names, stations, positions, strict=True)
        )
    ]


def read_observatory(vis: Path) -> Observatory:
    """Return where a MeasurementSet is from."""
    with opened(vis / "OBSERVATION") as table:
        telescope = str(table.getcell("TELESCOPE_NAME", 0)) if table.nrows() else ""
    return Observatory(telescope, _known_position(telescope))


def _known_position(telescope: str) -> tuple[float, float, float] | None:
    try:
        found: dict[str, Any] = measures().observatory(telescope) if telescope else {}
    except RuntimeError:
        return None  # said by None: most VLBI arrays have no position
    if "m2" not in found or found.get("refer") != "ITRF":
        return None
    longitude, latitude, radius = (float(found[each]["value"]) for each in ("m0", "m1", "m2"))
    x, y = (radius * np.cos(latitude) * each for each in (np.cos(longitude), np.sin(longitude)))
    return float(x), float(y), float(radius * np.sin(latitude))


def read_used(vis: Path) -> set[int]:
    """Return the numbers of the antennas that rows of the main table are of."""
    with opened(vis) as table:
        found: set[int] = set()
        step = 1_000_000
        for start in range(0, table.nrows(), step):
            for column in ("ANTENNA1", "ANTENNA2"):
                found.update(np.unique(table.getcol(column, start, step)).tolist())
    return found


def chosen(antennas: Sequence[Antenna], text: str) -> list[Antenna]:
    """Return the antennas that a list names, by name, station or number; see `lists.numbers`.

    Raises
    ------
    SelectionError
        A part names no antenna.
    """
    return [antennas[each] for each in numbers(text, names_of(antennas), "antenna")]


def names_of(antennas: Sequence[Antenna]) -> list[tuple[str, str]]:
    """Return what antennas are called, for `lists.numbers`."""
    return [(each.name, each.station) for each in antennas]


def local(positions: Array, origin: Array) -> Array:
    """Return positions as seen from a place.

    Parameters
    ----------
    positions : ndarray
        ``(antennas, 3)``: ITRF in metres.
    origin : ndarray
        ``(3,)``: the place.

    Returns
    -------
    ndarray
        ``(antennas, 3)``: metres east, north and up, where up is away from the WGS 84 ellipsoid.
    """
    longitude, latitude = geodetic(origin)
    return np.asarray((positions - origin) @ axes_at(longitude, latitude).T)


def axes_at(longitude: float, latitude: float) -> Array:
    """Return the unit vectors east, north and up at a place given in radians, one in each row."""
    east = (-np.sin(longitude), np.cos(longitude), 0.0)
    north = (
        -np.sin(latitude) * np.cos(longitude),
        -np.sin(latitude) * np.sin(longitude),
        np.cos(latitude),
    )
    up = (
        np.cos(latitude) * np.cos(longitude),
        np.cos(latitude) * np.sin(longitude),
        np.sin(latitude),
    )
    return np.array([east, north, up])


def geodetic(position: Array) -> tuple[float, float]:
    """Return longitude and latitude on the WGS 84 ellipsoid, in radians."""
    from astropy import units  # noqa: PLC0415 - half a second, and not for every plot
    from astropy.coordinates import EarthLocation  # noqa: PLC0415

    place = EarthLocation.from_geocentric(*position, unit=units.m).to_geodetic("WGS84")
    return float(place.lon.rad), float(place.lat.rad)


def together(antennas: Sequence[Antenna], within: float = 0.01) -> list[tuple[Antenna, Antenna]]:
    """Return the pairs that stand in the same place, `within` metres: a baseline of no length."""
    positions = np.array([each.position for each in antennas]).reshape(-1, 3)
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    return [
        (antennas[one], antennas[other])
        for one, other in np.argwhere(np.triu(apart <= within, k=1)).tolist()
    ]
