"""A MeasurementSet as an image: time over baseline, a plane for each channel.

This is what ``msview`` draws. It is for a quick look at where data are and what is flagged: whoever
wants to see visibilities over anything else uses ``plotms``.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from casa_plots.errors import EmptyPlotError, InvalidParameterError, MissingDataError
from casa_plots.images.described import Described, ImageAxis, Kind

_ROWS: Final = 50_000  # read at once
COLUMNS: Final = ("DATA", "CORRECTED_DATA", "MODEL_DATA")


class VisibilityImage:
    """Visibilities of one data description: baselines, times, channels and correlations.

    Parameters
    ----------
    path : Path
        The MeasurementSet.
    column : str
        One of `COLUMNS`.
    spw : int
        Data description, the count of spectral windows and polarisations.

    Raises
    ------
    MissingDataError
        There is no such column.
    EmptyPlotError
        Nothing was observed with it.
    """

    def __init__(self, path: Path, column: str = "DATA", spw: int = 0) -> None:
        if column not in COLUMNS:
            raise InvalidParameterError(f"column {column!r}: use one of {', '.join(COLUMNS)}.")
        self._path, self._column = path, column
        with closing(_opened(path)) as table:
            if column not in table.colnames():
                raise MissingDataError(f"{path} has no column {column}: choose another one.")
            own = table.getcol("DATA_DESC_ID") == spw
            # Autocorrelations are no baselines, but they are data.
            pairs = np.stack([table.getcol("ANTENNA1"), table.getcol("ANTENNA2")], axis=1)
            times = table.getcol("TIME")
            if not own.any():
                raise EmptyPlotError(f"{path} has no data in spectral window {spw}.")
            self._rows = np.flatnonzero(own)
            first = table.getcell(column, int(self._rows[0]))
        baselines, self._baseline = np.unique(pairs[own], axis=0, return_inverse=True)
        moments, self._time = np.unique(times[own], return_inverse=True)
        self._baseline = self._baseline.ravel()
        lengths = (len(baselines), len(moments), *first.shape)
        names = ("Baseline", "Time (integrations)", "Channel", "Correlation")
        axes = tuple(
            ImageAxis(name, Kind.LINEAR, "", int(length))
            for name, length in zip(names, lengths, strict=True)
        )
        wcs = WCS(naxis=4)
        wcs.wcs.crpix, wcs.wcs.cdelt = [1.0] * 4, [1.0] * 4
        wcs.wcs.ctype = ["BASELINE", "TIME", "CHANNEL", "CORR"]
        self.described = Described(path, axes, wcs, is_complex=True, tile=(len(baselines), 1, 1, 1))

    def read(self, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        """Return visibilities; flagged ones and those that are not there are NaN."""
        shape = tuple(b - a for a, b in zip(start, stop, strict=True))
        found = np.full(shape, np.nan, dtype=np.complex64)
        chosen = (self._baseline >= start[0]) & (self._baseline < stop[0])
        chosen &= (self._time >= start[1]) & (self._time < stop[1])
        own = np.flatnonzero(chosen)
        blc, trc = list(start[2:]), [n - 1 for n in stop[2:]]
        with closing(_opened(self._path)) as table:
            for first in range(0, len(own), _ROWS):
                some = own[first : first + _ROWS]
                part = table.selectrows(self._rows[some])
                values = part.getcolslice(self._column, blc, trc)
                values[part.getcolslice("FLAG", blc, trc)] = np.nan
                found[self._baseline[some] - start[0], self._time[some] - start[1]] = values
        return found


def _opened(path: Path) -> Any:  # noqa: ANN401 - python-casacore ships no types
    from casacore.tables import table  # noqa: PLC0415 - brings OpenMP

    try:
        return table(str(path), ack=False, lockoptions={"option": "usernoread"})
    except RuntimeError as error:
        raise MissingDataError(f"{path} cannot be opened ({error}).") from error
