"""Region files: CASA's (CRTF) and DS9's, read and written with the library ``regions``.

Outlines are in zero-based pixel coordinates of an image; in files regions are on the sky, where
the image has one, so that they are of use for other images, too. A rectangle is written as the
polygon around its pixels: other programs then choose the same ones.
"""

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np

from casa_plots.errors import (
    FileInTheWayError,
    InvalidParameterError,
    MissingDataError,
    PlotError,
    UnsupportedError,
)
from casa_plots.images.asked import AskedZoom
from casa_plots.images.choosing import source_of
from casa_plots.images.described import Image
from casa_plots.images.inspecting import corners
from casa_plots.images.matching import ASTROPY_FRAMES
from casa_plots.images.opening import open_image
from casa_plots.images.scene import Source
from casa_plots.images.sky import plane_wcs
from casa_plots.inside import Outline, Shape

_FORMATS: Final = {".crtf": "crtf", ".rgn": "crtf", ".reg": "ds9", ".ds9": "ds9"}
_COORD: Final = re.compile(r",\s*coord\s*=\s*\w+", re.IGNORECASE)
_POINT: Final = re.compile(r"^point\[(\[[^]]*\])\]", re.MULTILINE)
_SAME: Final = 0.02  # pixels
_CORNERS: Final = 4


def read(path: str | Path, image: Image | str) -> tuple[Outline, ...]:
    """Return the regions of a file as outlines in an image.

    Parameters
    ----------
    path : str or Path
        A CRTF file (``#CRTF`` in its first line), else one of DS9's.
    image : Image or str
        Where they are to be drawn.

    Raises
    ------
    MissingDataError
        There is no such file.
    UnsupportedError
        The file cannot be understood, or has a region on the sky and the image has none.
    """
    place = Path(path).expanduser()
    try:
        text = place.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise MissingDataError(
            f"{path} cannot be read ({error.strerror}): name a region file."
        ) from error
    return parse(text, image, str(path))


def parse(text: str, image: Image | str, name: str = "region") -> tuple[Outline, ...]:
    """Return regions as outlines; `name` is for messages. See `read`."""
    from regions import Regions  # noqa: PLC0415 - slow to load; with the first region

    source = _source(image)
    is_crtf = text.lstrip().startswith("#CRTF")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = (
                Regions.parse(_without_frames_of_pixels(text), format="crtf")
                if is_crtf
                else Regions.parse(text, format="ds9")
            )
            outlines = [_outline(region, source) for region in found]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UnsupportedError(
            f"{name} has a region that cannot be understood ({error}): use box, centerbox, rotbox,"
            " circle, ellipse, poly and symbol of CRTF, or those of DS9."
        ) from error
    if not outlines:
        raise UnsupportedError(f"{name} has no region in it.")
    return tuple(outlines)


