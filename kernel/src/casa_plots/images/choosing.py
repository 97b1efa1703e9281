"""Which planes of an image are shown, and which part of them."""

from typing import Final

import numpy as np

from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.images.asked import AskedZoom
from casa_plots.images.described import Described, Image, Kind
from casa_plots.images.planes import Cut
from casa_plots.images.scene import Source
from casa_plots.images.sky import plane_wcs
from casa_plots.picture import Region

_HALF: Final = 0.5  # a pixel reaches so far
_WORDS: Final = {
    Kind.LONGITUDE: ("right ascension", "ra", "longitude", "lon", "l"),
    Kind.LATITUDE: ("declination", "dec", "latitude", "lat", "b"),
    Kind.SPECTRAL: ("frequency", "freq", "spectral", "velocity", "channel"),
    Kind.STOKES: ("stokes", "polarization", "polarisation", "pol"),
}


def source_of(
    image: Image, names: tuple[str, str, str], zoom: AskedZoom, part: str = "amp"
) -> Source:
    """Return an image with its planes chosen.

    Parameters
    ----------
    image : Image
        The image.
    names : tuple of str
        Axes along x, along y and across planes; empty ones are chosen: the sky, else the first two,
        and across planes the spectrum, else polarisations.
    zoom : AskedZoom
        Which channel and polarisation.
    part : str
        Of complex numbers.

    Raises
    ------
    InvalidParameterError
        No such axis, or no such plane.
    UnsupportedError
        The image has fewer than two axes.
    """
    described = image.described
    if len(described.axes) < 2:  # noqa: PLR2004
        raise UnsupportedError(f"{described.path} has one axis: an image needs two.")
    x, y, z = (_axis(described, name) if name else None for name in names)
    sky = [described.axis(Kind.LONGITUDE), described.axis(Kind.LATITUDE)]
    order = [i for i in sky if i is not None] if None not in sky else []
    order = sorted(order) + [i for i in range(len(described.axes)) if i not in order]
    if x is None:
        x = next(i for i in order if i not in {y, z})
    if y is None:
        y = next((i for i in order if i not in {x, z}), None)
    if y is None or len({x, y, z}) < 3:  # noqa: PLR2004
        raise InvalidParameterError(f"axes names one axis twice: {', '.join(names)}.")
    if z is None:
        rest = [described.axis(Kind.SPECTRAL), described.axis(Kind.STOKES), *order]
        z = next((i for i in rest if _can_follow(described, i, x, y)), None)
    at = _planes(described, zoom, {x, y})
    along = z if z is not None and not _is_chosen(described, z, zoom) else None
    return Source(image, Cut(x, y, at), along, part)


def start_of(source: Source, zoom: AskedZoom) -> Region | None:
    """Return what is shown at first, None for all of it.

    Raises
    ------
    InvalidParameterError
        The corners are in the wrong order, or outside of the image.
    """
    described, cut = source.image.described, source.cut
    columns, rows = described.shape[cut.x], described.shape[cut.y]
    if zoom.blc is not None and zoom.trc is not None:
        blc, trc = np.array(zoom.blc[:2]), np.array(zoom.trc[:2])
        if zoom.coord == "world":
            wcs, slices = plane_wcs(described, cut)
            if slices is not None:
                raise InvalidParameterError("zoom's coord 'world' needs a plane of the sky.")
            blc, trc = (np.array(wcs.wcs_world2pix([each], 0)[0]) for each in (blc, trc))
        if not (np.isfinite([*blc, *trc]).all() and (blc <= trc).all()):
            raise InvalidParameterError(
                f"zoom's blc {list(zoom.blc)} is not below and left of trc {list(zoom.trc)}."
            )
        if (trc < -_HALF).any() or blc[0] > columns - _HALF or blc[1] > rows - _HALF:
            raise InvalidParameterError(
                f"zoom from {list(zoom.blc)} to {list(zoom.trc)} is outside of {described.name},"
                f" which has {columns} x {rows} pixels."
            )
        return Region(blc[0] - 0.5, trc[0] + 0.5, blc[1] - 0.5, trc[1] + 0.5)
    if zoom.level > 1:
        width, height = columns / zoom.level / 2, rows / zoom.level / 2
        x, y = (columns - 1) / 2, (rows - 1) / 2
        return Region(x - width, x + width, y - height, y + height)
    return None


def _axis(described: Described, name: str) -> int:
    wanted = name.strip().lower()
    for i, axis in enumerate(described.axes):
        if wanted == axis.name.lower() or wanted in _WORDS.get(axis.kind, ()):
            return i
    raise InvalidParameterError(
        f"{described.name} has no axis {name!r}: it has "
        f"{', '.join(axis.name for axis in described.axes)}."
    )


def _can_follow(described: Described, axis: int | None, x: int, y: int) -> bool:
    return axis is not None and axis not in {x, y} and described.axes[axis].length > 1


def _is_chosen(described: Described, axis: int, zoom: AskedZoom) -> bool:
    kind = described.axes[axis].kind
    if kind is Kind.STOKES:
        return zoom.polarization is not None
    return zoom.channel is not None


def _planes(described: Described, zoom: AskedZoom, shown: set[int]) -> tuple[int, ...]:
    at = []
    asked = {Kind.SPECTRAL: zoom.channel, Kind.STOKES: zoom.polarization}
    if described.axis(Kind.SPECTRAL) is None:
        asked[Kind.LINEAR] = zoom.channel
    for i, axis in enumerate(described.axes):
        number = None if i in shown else asked.get(axis.kind)
        # Axes of one plane are all that a channel may mean for an image that overlays a cube.
        if number is not None and not 0 <= number < axis.length:
            raise InvalidParameterError(
                f"{described.name} has no plane {number} along {axis.name}: it has 0 to"
                f" {axis.length - 1}."
            )
        at.append(number or 0)
    return tuple(at)
