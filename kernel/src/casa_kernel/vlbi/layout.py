"""What must be known of a FITS-IDI file to write tables for it; its visibilities are not read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from casa_kernel.vlbi.errors import VlbiError

_NEEDED = ("ARRAY_GEOMETRY", "FREQUENCY", "UV_DATA")
# Keywords that every table of a file repeats (AIPS Memo 114r).
_COMMON = ("OBSCODE", "NO_STKD", "STK_1", "NO_BAND", "NO_CHAN", "REF_FREQ", "CHAN_BW", "REF_PIXL")


@dataclass(frozen=True, slots=True)
class IdiLayout:
    """Stations, bands and day of a FITS-IDI file.

    Attributes
    ----------
    stations : dict
        Name to number.
    observed : date
        The reference date: times count from its 0 h UTC.
    bands, channels : int
        Bands, and channels in each.
    polarisations : int
        Hands of polarisation, 1 or 2.
    frequencies : tuple of float
        Centre of each band, in Hz.
    integration : float
        Integration time of the first visibility in seconds, 0 where the file does not tell.
    common : dict
        Keywords and values that each table of the file has.
    tables : tuple of str
        Names of its tables.
    """

    stations: dict[str, int]
    observed: date
    bands: int
    channels: int
    polarisations: int
    frequencies: tuple[float, ...]
    integration: float
    common: dict[str, Any]  # FITS values
    tables: tuple[str, ...]


def read_layout(path: Path) -> IdiLayout:
    """Read a FITS-IDI file's headers and small tables.

    Raises
    ------
    VlbiError
        It is missing, or is no FITS-IDI file.
    """
    try:
        with fits.open(path, memmap=True) as hdus:
            names = tuple(hdu.name for hdu in hdus[1:])
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise VlbiError(f"{path} is not a FITS-IDI file: it has no {missing[0]} table.")
            return _layout(hdus, names)
    except (OSError, KeyError, ValueError) as error:
        raise VlbiError(f"{path} cannot be read as FITS-IDI: {error}.") from error


def _layout(hdus: fits.HDUList, names: tuple[str, ...]) -> IdiLayout:
    geometry, frequency = hdus["ARRAY_GEOMETRY"], hdus["FREQUENCY"]
    header = frequency.header
    bands, channels = int(header["NO_BAND"]), int(header["NO_CHAN"])
    offsets = np.atleast_1d(frequency.data["BANDFREQ"][0])
    widths = np.atleast_1d(frequency.data["CH_WIDTH"][0])
    middle = (channels + 1) / 2 - float(header["REF_PIXL"])
    centres = float(header["REF_FREQ"]) + offsets + middle * widths
    rows = zip(geometry.data["ANNAME"], geometry.data["NOSTA"], strict=True)
    return IdiLayout(
        stations={str(name).strip(): int(number) for name, number in rows},
        observed=date.fromisoformat(str(geometry.header["RDATE"])[:10]),
        bands=bands,
        channels=channels,
        polarisations=1 if int(header["NO_STKD"]) == 1 else 2,
        frequencies=tuple(float(centre) for centre in centres),
        integration=_integration(hdus["UV_DATA"]),
        common={name: header[name] for name in _COMMON if name in header},
        tables=names,
    )


def _integration(visibilities: fits.BinTableHDU) -> float:
    if "INTTIM" not in visibilities.columns.names or not len(visibilities.data):
        return 0.0
    return float(visibilities.data[0]["INTTIM"])
