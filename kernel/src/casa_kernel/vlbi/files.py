"""FITS-IDI files with tables added: the visibilities are copied byte by byte."""

import gzip
import io
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from astropy.io import fits

from casa_kernel.vlbi.calibration import Antab
from casa_kernel.vlbi.errors import VlbiError
from casa_kernel.vlbi.layout import IdiLayout, read_layout
from casa_kernel.vlbi.tables import GAIN_CURVE, SYSTEM_TEMPERATURE, gain_table, temperature_table

_BLOCK = 1 << 22
_FITS_BLOCK = 2880


def read_text(path: Path) -> str:
    """Return the text of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    VlbiError
        It cannot be read.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                return file.read()
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise VlbiError(f"{path} cannot be read: {error}.") from error


def refuse_if_calibrated(path: Path, layout: IdiLayout) -> None:
    """Refuse a file that has one of the tables already.

    Raises
    ------
    VlbiError
        It has.
    """
    for name in (SYSTEM_TEMPERATURE, GAIN_CURVE):
        if name in layout.tables:
            raise VlbiError(
                f"{path} has a {name} table already: import it without an ANTAB file, or ask for "
                "replace=True."
            )


def write_calibrated(source: Path, target: Path, antab: Antab) -> None:
    """Write a copy of a FITS-IDI file with the ANTAB file's tables at its end, for its old ones.

    Raises
    ------
    VlbiError
        The source is no FITS-IDI file, or the ANTAB file is not about it.
    """
    layout = read_layout(source)
    tables = [temperature_table(antab, layout), gain_table(antab, layout)]
    names = {table.name for table in tables}
    with source.open("rb") as old, target.open("xb") as new:
        for start, stop in _spans(source, names):
            _copy(old, new, start, stop)
        new.write(_as_bytes(tables))
        new.flush()
        os.fsync(new.fileno())
    shutil.copymode(source, target)


def append_calibration(path: Path | str, antab: Antab, *, replace: bool = False) -> None:
    """Add SYSTEM_TEMPERATURE and GAIN_CURVE tables to a FITS-IDI file.

    The file is exchanged for the complete new one in a single step; what it held before stays
    as it was, byte by byte.

    Parameters
    ----------
    path : Path or str
        The file, of several of an experiment the first.
    antab : Antab
        From `parse_antab`.
    replace : bool
        Take the place of such tables instead of refusing a file that has them.

    Raises
    ------
    VlbiError
        The file has such a table, or it is not what the ANTAB file is about; it is unchanged.
    """
    file = Path(path)
    if not replace:
        refuse_if_calibrated(file, read_layout(file))
    building = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        write_calibrated(file, building, antab)
        building.replace(file)
    except OSError as error:
        raise VlbiError(f"{file} could not be extended: {error}.") from error
    finally:
        building.unlink(missing_ok=True)  # gone already when all went well


def _spans(path: Path, without: set[str]) -> list[tuple[int, int]]:
    spans = []
    with fits.open(path, memmap=True) as hdus:
        for hdu in hdus:
            place = hdu.fileinfo()
            if hdu.name not in without:
                spans.append((place["hdrLoc"], place["datLoc"] + place["datSpan"]))
    return spans


def _copy(old: BinaryIO, new: BinaryIO, start: int, stop: int) -> None:
    old.seek(start)
    while start < stop:
        block = old.read(min(_BLOCK, stop - start))
        if not block:
            raise VlbiError(f"{old.name} ends too early: it is not complete.")
        new.write(block)
        start += len(block)


def _as_bytes(tables: Sequence[fits.BinTableHDU]) -> bytes:
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(buffer)
    return buffer.getvalue()[_FITS_BLOCK:]  # the empty primary header is one block
