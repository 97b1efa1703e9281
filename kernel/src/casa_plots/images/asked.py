"""What was asked for, under the names of CASA's viewer, checked: no image is opened here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

from casa_plots.errors import InvalidParameterError

PARTS: Final = ("amp", "phase", "real", "imag")
# A name, a dictionary with a name in it, or several.
Layers = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class AskedRaster:
    """One image in colours; see `scene.Raster`."""

    file: str
    scaling: float | None = None
    range: tuple[float, float] | None = None
    percentile: float | None = None
    colormap: str = ""
    colorwedge: bool = True
    stretch: str = ""
    power: float | None = None
    alpha: float | None = None
    part: str = "amp"


@dataclass(frozen=True, slots=True)
class AskedContour:
    """One image as lines; see `scene.Contour`. `levels` are relative to `unit` and `base`."""

    file: str
    levels: tuple[float, ...] = ()
    unit: float = 1.0
    base: float = 0.0
    color: str = ""
    linewidth: float = 1.0
    part: str = "amp"


@dataclass(frozen=True, slots=True)
class AskedVector:
    """Polarisation as lines; see `scene.Vector`."""

    file: str
    amplitude: str = ""
    step: int = 0
    scale: float = 1.0
    color: str = ""
    threshold: float = 0.0
    rotation: float = 0.0


@dataclass(frozen=True, slots=True)
class AskedZoom:
    """What is shown.

    Attributes
    ----------
    level : int
        The middle of the image, so many times as large.
    channel, polarization : int, optional
        Planes; None for all channels, and the first polarisation.
    blc, trc : tuple of float, optional
        Corners, as `coord` says: ``pixel``, or ``world`` in degrees.
    file : str
        A region file: its regions' box is shown.
    """

    level: int = 1
    channel: int | None = None
    polarization: int | None = None
    blc: tuple[float, ...] | None = None
    trc: tuple[float, ...] | None = None
    coord: str = "pixel"
    file: str = ""


@dataclass(frozen=True, slots=True)
class AskedOut:
    """A file to be written; see `saving`."""

    file: str
    format: str = ""
    scale: float = 1.0
    dpi: int = 0
    orient: str = ""


def rasters(asked: Layers) -> tuple[tuple[AskedRaster, ...], tuple[str, ...]]:
    """Return images to be drawn in colours, and what of the dictionaries is not understood."""
    found, unknown = [], []
    for each in _each("raster", asked):
        known, rest = _split(each, AskedRaster)
        unknown += [f"raster's {name}" for name in rest]
        limits = _numbers("raster's range", known.get("range"))
        if limits is not None and len(limits) != 2:  # noqa: PLR2004
            raise InvalidParameterError(
                f"raster's range is {list(limits)}: give the lowest and the highest value."
            )
        found.append(
            AskedRaster(
                file=str(known["file"]),
                scaling=_number("raster's scaling", known.get("scaling")),
                range=None if limits is None else (limits[0], limits[1]),
                percentile=_number("raster's percentile", known.get("percentile")),
                colormap=str(known.get("colormap", "")),
                colorwedge=bool(known.get("colorwedge", True)),
                stretch=str(known.get("stretch", "")),
                power=_number("raster's power", known.get("power")),
                alpha=_number("raster's alpha", known.get("alpha")),
                part=_part(known.get("part", "amp")),
            )
        )
    return tuple(found), tuple(unknown)


def contours(asked: Layers) -> tuple[tuple[AskedContour, ...], tuple[str, ...]]:
    """Return images to be drawn as lines, and what of the dictionaries is not understood."""
    found, unknown = [], []
    for each in _each("contour", asked):
        known, rest = _split(each, AskedContour)
        unknown += [f"contour's {name}" for name in rest]
        unit = _number("contour's unit", known.get("unit"))
        found.append(
            AskedContour(
                file=str(known["file"]),
                levels=_numbers("contour's levels", known.get("levels")) or (),
                unit=1.0 if unit is None else unit,
                base=_number("contour's base", known.get("base")) or 0.0,
                color=str(known.get("color", "")),
                linewidth=_number("contour's linewidth", known.get("linewidth")) or 1.0,
                part=_part(known.get("part", "amp")),
            )
        )
    return tuple(found), tuple(unknown)


def vectors(asked: Layers) -> tuple[tuple[AskedVector, ...], tuple[str, ...]]:
    """Return images to be drawn as vectors, and what of the dictionaries is not understood."""
    found, unknown = [], []
    for each in _each("vector", asked):
        known, rest = _split(each, AskedVector)
        unknown += [f"vector's {name}" for name in rest]
        found.append(
            AskedVector(
                file=str(known["file"]),
                amplitude=str(known.get("amplitude", "")),
                step=int(_number("vector's step", known.get("step")) or 0),
                scale=_number("vector's scale", known.get("scale")) or 1.0,
                color=str(known.get("color", "")),
                threshold=_number("vector's threshold", known.get("threshold")) or 0.0,
                rotation=_number("vector's rotation", known.get("rotation")) or 0.0,
            )
        )
    return tuple(found), tuple(unknown)


def zoom_of(asked: int | str | Mapping[str, Any] | None) -> tuple[AskedZoom, tuple[str, ...]]:
    """Return what is to be shown, and what of the dictionary is not understood.

    Parameters
    ----------
    asked : int, str, mapping
        A level, the name of a region file, or CASA's dictionary.
    """
    if asked is None or (not asked and not isinstance(asked, Real)):
        return AskedZoom(), ()
    if isinstance(asked, str):
        return AskedZoom(file=asked), ()
    if isinstance(asked, Real):
        level = int(float(asked))
        if level < 1:
            raise InvalidParameterError(f"zoom is {asked}: give 1 for all of the image, or more.")
        return AskedZoom(level=level), ()
    if not isinstance(asked, Mapping):
        raise InvalidParameterError(f"zoom is {asked!r}: give a number, a file or a dictionary.")
    fields = AskedZoom.__dataclass_fields__
    coord = str(asked.get("coord", "pixel"))
    if coord not in {"pixel", "world"}:
        raise InvalidParameterError(f"zoom's coord is {coord!r}: use 'pixel' or 'world'.")
    blc, trc = (_numbers(f"zoom's {name}", asked.get(name)) for name in ("blc", "trc"))
    for name, corner in (("blc", blc), ("trc", trc)):
        if corner is not None and len(corner) < 2:  # noqa: PLR2004
            raise InvalidParameterError(f"zoom's {name} is {list(corner)}: give x and y.")
    if (blc is None) != (trc is None):
        raise InvalidParameterError("zoom has one of blc and trc: give both corners.")
    channel, polarization = (
        _number(f"zoom's {name}", asked.get(name)) for name in ("channel", "polarization")
    )
    return AskedZoom(
        level=int(asked.get("level", 1)),
        channel=None if channel is None else int(channel),
        polarization=None if polarization is None else int(polarization),
        blc=blc,
        trc=trc,
        coord=coord,
        file=str(asked.get("file", asked.get("region", ""))),
    ), tuple(f"zoom's {name}" for name in asked if name not in {*fields, "region"})


def axes_of(asked: object) -> tuple[str, str, str]:
    """Return the names of the axes along x, along y, and across planes; empty for CASA's own.

    Parameters
    ----------
    asked : sequence of str, or mapping, or -1
        CASA's three forms.
    """
    if isinstance(asked, Mapping):
        return (str(asked.get("x", "")), str(asked.get("y", "")), str(asked.get("z", "")))
    if isinstance(asked, Sequence) and not isinstance(asked, str) and len(asked):
        names = [*(str(each) for each in asked), "", "", ""]
        return names[0], names[1], names[2]
    if asked in (-1, None, "", [], ()):
        return "", "", ""
    raise InvalidParameterError(f"axes is {asked!r}: give the names of x, y and z.")


def out_of(asked: str | Mapping[str, Any] | None) -> tuple[AskedOut | None, tuple[str, ...]]:
    """Return the file to be written, None for none, and what is not understood."""
    if not asked:
        return None, ()
    if isinstance(asked, str):
        return AskedOut(asked), ()
    known, rest = _split(asked, AskedOut)
    orient = str(known.get("orient", "")).lower()
    if orient not in {"", "landscape", "portrait"}:
        raise InvalidParameterError(f"out's orient is {orient!r}: use landscape or portrait.")
    scale = _number("out's scale", known.get("scale"))
    if scale is not None and scale <= 0:
        raise InvalidParameterError(f"out's scale is {scale:g}: give a number above 0.")
    return AskedOut(
        file=str(known["file"]),
        format=str(known.get("format", "")),
        scale=1.0 if scale is None else scale,
        dpi=int(_number("out's dpi", known.get("dpi")) or 0),
        orient=orient,
    ), tuple(f"out's {name}" for name in rest)


def _each(what: str, asked: Layers) -> list[Mapping[str, Any]]:
    if not asked:
        return []
    several = [asked] if isinstance(asked, str | Mapping) else list(asked)
    found: list[Mapping[str, Any]] = []
    for one in several:
        if isinstance(one, Mapping) and one.get("file"):
            found.append(one)
        elif isinstance(one, str) and one:
            found.append({"file": one})
        else:
            raise InvalidParameterError(f"{what} is {one!r}: name an image, or a file in it.")
    return found


def _split(asked: Mapping[str, Any], kind: Any) -> tuple[dict[str, Any], list[str]]:  # noqa: ANN401
    if not asked.get("file"):
        raise InvalidParameterError(f"{dict(asked)!r} names no file: add one under 'file'.")
    known = {str(name) for name in kind.__dataclass_fields__}
    return (
        {name: value for name, value in asked.items() if name in known},
        [name for name in asked if name not in known],
    )


def _number(what: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)  # type: ignore[arg-type] # whatever it is, it says so itself
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{what} is {value!r}: give a number.") from None


def _numbers(what: str, value: object) -> tuple[float, ...] | None:
    if value is None or (isinstance(value, str) and not value):
        return None
    try:
        return tuple(float(each) for each in value) or None  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{what} is {value!r}: give numbers in a list.") from None


def _part(value: object) -> str:
    if value not in PARTS:
        raise InvalidParameterError(f"part is {value!r}: use one of {', '.join(PARTS)}.")
    return str(value)
