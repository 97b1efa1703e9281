"""What is under the cursor, and what is inside an outline, in words: for each image of a scene."""

from typing import Any, Final

import numpy as np

from casa_plots.errors import PlotError, UnsupportedError
from casa_plots.images.described import Described, Kind
from casa_plots.images.matching import Mapping, matching_cut
from casa_plots.images.measuring import Statistics, inside, mean_spectrum, statistics
from casa_plots.images.planes import Cut, Window, read_plane
from casa_plots.images.scene import Scene, Source
from casa_plots.images.sky import plane_title, plane_wcs
from casa_plots.images.spectrum import draw_spectrum
from casa_plots.inside import Found, Measured, Outline, Shape
from casa_plots.picture import Looking, Picture, Region

_COLUMNS: Final = ("image", "value", "pixel", "position", "plane")
_ROUND: Final = 90  # corners of an ellipse that is laid over another grid


def locate(scene: Scene, number: int, region: Region, limit: int) -> Found:
    """Return value, pixel and place in the middle of a region, for each image."""
    x, y = (region.left + region.right) / 2, (region.bottom + region.top) / 2
    base = scene.base
    sources = _unique(scene)
    cut = base.plane(number)
    rows = [_row(base, cut, source, x, y) for source in sources]
    return Found(len(rows), _COLUMNS, [row for row in rows if row][:limit])


def measure(scene: Scene, number: int, outline: Outline, looking: Looking) -> Measured:
    """Return statistics of each image inside an outline, and a spectrum of the first cube."""
    base, cut = scene.base, scene.base.plane(number)
    columns, found, picture = ["quantity"], [], None
    problem: PlotError | None = None
    for source in _unique(scene):
        try:
            own_cut = matching_cut(base, cut, source)
            if own_cut is None:
                continue
            own = _outline_in(source, base, outline)
            described = source.image.described
            chosen = inside(own, described.shape[own_cut.x], described.shape[own_cut.y])
            found.append(_words(statistics(source, own_cut, chosen), source, own_cut))
        except PlotError as error:
            problem = problem or error
            continue
        columns.append(f"{described.name} ({source.unit})" if source.unit else described.name)
        picture = picture or _spectrum(source, own, own_cut, looking)
    if not found:
        raise problem or UnsupportedError("no image has this plane: choose another one.")
    rows = [[name, *(each[name] for each in found)] for name in found[0]]
    return Measured(columns, rows, picture)


def position(described: Described, cut: Cut, x: float, y: float) -> str:
    """Return where a pixel is, as astronomers write it."""
    wcs, slices = plane_wcs(described, cut)
    if slices is not None:
        pixel = np.array(cut.at, dtype=float)
        pixel[cut.x], pixel[cut.y] = x, y
        world = wcs.wcs_pix2world([pixel], 0)[0]
        return ", ".join(_one(described, axis, float(world[axis])) for axis in (cut.x, cut.y))
    world = wcs.wcs_pix2world([[x, y]], 0)[0]
    if not np.isfinite(world).all():
        return "outside of the sky"
    text = ", ".join(
        _one(described, axis, float(value))
        for axis, value in zip((cut.x, cut.y), world, strict=True)
    )
    return f"{text} {described.frame}"


def _one(described: Described, axis: int, value: float) -> str:
    kind = described.axes[axis].kind
    if kind not in {Kind.LONGITUDE, Kind.LATITUDE}:
        name = described.axes[axis]
        return f"{name.name} {value:.8g} {name.unit}".strip()
    from astropy.coordinates import Angle  # noqa: PLC0415 - slow to load

    angle = Angle(value, "deg")
    is_equatorial = described.frame in {"J2000", "ICRS", "B1950", "B1950_VLA", "FK5", "FK4"}
    if not is_equatorial:
        return f"{value:.6f}°"
    if kind is Kind.LONGITUDE:
        wrapped = angle.wrap_at(360 * angle.unit)
        return str(wrapped.to_string(unit="hourangle", sep="hms", precision=3, pad=True))
    return str(angle.to_string(sep="dms", precision=2, pad=True, alwayssign=True))


