"""Reading CASA's images, and what else casacore knows, without a lock and piece by piece."""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io.fits import Header
from astropy.wcs import WCS
from numpy.typing import NDArray

from casa_plots.errors import MissingDataError, UnsupportedError
from casa_plots.images.coordinates import axes_of, frame_of, header_of, spectral_of, stokes_of
from casa_plots.images.described import Beam, Described, Kind

Record = Mapping[str, Any]


class CasaImage:
    """A paged image: a table with one cell.

    The table is open only while something is read, and never locked: who cleans the image does not
    wait for who looks at it, and the picture is of what was there at that moment.

    Parameters
    ----------
    path : Path
        The image.

    Raises
    ------
    MissingDataError
        It cannot be opened, or has no pixels.
    UnsupportedError
        Its pixels are no numbers that can be drawn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(_opened(path)) as table:
            if "map" not in table.colnames() or "coords" not in table.keywordnames():
                raise UnsupportedError(f"{path} is a table, but no image: name an image.")
            # Without `logtable`, which a reader of pixels has no need to open.
            record = {
                name: table.getkeyword(name)
                for name in ("coords", "units", "imageinfo", "masks", "Image_defaultmask")
                if name in table.keywordnames()
            }
            shape = _shape(table)
            kind = str(table.coldatatype("map"))
            tile = _tile(table, shape)
        if kind not in {"float", "double", "complex", "dcomplex"}:
            raise UnsupportedError(f"{path} has pixels of type {kind}: only numbers can be drawn.")
        self._mask = _default_mask(record)
        self.described = _described(path, record, shape, kind, tile)

    def read(self, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        """Return pixels, indexed in the order of the axes; see `described.Image`."""
        pixels = self._cut(self._path, "map", start, stop)
        if self._mask:
            good = self._cut(self._path / self._mask, "PagedArray", start, stop)
            if not good.all():
                pixels[~good.astype(bool)] = np.nan
        return pixels

    @staticmethod
    def _cut(path: Path, column: str, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        with closing(_opened(path)) as table:
            last = [n - 1 for n in stop]
            try:
                # casacore's arrays come with their axes turned around.
                found = table.getcellslice(column, 0, list(start)[::-1], last[::-1])
            except RuntimeError as error:
                raise MissingDataError(
                    f"{path} cannot be read any more ({error}): it may be being written; try again."
                ) from error
        turned: NDArray[Any] = np.asarray(found).T
        return turned


def _opened(path: Path) -> Any:  # noqa: ANN401 - python-casacore ships no types
    from casacore.tables import table  # noqa: PLC0415 - brings OpenMP; with the first image

    try:
        return table(str(path), ack=False, lockoptions={"option": "usernoread"})
    except RuntimeError as error:
        raise MissingDataError(
            f"{path} cannot be opened ({error}): it may be being written, or be no image."
        ) from error


def _shape(table: Any) -> tuple[int, ...]:  # noqa: ANN401
    # As text, because the cell itself would be all of the image.
    (text,) = table.getcolshapestring("map", 0, 1)
    return tuple(int(n) for n in re.findall(r"\d+", text))[::-1]


def _tile(table: Any, shape: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ANN401
    for manager in table.getdminfo().values():
        if "map" in manager["COLUMNS"]:
            cubes = manager["SPEC"].get("HYPERCUBES", {})
            for cube in cubes.values():
                return tuple(int(n) for n in cube["TileShape"])
    return shape


def _default_mask(record: Record) -> str:
    """Return the directory of the mask that counts, empty if all pixels are good."""
    name = str(record.get("Image_defaultmask", ""))
    own = record.get("masks", {}).get(name, {})
    return Path(str(own["mask"])).name if "mask" in own else ""


def _described(
    path: Path, record: Record, shape: tuple[int, ...], kind: str, tile: tuple[int, ...]
) -> Described:
    coordinates = record["coords"]
    axes = axes_of(coordinates, shape)
    planes = next((axis.length for axis in axes if axis.kind is Kind.SPECTRAL), 1)
    return Described(
        path=path,
        axes=axes,
        wcs=WCS(Header(header_of(coordinates, shape).items()), fix=False),
        frame=frame_of(coordinates),
        unit=str(record.get("units", "")),
        is_complex="complex" in kind,
        beams=_beams(record.get("imageinfo", {})),
        stokes=stokes_of(coordinates),
        spectral=spectral_of(coordinates, planes),
        tile=tile,
    )


def _beams(information: Record) -> dict[tuple[int, int], Beam]:
    if "restoringbeam" in information:
        return {(0, 0): _beam(information["restoringbeam"])}
    planes = information.get("perplanebeams", {})
    channels = int(planes.get("nChannels", 0)) or 1
    # Channels vary fastest, see casacore's ImageBeamSet.
    return {
        divmod(int(name[1:]), channels)[::-1]: _beam(beam)
        for name, beam in planes.items()
        if name.startswith("*")
    }


def _beam(record: Record) -> Beam:
    from astropy.units import Quantity  # noqa: PLC0415 - slow to load; with the first beam

    major, minor = (
        float(Quantity(record[name]["value"], record[name]["unit"]).to_value("arcsec"))
        for name in ("major", "minor")
    )
    angle = record["positionangle"]
    return Beam(major, minor, float(Quantity(angle["value"], angle["unit"]).to_value("deg")))
