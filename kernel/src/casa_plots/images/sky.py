"""Where on the sky, or along a spectrum, a plane is: for labels, beams and angles."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.images.described import Described, Kind
from casa_plots.images.planes import Cut

_LONGITUDES: Final = {
    "GALACTIC": "Galactic longitude",
    "SUPERGAL": "Supergalactic longitude",
    "ECLIPTIC": "Ecliptic longitude",
    "AZEL": "Azimuth",
    "AZELGEO": "Azimuth",
    "AZELSW": "Azimuth",
    "HADEC": "Hour angle",
}
_LATITUDES: Final = {
    "GALACTIC": "Galactic latitude",
    "SUPERGAL": "Supergalactic latitude",
    "ECLIPTIC": "Ecliptic latitude",
    "AZEL": "Elevation",
    "AZELGEO": "Elevation",
    "AZELSW": "Elevation",
}


def plane_wcs(described: Described, cut: Cut) -> tuple[Any, tuple[str | int, ...] | None]:
    """Return coordinates for `WCSAxes`, and its ``slices``: None if they are those of a plane."""
    axes = described.axes
    if {axes[cut.x].kind, axes[cut.y].kind} == {Kind.LONGITUDE, Kind.LATITUDE}:
        return described.wcs.sub([cut.x + 1, cut.y + 1]), None
    slices: list[str | int] = list(cut.at)
    slices[cut.x], slices[cut.y] = "x", "y"
    return described.wcs, tuple(slices)


def label(described: Described, axis: int) -> str:
    """Return what is written along an axis; units of angles are in the numbers."""
    one = described.axes[axis]
    frame = described.frame
    # What is no right ascension says its frame itself.
    if one.kind is Kind.LONGITUDE:
        return _LONGITUDES.get(frame) or f"Right ascension ({frame})"
    if one.kind is Kind.LATITUDE:
        return _LATITUDES.get(frame) or f"Declination ({frame})"
    if one.kind is Kind.SPECTRAL:
        frame = described.spectral.frame if described.spectral else ""
        return f"Frequency ({frame}, GHz)" if frame else "Frequency (GHz)"
    return f"{one.name} ({one.unit})" if one.unit else one.name


def plane_title(described: Described, cut: Cut) -> str:
    """Return which plane it is: Stokes, channel, frequency and velocity."""
    parts = []
    stokes_first = sorted(
        enumerate(described.axes), key=lambda each: each[1].kind is not Kind.STOKES
    )
    for axis, one in stokes_first:
        if axis in {cut.x, cut.y}:
            continue
        at = cut.at[axis]
        if one.kind is Kind.STOKES:
            parts.append(f"Stokes {described.stokes[at]}" if at < len(described.stokes) else "")
        elif one.kind is Kind.SPECTRAL:
            parts.append(_spectral_text(described, at, one.length))
        elif one.length > 1:
            parts.append(f"{one.name} {at}")
    return ", ".join(part for part in parts if part)


def _spectral_text(described: Described, at: int, planes: int) -> str:
    spectral = described.spectral
    if spectral is None:
        return f"channel {at}"
    frequency = spectral.frequencies[at] / 1e9
    text = f"channel {at}: " if planes > 1 else ""
    text += f"{frequency:.6g} GHz" if planes == 1 else f"{frequency:.6f} GHz"
    if spectral.frame:
        text += f" {spectral.frame}"
    if planes > 1 and spectral.velocities is not None:
        text += f", {spectral.velocities[at]:.1f} km/s ({spectral.definition})"
    return text


def pixel_scales(described: Described) -> tuple[float, float]:
    """Return the size of a pixel of the sky along longitude and latitude, in arcseconds."""
    longitude, latitude = described.axis(Kind.LONGITUDE), described.axis(Kind.LATITUDE)
    if longitude is None or latitude is None:
        return 0.0, 0.0
    from astropy.wcs.utils import proj_plane_pixel_scales  # noqa: PLC0415 - slow to load

    scales = proj_plane_pixel_scales(described.wcs.sub([longitude + 1, latitude + 1]))
    return float(scales[0]) * 3600, float(scales[1]) * 3600


def north_and_east(
    described: Described, cut: Cut, x: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions of north and east in the picture, as pixels per arcsecond.

    Parameters
    ----------
    described, cut
        A celestial plane.
    x, y : ndarray
        ``(n,)``: pixel coordinates.

    Returns
    -------
    tuple of ndarray
        ``(n, 2)`` each: along x and y.
    """
    wcs, _ = plane_wcs(described, cut)
    first = 0 if described.axes[cut.x].kind is Kind.LONGITUDE else 1
    world = np.stack(wcs.wcs_pix2world(x, y, 0), axis=1)
    step = 1 / 3600
    north, east = world.copy(), world.copy()
    north[:, 1 - first] += step
    east[:, first] += step / np.cos(np.radians(world[:, 1 - first]))
    here = np.stack([x, y], axis=1)
    to = [np.stack(wcs.wcs_world2pix(w[:, 0], w[:, 1], 0), axis=1) - here for w in (north, east)]
    return to[0], to[1]


def scaled_unit(unit: str, largest: float) -> tuple[float, str]:
    """Return by how much to multiply values of a unit, and the unit that they are then of.

    Only flux densities change: nobody reads ``0.00012 Jy/beam``.
    """
    if not unit.startswith("Jy") or largest <= 0:
        return 1.0, unit
    for above, factor, prefix in ((0.1, 1.0, ""), (1e-4, 1e3, "m"), (1e-7, 1e6, "µ")):
        if largest >= above:
            return factor, prefix + unit
    return 1e9, "n" + unit
