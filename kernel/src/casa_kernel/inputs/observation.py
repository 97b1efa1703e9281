"""What a MeasurementSet offers to select by: names and numbers, read without a lock."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np

from casa_kernel.tables import opened_unlocked

# So many rows are read in one go in some milliseconds; of more, so many single ones in 0.05 s.
_MANY_ROWS: Final = 500_000
_SAMPLED_ROWS: Final = 30_000
_SUBTABLES: Final = ("FIELD", "SPECTRAL_WINDOW", "ANTENNA", "STATE", "POLARIZATION")
# Stokes::StokesTypes of casacore, as the column CORR_TYPE has them.
_CORRELATIONS: Final = {
    **dict(enumerate(["I", "Q", "U", "V"], 1)),
    **dict(enumerate(["RR", "RL", "LR", "LL", "XX", "XY", "YX", "YY"], 5)),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """Names and numbers of one MeasurementSet.

    Attributes
    ----------
    columns, fields, antennas, intents, correlations : tuple of str
        In the order of the tables; intents one by one.
    spectral_windows : int
        How many there are.
    scans, observations, arrays : tuple of int
        The numbers that occur. Of more than half a million rows only 30000 are looked at, evenly: a
        scan of fewer rows than lie between two of them may be missed.
    """

    columns: tuple[str, ...]
    fields: tuple[str, ...]
    antennas: tuple[str, ...]
    intents: tuple[str, ...]
    correlations: tuple[str, ...]
    spectral_windows: int
    scans: tuple[int, ...]
    observations: tuple[int, ...]
    arrays: tuple[int, ...]


class Observations:
    """MeasurementSets by path, each read again when one of its tables has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], Observation]] = {}

    def get(self, path: Path) -> Observation | None:
        """Return what a MeasurementSet offers, None if the path is none.

        Raises
        ------
        RuntimeError
            A table cannot be read.
        """
        if not (path / "table.dat").is_file() or not (path / "FIELD").is_dir():
            return None
        stamp = _stamp(path)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = (stamp, read(path))
        return known[1]


def read(path: Path) -> Observation:
    """Read a MeasurementSet.

    Parameters
    ----------
    path : Path
        Its directory.
    """
    with opened_unlocked(path) as main:
        columns = tuple(main.colnames())
        scans = _numbers(main, "SCAN_NUMBER")
        observations = _numbers(main, "OBSERVATION_ID")
        arrays = _numbers(main, "ARRAY_ID")
    with opened_unlocked(path / "SPECTRAL_WINDOW") as windows:
        count = int(windows.nrows())
    modes = _texts(path / "STATE", "OBS_MODE")
    return Observation(
        columns=columns,
        fields=_texts(path / "FIELD", "NAME"),
        antennas=_texts(path / "ANTENNA", "NAME"),
        intents=tuple(dict.fromkeys(part for mode in modes for part in mode.split(",") if part)),
        correlations=_correlations(path / "POLARIZATION"),
        spectral_windows=count,
        scans=scans,
        observations=observations,
        arrays=arrays,
    )


def _texts(path: Path, column: str) -> tuple[str, ...]:
    if not path.is_dir():
        return ()
    with opened_unlocked(path) as opened:
        return tuple(map(str, opened.getcol(column))) if opened.nrows() else ()


def _numbers(main: Any, column: str) -> tuple[int, ...]:  # noqa: ANN401 - python-casacore ships no types
    rows = int(main.nrows())
    if not rows:
        return ()
    step = ceil(rows / _SAMPLED_ROWS) if rows > _MANY_ROWS else 1
    return tuple(int(each) for each in np.unique(main.getcol(column, rowincr=step)))


def _correlations(path: Path) -> tuple[str, ...]:
    with opened_unlocked(path) as opened:
        numbers = [
            int(n) for row in range(opened.nrows()) for n in opened.getcell("CORR_TYPE", row)
        ]
    return tuple(dict.fromkeys(_CORRELATIONS[n] for n in numbers if n in _CORRELATIONS))


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when one of the tables is written."""
    directories = [path, *(path / name for name in _SUBTABLES)]
    files = [each / "table.dat" for each in directories] + [path / "FIELD" / "table.f0"]
    return tuple(file.stat().st_mtime_ns for file in files if file.is_file())
