"""``imview``: CASA's arguments become a scene, and a scene becomes pages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.images import asked, regions
from casa_plots.images.application import application
from casa_plots.images.choosing import source_of, start_of
from casa_plots.images.colours import colour_map, contour_values, limits_between
from casa_plots.images.opening import open_image
from casa_plots.images.saving import save
from casa_plots.images.scene import Contour, Raster, Scene, Source, Vector
from casa_plots.images.views import PlaneViews
from casa_plots.inside import Outline
from casa_plots.picture import Pages, Region

ENGINES: Final = ("", "casahub", "casaviewer")
PERCENTILE: Final = 99.9
_OVER: Final = 0.5  # how opaque an image over another one is


def imview(
    raster: asked.Layers = None,
    contour: asked.Layers = None,
    zoom: int | str | Mapping[str, Any] | None = None,
    axes: object = -1,
    out: str | Mapping[str, Any] | None = None,
    *,
    vector: asked.Layers = None,
    region: str | Sequence[str] = "",
    stretch: str = "",
    colormap: str = "",
    limits: Sequence[float] | float | None = None,
    part: str = "",
    engine: str = "",
    overwrite: bool = False,
) -> Pages:
    """Show images: in colours, as contours, as vectors, one over the other.

    Parameters
    ----------
    raster : str, dict, or a list of them
        Images in colours: a file, or a dictionary with ``file`` and perhaps ``scaling`` (CASA's
        power cycles), ``range`` (lowest and highest value), ``colormap``, ``colorwedge``; and ours:
        ``stretch``, ``power``, ``percentile``, ``alpha``, ``part``.
    contour : str, dict, or a list of them
        Images as lines: ``file``, and perhaps ``levels``, ``unit``, ``base`` (a level ``l`` is the
        value ``base + l (unit - base)``), ``color``, ``linewidth``. Without levels -3, 3, 6, 12, …
        times the noise.
    zoom : int, str, or dict
        How many times larger, a region file, or a dictionary with ``channel``, ``polarization``,
        ``blc`` and ``trc`` with ``coord`` (``pixel``, or ``world`` in degrees), ``file``.
    axes : list of str, or dict
        Names of the axes along x, along y, and across planes.
    out : str, or dict
        A file to write: ``file``, and perhaps ``format``, ``scale``, ``dpi``, ``orient``.
    vector : str, dict, or a list of them
        Images as vectors: ``file`` (Q + iU, or position angles), and perhaps ``amplitude``
        (another image), ``step``, ``scale``, ``color``, ``threshold``, ``rotation``.
    region : str, or list of str
        Region files, or text in CRTF, to be drawn.
    stretch, colormap : str
        For all rasters that do not say it themselves.
    limits : pair of float, or float
        Lowest and highest value, or how many per cent of the values are between them; as before.
    part : str
        Of complex images: ``amp``, ``phase``, ``real`` or ``imag``.
    engine : str
        Empty or ``casahub`` for ours; ``casaviewer`` for CASA's own application.
    overwrite : bool
        Files that are there already may be replaced.

    Returns
    -------
    Pages
        A view for each plane; none is read before it is looked at.

    Raises
    ------
    InvalidParameterError
        A parameter means nothing.
    MissingDataError, UnsupportedError
        An image cannot be read, or cannot be laid over another.
    FileInTheWayError
        A file to be written exists.
    """
    if engine not in ENGINES:
        raise InvalidParameterError(f"engine {engine!r} is unknown: use 'casahub' or 'casaviewer'.")
    if engine == "casaviewer":
        if vector or region:
            raise UnsupportedError(
                "casaviewer's imview takes neither vector nor region: use engine='casahub'."
            )
        asked_for = {"raster": raster, "contour": contour, "zoom": zoom, "axes": axes, "out": out}
        said = {name: value for name, value in asked_for.items() if value not in (None, "", -1)}
        return application("imview", {**said, "overwrite": overwrite})
    defaults = {"stretch": stretch, "colormap": colormap, "part": part} | _limits(limits)
    rasters, unknown = asked.rasters(_with(raster, defaults))
    contours, more = asked.contours(_with(contour, {"part": part}))
    vectors, still = asked.vectors(vector)
    shown, zooms = asked.zoom_of(zoom)
    target, outs = asked.out_of(out)
    names = asked.axes_of(axes)
    if not (rasters or contours or vectors):
        raise InvalidParameterError("imview has no image: name one as raster, contour or vector.")
    scene = Scene(
        tuple(_raster(each, i, names, shown) for i, each in enumerate(rasters)),
        tuple(_contour(each, names, shown) for each in contours),
        tuple(_vector(each, names, shown) for each in vectors),
    )
    given = (region,) if isinstance(region, str) else tuple(region)
    outlines = tuple(o for each in given if each for o in _outlines(each, scene))
    zoomed = _outlines(shown.file, scene) if shown.file else ()
    scene = Scene(scene.rasters, scene.contours, scene.vectors, (*outlines, *zoomed))
    start = _around(zoomed) if zoomed else start_of(scene.base, shown)
    views = PlaneViews(scene, range(scene.base.planes), start)
    ignored = (*unknown, *more, *still, *zooms, *outs)
    notes = [
        *_said(scene),
        *([f"Not understood, and left out: {', '.join(ignored)}."] if ignored else []),
    ]
    # CASA writes the plane that is shown: all of them only where they are few would surprise.
    saved = save(views[:1], target, overwrite=overwrite) if target else ()
    return Pages("imview", views, notes=tuple(notes), saved=saved)


def _limits(limits: Sequence[float] | float | None) -> dict[str, Any]:
    if limits is None:
        return {}
    if isinstance(limits, int | float):
        return {"percentile": limits}
    return {"range": list(limits)} if len(limits) else {}


def _with(layers: asked.Layers, defaults: Mapping[str, Any]) -> asked.Layers:
    """Return layers as dictionaries that say what they did not say."""
    said = {name: value for name, value in defaults.items() if value not in ("", None)}
    if not layers or not said:
        return layers
    several = [layers] if isinstance(layers, str | Mapping) else list(layers)
    return [
        {**said, **({"file": each} if isinstance(each, str) else each)}
        if isinstance(each, str | Mapping)
        else each
        for each in several
    ]


def _source(file: str, names: tuple[str, str, str], zoom: asked.AskedZoom, part: str) -> Source:
    return source_of(open_image(file), names, zoom, part)


def _raster(
    each: asked.AskedRaster, number: int, names: tuple[str, str, str], zoom: asked.AskedZoom
) -> Raster:
    percentile = PERCENTILE if each.percentile is None else each.percentile
    if not 0 < percentile <= 100:  # noqa: PLR2004
        raise InvalidParameterError(f"percentile is {percentile:g}: give more than 0, at most 100.")
    source = _source(each.file, names, zoom, each.part)
    is_phase = source.image.described.is_complex and each.part == "phase"
    limits = each.range or ((-180.0, 180.0) if is_phase else None)
    made = Raster(
        source,
        None if limits is None else limits_between(*limits),
        percentile,
        colour_map(each.colormap or ("twilight" if is_phase else "")),
        each.stretch or "linear",
        each.power,
        each.scaling,
        each.colorwedge,
        each.alpha if each.alpha is not None else _OVER if number else 1.0,
    )
    made.check()
    return made


def _contour(
    each: asked.AskedContour, names: tuple[str, str, str], zoom: asked.AskedZoom
) -> Contour:
    levels = tuple(contour_values(each.levels, each.unit, each.base)) if each.levels else None
    source = _source(each.file, names, zoom, each.part)
    return Contour(source, levels, each.color, each.linewidth)


def _vector(each: asked.AskedVector, names: tuple[str, str, str], zoom: asked.AskedZoom) -> Vector:
    amplitude = _source(each.amplitude, names, zoom, "amp") if each.amplitude else None
    source = _source(each.file, names, zoom, "complex")
    return Vector(
        source, amplitude, each.step, each.scale, each.color, each.threshold, each.rotation
    )


def _outlines(text: str, scene: Scene) -> tuple[Outline, ...]:
    """Return regions of a file, or of CASA's own words for them."""
    image = scene.base.image
    if "[[" in text and "\n" not in text:
        return regions.parse(f"#CRTFv0\n{text}\n", image, text)
    if text.lstrip().startswith("#CRTF"):
        return regions.parse(text, image)
    return regions.read(text, image)


def _around(outlines: Sequence[Outline]) -> Region:
    """Return the box around regions, with a little room."""
    points = [point for outline in outlines for point in outline.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    room = 0.05 * max(max(xs) - min(xs), max(ys) - min(ys), 10.0)
    return Region(min(xs) - room, max(xs) + room, min(ys) - room, max(ys) + room)


def _said(scene: Scene) -> list[str]:
    described = scene.base.image.described
    notes = []
    for axis, one in enumerate(described.axes):
        cut = scene.base.cut
        if axis in {cut.x, cut.y, scene.base.along} or one.length == 1:
            continue
        at = described.stokes[cut.at[axis]] if described.axis_is_stokes(axis) else cut.at[axis]
        notes.append(f"{one.name} has {one.length} planes; shown is {at}.")
    return notes