def write(
    path: str | Path,
    outlines: Sequence[Outline],
    image: Image | str,
    *,
    form: str = "",
    overwrite: bool = False,
) -> Path:
    """Write outlines in an image as a region file.

    Parameters
    ----------
    path : str or Path
        Where to; ``.crtf`` and ``.rgn`` are CASA's format, ``.reg`` and ``.ds9`` DS9's.
    outlines : sequence of Outline
        Regions.
    image : Image or str
        What they were drawn in.
    form : str
        ``crtf`` or ``ds9``, whatever the name.
    overwrite : bool
        An existing file may be replaced.

    Raises
    ------
    InvalidParameterError
        No outline, no such format.
    FileInTheWayError
        The file exists.
    UnsupportedError
        The image has no directions that the format knows.
    """
    place = Path(path).expanduser().absolute()
    if os.path.lexists(place) and not overwrite:
        raise FileInTheWayError(
            f"{place} exists already: choose another name, or pass overwrite=True."
        )
    text = serialise(outlines, image, form or _FORMATS.get(place.suffix.lower(), ""))
    temporary = place.with_name(f".{place.name}.{uuid4().hex[:8]}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(place)
    except OSError as error:
        raise PlotError(
            f"{place.parent} takes no file ({error}): name another directory."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return place


def serialise(outlines: Sequence[Outline], image: Image | str, form: str = "crtf") -> str:
    """Return the text of a region file; see `write`."""
    from regions import Regions  # noqa: PLC0415 - slow to load

    if form not in {"crtf", "ds9"}:
        raise InvalidParameterError(
            f"{form or 'nothing'} is no format of regions: use crtf or ds9."
        )
    if not outlines:
        raise InvalidParameterError("there is no outline to be written: draw one.")
    source = _source(image)
    described = source.image.described
    if not source.is_celestial or described.frame not in ASTROPY_FRAMES:
        raise UnsupportedError(
            f"{described.name} has no plane of the sky in a frame that region files know."
        )
    wcs, _ = plane_wcs(described, source.cut)
    frame = ASTROPY_FRAMES[described.frame]
    sky = Regions([_region(outline).to_sky(wcs) for outline in outlines])
    if form == "crtf":
        # Twelve digits of a degree: what is chosen must not depend on rounding.
        text = str(sky.serialize(format="crtf", coordsys=frame, fmt=".12f"))
        # The library writes a word for points that CRTF has not, and that it does not read itself.
        return _POINT.sub(r"symbol[\1, .]", text)
    return str(sky.serialize(format="ds9", precision=12))


def _source(image: Image | str) -> Source:
    return source_of(
        open_image(image) if isinstance(image, str) else image, ("", "", ""), AskedZoom()
    )


def _without_frames_of_pixels(text: str) -> str:
    """Return CRTF without ``coord=`` in lines in pixels: the library takes them for directions."""
    return "\n".join(
        _COORD.sub("", line) if re.search(r"\d\s*pix", line) else line for line in text.splitlines()
    )


def _region(outline: Outline) -> Any:  # noqa: ANN401 - the library ships no types
    import regions as library  # noqa: PLC0415

    points = np.array(outline.points, dtype=float)
    if outline.shape is Shape.POINT:
        return library.PointPixelRegion(library.PixCoord(*points[0]))
    if outline.shape is Shape.ELLIPSE:
        centre, extent = points[:2].mean(axis=0), np.abs(points[1] - points[0])
        return library.EllipsePixelRegion(library.PixCoord(*centre), *extent)
    if outline.shape is Shape.RECTANGLE:
        # Around the pixels whose centres are inside, so that no centre is on an edge.
        low, high = np.ceil(points.min(axis=0)) - 0.5, np.floor(points.max(axis=0)) + 0.5
        points = corners(Outline(Shape.RECTANGLE, [tuple(low), tuple(high)]))
    return library.PolygonPixelRegion(library.PixCoord(points[:, 0], points[:, 1]))


def _outline(region: Any, source: Source) -> Outline:  # noqa: ANN401
    import regions as library  # noqa: PLC0415

    if isinstance(region, library.SkyRegion):
        if not source.is_celestial:
            raise UnsupportedError(
                f"{source.image.described.name} has no plane of the sky, the region is on it."
            )
        wcs, _ = plane_wcs(source.image.described, source.cut)
        region = region.to_pixel(wcs)
    if isinstance(region, library.PointPixelRegion):
        return Outline(Shape.POINT, [(float(region.center.x), float(region.center.y))])
    if isinstance(region, library.PolygonPixelRegion):
        return _polygon(np.stack([region.vertices.x, region.vertices.y], axis=1))
    x, y = float(region.center.x), float(region.center.y)
    if isinstance(region, library.CirclePixelRegion):
        r = float(region.radius)
        return Outline(Shape.ELLIPSE, [(x - r, y - r), (x + r, y + r)])
    if isinstance(region, library.RectanglePixelRegion):
        return _polygon(np.array(region.corners, dtype=float))
    if isinstance(region, library.EllipsePixelRegion):
        return _ellipse(x, y, region)
    raise ValueError(f"{type(region).__name__} is no outline of one line")


def _polygon(points: Any) -> Outline:  # noqa: ANN401 - an array
    """Return a polygon, or the rectangle that it is."""
    low, high = points.min(axis=0), points.max(axis=0)
    on_edges = (np.abs(points - low) < _SAME) | (np.abs(points - high) < _SAME)
    if len(points) == _CORNERS and on_edges.all():
        return Outline(
            Shape.RECTANGLE, [(float(low[0]), float(low[1])), (float(high[0]), float(high[1]))]
        )
    return Outline(Shape.POLYGON, [(float(x), float(y)) for x, y in points])


def _ellipse(x: float, y: float, region: Any) -> Outline:  # noqa: ANN401
    a, b = float(region.width) / 2, float(region.height) / 2
    angle = float(region.angle.to_value("rad"))
    quarter = angle / (np.pi / 2)
    # A tilt that moves no edge by more than a hundredth of a pixel is that of the projection.
    if abs(np.sin(angle)) * max(a, b) < _SAME or abs(np.cos(angle)) * max(a, b) < _SAME:
        a, b = (b, a) if round(quarter) % 2 else (a, b)
        return Outline(Shape.ELLIPSE, [(x - a, y - b), (x + a, y + b)])
    round_ = corners(Outline(Shape.ELLIPSE, [(-a, -b), (a, b)]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Outline(Shape.POLYGON, [(float(p) + x, float(q) + y) for p, q in round_ @ turn])
