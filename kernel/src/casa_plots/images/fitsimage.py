"""Reading images from FITS files, mapped into memory so that only what is shown is read."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning
from numpy.typing import NDArray

from casa_plots.errors import MissingDataError, UnsupportedError
from casa_plots.images.described import (
    SPEED_OF_LIGHT,
    Beam,
    Described,
    ImageAxis,
    Kind,
    Spectral,
    velocities_of,
)

_STOKES: Final = dict(
    zip(
        (1, 2, 3, 4, -1, -2, -3, -4, -5, -6, -7, -8),
        ("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX"),
        strict=True,
    )
)
_FRAMES: Final = {"FK5": "J2000", "FK4": "B1950", "ICRS": "ICRS"}
_NAMES: Final = {"RA": "Right Ascension", "DEC": "Declination", "GLON": "Longitude"} | {
    "GLAT": "Latitude"
}


class FitsImage:
    """The first image of a FITS file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    MissingDataError
        It cannot be opened.
    UnsupportedError
        There is no image of two axes or more in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # The header alone: bad keywords are the user's, and not worth a warning for each.
            with warnings.catch_warnings(), fits.open(path, memmap=True) as file:
                warnings.simplefilter("ignore")
                self._number = _first_image(path, file)
                header = file[self._number].header
                beams = _beams(file, header)
                # A file that scales its integers cannot be mapped: astropy would refuse.
                self._mapped = not {"BSCALE", "BZERO", "BLANK"} & set(header)
        except (OSError, ValueError) as error:
            raise MissingDataError(f"{path} cannot be read as FITS ({error}).") from error
        self.described = _described(path, header, beams)

    def read(self, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        """Return pixels, indexed in the order of the axes; see `described.Image`."""
        cut = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))[::-1]
        try:
            with fits.open(self._path, memmap=self._mapped) as file:
                # `section` reads only that part, scaled integers included.
                found = np.array(file[self._number].section[cut])
        except (OSError, ValueError, TypeError, IndexError) as error:
            raise MissingDataError(f"{self._path} cannot be read any more ({error}).") from error
        wide = found.dtype.kind in "iu" or found.dtype.itemsize > 4  # noqa: PLR2004
        turned: NDArray[Any] = found.astype(np.float64 if wide else np.float32).T
        return turned


def _first_image(path: Path, file: Any) -> int:  # noqa: ANN401 - astropy ships no types
    for number, part in enumerate(file):
        if part.is_image and int(part.header.get("NAXIS", 0)) > 1:
            return number
    raise UnsupportedError(f"{path} has no image of two axes or more in it.")


def _described(path: Path, header: fits.Header, beams: dict[tuple[int, int], Beam]) -> Described:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        wcs = WCS(header, fix=True)
    shape = [int(header[f"NAXIS{i}"]) for i in range(1, int(header["NAXIS"]) + 1)]
    axes = tuple(_axis(wcs, i, n) for i, n in enumerate(shape))
    frame = _FRAMES.get(str(wcs.wcs.radesys), str(wcs.wcs.radesys))
    longitude = str(wcs.wcs.ctype[wcs.wcs.lng]) if wcs.wcs.lng >= 0 else ""
    frame = "GALACTIC" if longitude.startswith("GLON") else frame
    stokes = next((i for i, axis in enumerate(axes) if axis.kind is Kind.STOKES), None)
    codes: Sequence[float] = (
        () if stokes is None else _along(wcs, stokes, axes[stokes].length).tolist()
    )
    return Described(
        path=path,
        axes=axes,
        wcs=wcs,
        frame=frame if longitude else "",
        unit=str(header.get("BUNIT", "")),
        beams=beams,
        stokes=tuple(_STOKES.get(round(code), f"{code:g}") for code in codes),
        spectral=_spectral(wcs, axes),
        tile=(shape[0], *[1] * (len(shape) - 1)),
    )


def _axis(wcs: WCS, i: int, length: int) -> ImageAxis:
    kind = str(wcs.wcs.ctype[i])
    if i in {wcs.wcs.lng, wcs.wcs.lat}:
        what = Kind.LONGITUDE if i == wcs.wcs.lng else Kind.LATITUDE
    elif i == wcs.wcs.spec or kind[:4] in {"VELO", "FELO"}:
        what = Kind.SPECTRAL
    else:
        what = Kind.STOKES if kind == "STOKES" else Kind.LINEAR
    name = kind.split("-", maxsplit=1)[0]
    return ImageAxis(_NAMES.get(name, name or f"axis {i}"), what, str(wcs.wcs.cunit[i]), length)


def _along(wcs: WCS, axis: int, length: int) -> NDArray[np.float64]:
    pixels = np.tile(np.asarray(wcs.wcs.crpix, dtype=np.float64) - 1, (length, 1))
    pixels[:, axis] = np.arange(length)
    found: NDArray[np.float64] = wcs.wcs_pix2world(pixels, 0)[:, axis]
    return found


def _spectral(wcs: WCS, axes: Sequence[ImageAxis]) -> Spectral | None:
    axis = next((i for i, each in enumerate(axes) if each.kind is Kind.SPECTRAL), None)
    if axis is None:
        return None
    values = _along(wcs, axis, axes[axis].length)
    rest, kind = float(wcs.wcs.restfrq or 0.0), str(wcs.wcs.ctype[axis])[:4]
    frame = str(wcs.wcs.specsys)
    definition = "optical" if kind in {"VOPT", "FELO", "ZOPT"} else "radio"
    if kind == "FREQ":
        return Spectral(values, velocities_of(values, rest, "radio"), frame, "radio", rest)
    if kind == "WAVE":
        frequencies = SPEED_OF_LIGHT * 1000 / values
        velocities = velocities_of(frequencies, rest, "optical")
        return Spectral(frequencies, velocities, frame, "optical", rest)
    speeds = values / 1000
    frequencies = (
        rest / (1 + speeds / SPEED_OF_LIGHT)
        if definition == "optical"
        else rest * (1 - speeds / SPEED_OF_LIGHT)
    )
    return Spectral(frequencies, speeds, frame, definition, rest)


def _beams(file: Any, header: fits.Header) -> dict[tuple[int, int], Beam]:  # noqa: ANN401
    if "BMAJ" in header:
        one = (header["BMAJ"], header.get("BMIN", header["BMAJ"]), header.get("BPA", 0.0))
        return {(0, 0): Beam(float(one[0]) * 3600, float(one[1]) * 3600, float(one[2]))}
    for part in file:
        if part.name == "BEAMS" and {"BMAJ", "BMIN", "BPA"} <= set(part.columns.names):
            to_arcsec = 3600.0 if str(part.columns["BMAJ"].unit) == "deg" else 1.0
            return {
                (int(row["CHAN"]), int(row["POL"])): Beam(
                    float(row["BMAJ"]) * to_arcsec,
                    float(row["BMIN"]) * to_arcsec,
                    float(row["BPA"]),
                )
                for row in part.data
            }
    return {}
