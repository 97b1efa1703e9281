"""casacore's record of coordinates as world coordinates of FITS: pure functions.

The formulas are FITS paper I to III, which casacore follows (it calls wcslib, as astropy does);
only names, units and the count of pixels (from zero in casacore, from one in FITS) differ.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.images.described import ImageAxis, Kind, Spectral, velocities_of

Record = Mapping[str, Any]

_CELESTIAL: Final = {
    "GALACTIC": ("GLON", "GLAT"),
    "SUPERGAL": ("SLON", "SLAT"),
    "ECLIPTIC": ("ELON", "ELAT"),
    "AZEL": ("ALON", "ALAT"),
    "AZELGEO": ("ALON", "ALAT"),
    "AZELSW": ("ALON", "ALAT"),
    "HADEC": ("HLON", "HLAT"),
}
_RADESYS: Final = {"J2000": "FK5", "ICRS": "ICRS", "B1950": "FK4", "B1950_VLA": "FK4"}
_EQUINOX: Final = {"J2000": 2000.0, "B1950": 1950.0, "B1950_VLA": 1950.0}
_COORDINATE: Final = re.compile(r"(direction|spectral|stokes|linear|tabular|quality)(\d+)")
_VELOCITY: Final = {"OPTICAL": "optical", "Z": "optical"}


def frame_of(record: Record) -> str:
    """Return the direction's reference as casacore names it, empty without one."""
    found = next((part for kind, _, part in _coordinates(record) if kind == "direction"), None)
    return "" if found is None else str(found["system"])


def stokes_of(record: Record) -> tuple[str, ...]:
    """Return the names along the Stokes axis."""
    found = next((part for kind, _, part in _coordinates(record) if kind == "stokes"), None)
    return () if found is None else tuple(str(name) for name in found["stokes"])


def axes_of(record: Record, shape: Sequence[int]) -> tuple[ImageAxis, ...]:
    """Return what the pixel axes of an image are.

    Parameters
    ----------
    record : mapping
        The image's keyword ``coords``.
    shape : sequence of int
        Pixels along each axis, the fastest first.
    """
    found = [ImageAxis(f"axis {i}", Kind.LINEAR, "", int(n)) for i, n in enumerate(shape)]
    for kind, pixels, part in _coordinates(record):
        for own, pixel in enumerate(pixels):
            if 0 <= pixel < len(found):
                what = _kind(kind, own)
                names, units = _names(kind, part)
                found[pixel] = ImageAxis(names[own], what, units[own], int(shape[pixel]))
    return tuple(found)


def header_of(record: Record, shape: Sequence[int]) -> dict[str, object]:
    """Return FITS keywords that say where the pixels are.

    Parameters
    ----------
    record, shape
        As for `axes_of`.
    """
    cards: dict[str, object] = {"WCSAXES": len(shape)}
    for i in range(1, len(shape) + 1):
        cards |= {f"CTYPE{i}": f"PIXEL{i}", f"CRPIX{i}": 1.0, f"CRVAL{i}": 0.0, f"CDELT{i}": 1.0}
    for kind, pixels, part in _coordinates(record):
        if all(0 <= pixel < len(shape) for pixel in pixels):
            cards |= _cards(kind, [pixel + 1 for pixel in pixels], part)
    return cards


def spectral_of(record: Record, planes: int) -> Spectral | None:
    """Return the planes of the spectral axis.

    Parameters
    ----------
    record : mapping
        The image's keyword ``coords``.
    planes : int
        How many there are.
    """
    part = next((part for kind, _, part in _coordinates(record) if kind == "spectral"), None)
    if part is None:
        return None
    numbers = np.arange(planes, dtype=np.float64)
    if "wcs" in part:
        own = part["wcs"]
        step = float(own["cdelt"]) * _matrix(own.get("pc", [[1.0]]), 1)[0][0]
        frequencies = float(own["crval"]) + (numbers - float(own["crpix"])) * step
    else:
        at, values = np.asarray(part["pixelvalues"]), np.asarray(part["worldvalues"])
        frequencies = np.interp(numbers, at, values.astype(np.float64))
    rest = float(part.get("restfreq", 0.0))
    definition = _VELOCITY.get(str(part.get("velType", "")).upper(), "radio")
    velocities = velocities_of(frequencies, rest, definition)
    return Spectral(frequencies, velocities, str(part.get("system", "")), definition, rest)


def _coordinates(record: Record) -> Iterator[tuple[str, list[int], Record]]:
    """Yield what kind each coordinate is, its pixel axes (-1 for one that is gone), and itself."""
    for name, part in record.items():
        if found := _COORDINATE.fullmatch(name):
            own = next(iter(re.findall(r"\d+", name)))
            yield found[1], [int(n) for n in np.atleast_1d(record[f"pixelmap{own}"])], part


def _kind(kind: str, own: int) -> Kind:
    if kind == "direction":
        return (Kind.LONGITUDE, Kind.LATITUDE)[own]
    return {"spectral": Kind.SPECTRAL, "stokes": Kind.STOKES}.get(kind, Kind.LINEAR)


