"""``viewer`` and ``msview``: CASA's older names, and MeasurementSets."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from casa_plots.errors import InvalidParameterError, MissingDataError, UnsupportedError
from casa_plots.images import asked
from casa_plots.images.application import application
from casa_plots.images.choosing import source_of, start_of
from casa_plots.images.colours import colour_map
from casa_plots.images.imview import ENGINES, imview
from casa_plots.images.opening import is_measurement_set
from casa_plots.images.saving import save
from casa_plots.images.scene import Raster, Scene
from casa_plots.images.views import PlaneViews
from casa_plots.picture import Pages

_TYPES: Final = ("raster", "contour", "vector", "marker")
_AXES: Final = ("Baseline", "Time (integrations)", "Channel")
_DPI: Final = 300  # CASA's default
_IGNORED: Final = "gui has no meaning in a notebook: pages are shown in it."


def viewer(
    infile: str = "",
    displaytype: str = "raster",
    channel: int | None = None,
    zoom: int | str | Mapping[str, Any] | None = None,
    outfile: str = "",
    outscale: float = 1.0,
    outdpi: int = 0,
    outformat: str = "",
    outlandscape: bool = True,
    gui: bool | None = None,
    *,
    engine: str = "",
    overwrite: bool = False,
) -> Pages:
    """Show an image, or a MeasurementSet.

    Parameters
    ----------
    infile : str
        A CASA image, a FITS file, or a MeasurementSet.
    displaytype : str
        ``raster``, ``contour`` or ``vector``. A MeasurementSet is always a raster.
    channel : int, optional
        The plane to show; all of them without.
    zoom : int, str, or dict
        As for `imview`.
    outfile, outscale, outdpi, outformat, outlandscape
        A file to write, its scale, dots per inch and format, and whether it is wider than high.
    gui : bool, optional
        Ignored: there is no window.
    engine : str
        Empty or ``casahub`` for ours; ``casaviewer`` for CASA's own application.
    overwrite : bool
        A file that is there already may be replaced.

    Returns
    -------
    Pages
        A view for each plane.

    Raises
    ------
    PlotError
        As for `imview`.
    """
    if not infile:
        raise InvalidParameterError("viewer has no infile: name an image or a MeasurementSet.")
    if displaytype not in _TYPES:
        raise InvalidParameterError(
            f"displaytype {displaytype!r} is unknown: use one of {', '.join(_TYPES[:3])}."
        )
    out = _out(outfile, outscale, outdpi, outformat, outlandscape=outlandscape)
    if is_measurement_set(Path(infile).expanduser()):
        pages = _visibilities(
            infile, displaytype, _zoom(zoom, channel), out, engine=engine, overwrite=overwrite
        )
        notes = [*pages.notes, f"{Path(infile).name} is a MeasurementSet: drawn as msview does."]
    elif displaytype == "marker":
        raise UnsupportedError("viewer draws no markers: give regions to imview instead.")
    else:
        layer: dict[str, Any] = {displaytype: infile}
        pages = imview(
            **layer, zoom=_zoom(zoom, channel), out=out, engine=engine, overwrite=overwrite
        )
        notes = list(pages.notes)
    if gui:
        notes.append(_IGNORED)
    return Pages("viewer", pages.views, pages.engine, tuple(notes), pages.saved)


def msview(
    infile: str = "",
    displaytype: str = "raster",
    channel: int | None = None,
    zoom: int | str | Mapping[str, Any] | None = None,
    outfile: str = "",
    outscale: float = 1.0,
    outdpi: int = 0,
    outformat: str = "",
    outlandscape: bool = True,
    gui: bool | None = None,
    *,
    column: str = "DATA",
    spw: int = 0,
    part: str = "amp",
    colormap: str = "",
    engine: str = "",
    overwrite: bool = False,
) -> Pages:
    """Show visibilities as an image: integrations over baselines, a plane for each channel.

    Parameters
    ----------
    infile : str
        A MeasurementSet.
    displaytype : str
        ``raster``, all that there is.
    channel, zoom, outfile, outscale, outdpi, outformat, outlandscape, gui
        As for `viewer`; `zoom`'s ``polarization`` is the correlation.
    column : str
        ``DATA``, ``CORRECTED_DATA`` or ``MODEL_DATA``.
    spw : int
        Which data description.
    part : str
        ``amp``, ``phase``, ``real`` or ``imag``.
    colormap, engine, overwrite
        As for `imview`.

    Raises
    ------
    PlotError
        As for `imview`.
    """
    out = _out(outfile, outscale, outdpi, outformat, outlandscape=outlandscape)
    pages = _visibilities(
        infile,
        displaytype,
        _zoom(zoom, channel),
        out,
        column=column,
        spw=spw,
        part=part,
        colormap=colormap,
        engine=engine,
        overwrite=overwrite,
    )
    notes = (*pages.notes, _IGNORED) if gui else pages.notes
    return replace(pages, notes=notes)


def _visibilities(
    infile: str,
    displaytype: str,
    zoom: Any,  # noqa: ANN401 - as people write it
    out: Mapping[str, Any] | None,
    *,
    column: str = "DATA",
    spw: int = 0,
    part: str = "amp",
    colormap: str = "",
    engine: str = "",
    overwrite: bool = False,
) -> Pages:
    place = Path(infile).expanduser().absolute()
    if engine not in ENGINES:
        raise InvalidParameterError(f"engine {engine!r} is unknown: use 'casahub' or 'casaviewer'.")
    if not infile or not place.exists():
        raise MissingDataError(f"{infile or 'infile'} does not exist: name a MeasurementSet.")
    if not is_measurement_set(place):
        raise UnsupportedError(f"{infile} is no MeasurementSet: use imview for images.")
    if displaytype != "raster":
        raise UnsupportedError(f"visibilities cannot be drawn as {displaytype}: use 'raster'.")
    if part not in asked.PARTS:
        raise InvalidParameterError(f"part is {part!r}: use one of {', '.join(asked.PARTS)}.")
    if engine == "casaviewer":
        written = (
            {
                "outfile": out["file"],
                "outscale": out["scale"],
                "outdpi": out["dpi"] or _DPI,
                "outformat": out["format"] or Path(out["file"]).suffix.lstrip("."),
                "outlandscape": out["orient"] == "landscape",
            }
            if out
            else {}
        )
        said = {"infile": infile, "displaytype": displaytype, **written}
        return application("msview", {**said, "overwrite": overwrite})
    from casa_plots.images.visibilities import VisibilityImage  # noqa: PLC0415 - only when needed

    shown, unknown = asked.zoom_of(zoom)
    image = VisibilityImage(place, column, spw)
    plain = asked.AskedZoom(level=shown.level, blc=shown.blc, trc=shown.trc)
    source = source_of(image, _AXES, plain, part).at(
        (("Channel", shown.channel), ("Correlation", shown.polarization or 0))
    )
    scene = Scene((Raster(source, colormap=colour_map(colormap)),))
    views = PlaneViews(scene, range(source.planes), start_of(source, plain))
    notes = [f"{column}, data description {spw}; flagged data are blank."]
    notes += [f"Not understood, and left out: {', '.join(unknown)}."] if unknown else []
    file, _ = asked.out_of(out)
    saved = save(views[:1], file, overwrite=overwrite) if file else ()
    return Pages("msview", views, notes=tuple(notes), saved=saved)


def _out(
    outfile: str, scale: float, dpi: int, form: str, *, outlandscape: bool
) -> dict[str, Any] | None:
    if not outfile:
        return None
    orient = "landscape" if outlandscape else "portrait"
    return {"file": outfile, "scale": scale, "dpi": dpi, "format": form, "orient": orient}


def _zoom(zoom: int | str | Mapping[str, Any] | None, channel: int | None) -> Any:  # noqa: ANN401
    """Return CASA's dictionary with the channel in it; -1 is all channels."""
    if channel is None or channel < 0:
        return zoom
    if isinstance(zoom, Mapping):
        return {"channel": channel, **zoom}
    if isinstance(zoom, str) and zoom:
        return {"channel": channel, "file": zoom}
    return {"channel": channel, "level": zoom or 1}