def _unique(scene: Scene) -> list[Source]:
    """Return each image once, though it may be colours and contours."""
    found: dict[tuple[Any, ...], Source] = {}
    for source in scene.sources:
        key = (source.image.described.path, source.cut.x, source.cut.y, source.along, source.part)
        found.setdefault(key, source)
    return list(found.values())


def _row(base: Source, cut: Cut, source: Source, x: float, y: float) -> list[str]:
    described = source.image.described
    own_cut = matching_cut(base, cut, source)
    if own_cut is None:
        return []
    own_x, own_y = (float(v[0]) for v in Mapping(source, base).back(np.array([x]), np.array([y])))
    if not (np.isfinite(own_x) and np.isfinite(own_y)):
        return []
    i, j = int(np.floor(own_x + 0.5)), int(np.floor(own_y + 0.5))
    columns, rows = described.shape[own_cut.x], described.shape[own_cut.y]
    if 0 <= i < columns and 0 <= j < rows:
        seen = read_plane(source.image, own_cut, Window(i, i + 1, j, j + 1), None, source.part)
        value = float(seen.values[0, 0])
        text = f"{value:.6g} {source.unit}".strip() if np.isfinite(value) else "masked or NaN"
    else:
        text = "outside"
    place = position(described, own_cut, own_x, own_y)
    return [described.name, text, f"{i}, {j}", place, plane_title(described, own_cut)]


def _outline_in(source: Source, base: Source, outline: Outline) -> Outline:
    """Return an outline of the base image as one of another image."""
    mapping = Mapping(source, base)
    if mapping.is_same:
        return outline
    points = corners(outline)
    x, y = mapping.back(points[:, 0], points[:, 1])
    shape = Shape.POINT if outline.shape is Shape.POINT else Shape.POLYGON
    return Outline(shape, [(float(a), float(b)) for a, b in zip(x, y, strict=True)])


def corners(outline: Outline) -> Any:  # noqa: ANN401 - an array of points
    """Return the corners of an outline, ``(n, 2)``; an ellipse has many."""
    points = np.array(outline.points, dtype=float)
    if outline.shape in {Shape.POINT, Shape.POLYGON}:
        return points
    (x0, y0), (x1, y1) = points[:2]
    if outline.shape is Shape.RECTANGLE:
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    return np.stack(
        [
            (x0 + x1) / 2 + abs(x1 - x0) / 2 * np.cos(turn),
            (y0 + y1) / 2 + abs(y1 - y0) / 2 * np.sin(turn),
        ],
        axis=1,
    )


def _words(found: Statistics, source: Source, cut: Cut) -> dict[str, str]:
    described = source.image.described

    def at(where: tuple[int, int]) -> str:
        return f"{where[0]}, {where[1]}: {position(described, cut, *map(float, where))}"

    flux = {} if found.flux is None else {"flux density (Jy)": f"{found.flux:.6g}"}
    return {
        "npts": str(found.npts),
        "sum": f"{found.sum:.6g}",
        **flux,
        "mean": f"{found.mean:.6g}",
        "rms": f"{found.rms:.6g}",
        "standard deviation": f"{found.sigma:.6g}",
        "minimum": f"{found.min:.6g}",
        "minimum at": at(found.minpos),
        "maximum": f"{found.max:.6g}",
        "maximum at": at(found.maxpos),
        "median": f"{found.median:.6g}",
        "median absolute deviation": f"{found.medabsdevmed:.6g}",
    }


def _spectrum(source: Source, outline: Outline, cut: Cut, looking: Looking) -> Picture | None:
    described = source.image.described
    axis = described.axis(Kind.SPECTRAL)
    if axis is None or axis in {cut.x, cut.y} or described.shape[axis] < 2:  # noqa: PLR2004
        return None
    chosen = inside(outline, described.shape[cut.x], described.shape[cut.y])
    moved = Source(source.image, cut, source.along, source.part)
    values = mean_spectrum(moved, chosen, axis)
    return draw_spectrum(described, values, source.unit, cut.at[axis], looking)