def _names(kind: str, part: Record) -> tuple[list[str], list[str]]:
    if kind == "direction":
        return [str(name) for name in part["axes"]], ["deg", "deg"]
    if kind == "spectral":
        return ["Frequency"], ["Hz"]
    if kind == "stokes":
        return ["Stokes"], [""]
    names = [str(name) for name in np.atleast_1d(part.get("axes", [kind.capitalize()]))]
    units = [str(unit) for unit in np.atleast_1d(part.get("units", [""] * len(names)))]
    return names, units


def _cards(kind: str, axes: list[int], part: Record) -> dict[str, object]:
    if kind == "direction":
        return _direction(axes, part)
    (i, *_) = axes
    if kind == "spectral":
        return _frequency(i, part)
    if kind == "stokes":
        # Planes by their count: names are in `Described.stokes`, and casacore has more than FITS.
        return {f"CTYPE{i}": "STOKES", f"CRPIX{i}": 1.0, f"CRVAL{i}": 1.0, f"CDELT{i}": 1.0}
    if "pixelvalues" in part:
        return _tabular(i, part)
    return _linear(axes, part)


def _direction(axes: list[int], part: Record) -> dict[str, object]:
    _, latitude = axes
    system, projection = str(part["system"]), str(part["projection"])
    names = _CELESTIAL.get(system, ("RA", "DEC"))
    cards = _linear(axes, part)
    for i, name in zip(axes, names, strict=True):
        cards[f"CTYPE{i}"] = f"{name:-<4}-{projection:>3}"
    for i, unit in zip(axes, part["units"], strict=True):
        to_degrees = _degrees(str(unit))
        cards[f"CRVAL{i}"] = float(str(cards[f"CRVAL{i}"])) * to_degrees
        cards[f"CDELT{i}"] = float(str(cards[f"CDELT{i}"])) * to_degrees
        cards[f"CUNIT{i}"] = "deg"
    cards |= {"LONPOLE": float(part["longpole"]), "LATPOLE": float(part["latpole"])}
    parameters = np.atleast_1d(part.get("projection_parameters", []))
    first = 0 if projection.startswith("Z") and projection != "ZEA" else 1
    cards |= {f"PV{latitude}_{n + first}": float(each) for n, each in enumerate(parameters)}
    if system in _RADESYS:
        cards["RADESYS"] = _RADESYS[system]
    if system in _EQUINOX:
        cards["EQUINOX"] = _EQUINOX[system]
    return cards


def _frequency(i: int, part: Record) -> dict[str, object]:
    if "wcs" in part:
        # One axis: its numbers are plain in some versions, arrays of one in others.
        own = {key: np.atleast_1d(part["wcs"][key]) for key in ("crval", "crpix", "cdelt")}
        own["pc"] = np.atleast_2d(part["wcs"].get("pc", [[1.0]]))
        cards = _linear([i], own)
    else:
        cards = _tabular(i, part)
    cards |= {f"CTYPE{i}": "FREQ", f"CUNIT{i}": "Hz"}
    if float(part.get("restfreq", 0.0)) > 0:
        cards["RESTFRQ"] = float(part["restfreq"])
    return cards


def _tabular(i: int, part: Record) -> dict[str, object]:
    """Return a straight line through a table's first and last value."""
    at = np.asarray(part["pixelvalues"], dtype=np.float64)
    values = np.asarray(part["worldvalues"], dtype=np.float64)
    step = (values[-1] - values[0]) / (at[-1] - at[0]) if at.size > 1 else 1.0
    name = re.sub(r"\W", "", str(part.get("axes", ["TAB"])[0]))[:8].upper()
    return {
        f"CTYPE{i}": name or "TAB",
        f"CRPIX{i}": float(at[0]) + 1,
        f"CRVAL{i}": float(values[0]),
        f"CDELT{i}": float(step) or 1.0,
    }


def _linear(axes: list[int], part: Record) -> dict[str, object]:
    cards: dict[str, object] = {}
    matrix = _matrix(part.get("pc", np.eye(len(axes))), len(axes))
    names = [str(name) for name in np.atleast_1d(part.get("axes", []))]
    units = [str(unit) for unit in np.atleast_1d(part.get("units", []))]
    for own, i in enumerate(axes):
        if own < len(names):
            cards[f"CTYPE{i}"] = re.sub(r"\W", "", names[own])[:8].upper() or f"PIXEL{i}"
        if own < len(units):
            cards[f"CUNIT{i}"] = _unit(units[own])
        cards[f"CRPIX{i}"] = float(part["crpix"][own]) + 1
        cards[f"CRVAL{i}"] = float(part["crval"][own])
        cards[f"CDELT{i}"] = float(part["cdelt"][own])
        cards |= {f"PC{i}_{j}": matrix[own][k] for k, j in enumerate(axes)}
    return cards


def _matrix(values: Any, size: int) -> NDArray[np.float64]:  # noqa: ANN401 - a record's value
    return np.asarray(values, dtype=np.float64).reshape(size, size)


def _unit(text: str) -> str:
    """Return a unit that FITS knows; an unknown one would make the coordinates unreadable."""
    return text if text in {"Hz", "m", "s", "rad", "deg", "arcsec", "arcmin", "m/s", "km/s"} else ""


def _degrees(unit: str) -> float:
    return {
        "rad": math.degrees(1.0),
        "deg": 1.0,
        "arcmin": 1 / 60,
        "'": 1 / 60,
        "arcsec": 1 / 3600,
        '"': 1 / 3600,
        "''": 1 / 3600,
    }.get(unit, 1.0)
