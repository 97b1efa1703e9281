"""Which reader an image needs."""

from pathlib import Path
from typing import Final

from casa_plots.errors import InvalidParameterError, MissingDataError, UnsupportedError
from casa_plots.images.described import Image

_FITS: Final = b"SIMPLE  ="


def open_image(path: str) -> Image:
    """Open an image; no pixel is read.

    Parameters
    ----------
    path : str
        A CASA image or a FITS file.

    Raises
    ------
    InvalidParameterError
        The name is empty.
    MissingDataError
        There is no such file, or it cannot be read.
    UnsupportedError
        It is no image.
    """
    if not path:
        raise InvalidParameterError("an image has no name: name a CASA image or a FITS file.")
    # Absolute, because a view is drawn again when the working directory may be another one.
    place = Path(path).expanduser().absolute()
    if not place.exists():
        raise MissingDataError(f"{path} does not exist: name a CASA image or a FITS file.")
    if place.is_file():
        if not is_fits(place):
            raise UnsupportedError(f"{path} is neither a CASA image nor a FITS file.")
        from casa_plots.images.fitsimage import FitsImage  # noqa: PLC0415 - only when needed

        return FitsImage(place)
    if is_measurement_set(place):
        raise UnsupportedError(f"{path} is a MeasurementSet: use msview or plotms for it.")
    if not (place / "table.dat").is_file():
        raise UnsupportedError(f"{path} is a directory, but no CASA image.")
    from casa_plots.images.casaimage import CasaImage  # noqa: PLC0415

    return CasaImage(place)


def is_measurement_set(path: Path) -> bool:
    """Return whether a directory is a MeasurementSet; a calibration table has antennas, too."""
    return (path / "ANTENNA").is_dir() and (path / "POLARIZATION").is_dir()


def is_fits(path: Path) -> bool:
    """Return whether a file begins as FITS files do."""
    with path.open("rb") as file:
        return file.read(len(_FITS)) == _FITS
