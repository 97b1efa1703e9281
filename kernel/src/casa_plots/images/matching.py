"""Which plane and which pixels of one image are where those of another one are."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.errors import UnsupportedError
from casa_plots.images.described import Described, Kind, Spectral
from casa_plots.images.planes import Cut, Window
from casa_plots.images.scene import Source
from casa_plots.images.sky import plane_wcs
from casa_plots.picture import Region

# casacore's names of frames that astropy can turn into each other.
ASTROPY_FRAMES: Final = {"J2000": "fk5", "ICRS": "icrs", "B1950": "fk4", "GALACTIC": "galactic"}
_EDGE: Final = 9  # points along each side of a region whose place in another image is looked up


class Mapping:
    """From pixels of one plane to pixels of another.

    Parameters
    ----------
    source, target : Source
        Images with planes chosen.

    Raises
    ------
    UnsupportedError
        Nobody knows where one is in the other.
    """

    def __init__(self, source: Source, target: Source) -> None:
        self._from = _Plane(source)
        self._to = _Plane(target)
        self.is_same = self._from.agrees(self._to)
        if self.is_same:
            return
        if not (source.is_celestial and target.is_celestial):
            raise UnsupportedError(
                f"{source.image.described.name} cannot be laid over {target.image.described.name}:"
                " their axes or their lengths differ, and both are not of the sky."
            )
        for plane in (self._from, self._to):
            if self._from.frame != self._to.frame and plane.frame not in ASTROPY_FRAMES:
                raise UnsupportedError(
                    f"{plane.name} has directions in {plane.frame}, which cannot be turned into"
                    f" those of the other image: regrid it with imregrid."
                )

    def forth(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return where pixels of the source are in the target; NaN where the sky ends."""
        return (x, y) if self.is_same else _moved(x, y, self._from, self._to)

    def back(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return where pixels of the target are in the source."""
        return (x, y) if self.is_same else _moved(x, y, self._to, self._from)

    def window(self, shown: Region) -> Window | None:
        """Return which pixels of the source are in a region of the target, None if none are."""
        across = np.linspace(0, 1, _EDGE)
        x, y = np.meshgrid(
            shown.left + (shown.right - shown.left) * across,
            shown.bottom + (shown.top - shown.bottom) * across,
        )
        x, y = self.back(x.ravel(), y.ravel())
        good = np.isfinite(x) & np.isfinite(y)
        if not good.any():
            return None
        region = Region(x[good].min(), x[good].max(), y[good].min(), y[good].max())
        return window_of(region, *self._from.lengths)


class _Plane:
    """A plane's coordinates."""

    def __init__(self, source: Source) -> None:
        described, cut = source.image.described, source.cut
        self.name = described.name
        self.lengths = (described.shape[cut.x], described.shape[cut.y])
        self.kinds = (described.axes[cut.x].kind, described.axes[cut.y].kind)
        self.frame = described.frame
        self.is_celestial = source.is_celestial
        self.wcs: Any = plane_wcs(described, cut)[0] if self.is_celestial else None
        self.longitude_first = self.kinds[0] is Kind.LONGITUDE

    def agrees(self, other: "_Plane") -> bool:
        """Return whether pixels have the same places."""
        if (self.lengths, self.kinds) != (other.lengths, other.kinds):
            return False
        if self.wcs is None or other.wcs is None:
            return True
        same = self.wcs.wcs.compare(other.wcs.wcs, tolerance=1e-9)
        return bool(same and self.frame == other.frame)

    def world(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return longitude and latitude in degrees."""
        first, second = self.wcs.wcs_pix2world(x, y, 0)
        return (first, second) if self.longitude_first else (second, first)

    def pixel(self, lon: NDArray[Any], lat: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return pixels of longitudes and latitudes in degrees."""
        order = (lon, lat) if self.longitude_first else (lat, lon)
        x, y = self.wcs.wcs_world2pix(*order, 0)
        return x, y


def _moved(
    x: NDArray[Any], y: NDArray[Any], source: _Plane, target: _Plane
) -> tuple[NDArray[Any], NDArray[Any]]:
    shape = x.shape
    lon, lat = source.world(x.ravel(), y.ravel())
    lon, lat = turned(lon, lat, source.frame, target.frame)
    found = target.pixel(lon, lat)
    return found[0].reshape(shape), found[1].reshape(shape)


def turned(
    lon: NDArray[Any], lat: NDArray[Any], frame: str, into: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return directions in another frame, degrees; both are of `ASTROPY_FRAMES`, or the same."""
    if frame == into:
        return lon, lat
    from astropy.coordinates import SkyCoord  # noqa: PLC0415 - slow to load

    sky = SkyCoord(lon, lat, unit="deg", frame=ASTROPY_FRAMES[frame])
    there = sky.transform_to(ASTROPY_FRAMES[into])
    return there.spherical.lon.deg, there.spherical.lat.deg


def matching_cut(base: Source, cut: Cut, other: Source) -> Cut | None:
    """Return the plane of another image that belongs to one of the base image.

    An image with one plane belongs to all. Spectral planes go by frequency, others by number.

    Returns
    -------
    Cut or None
        None if the other image has no such plane.
    """
    if other is base or other.along is None:
        return cut if other is base else other.cut
    one, two = base.image.described, other.image.described
    number = 0 if base.along is None else cut.at[base.along]
    is_spectral = _is_spectral(one, base) and _is_spectral(two, other)
    if is_spectral and one.spectral is not None and two.spectral is not None:
        found = _by_frequency(one.spectral, two.spectral, number)
        return None if found is None else other.plane(found)
    return other.plane(number) if number < other.planes else None


def _is_spectral(described: Described, source: Source) -> bool:
    return source.along in {described.axis(Kind.SPECTRAL), None}


def _by_frequency(one: Spectral, two: Spectral, number: int) -> int | None:
    wanted, there = one.frequencies, two.frequencies
    if one.frame != two.frame:
        return number if number < len(there) else None
    distance = np.abs(there - wanted[min(number, len(wanted) - 1)])
    nearest = int(distance.argmin())
    width = abs(float(np.diff(there).mean())) if len(there) > 1 else np.inf
    return nearest if distance[nearest] <= width else None


def window_of(shown: Region, columns: int, rows: int) -> Window | None:
    """Return the pixels that a region touches, None if there are none."""
    left, right = sorted((shown.left, shown.right))
    bottom, top = sorted((shown.bottom, shown.top))
    window = Window(
        max(0, int(np.floor(left + 0.5))),
        min(columns, int(np.ceil(right + 0.5))),
        max(0, int(np.floor(bottom + 0.5))),
        min(rows, int(np.ceil(top + 0.5))),
    )
    is_empty = window.left >= window.right or window.bottom >= window.top
    return None if is_empty else window
