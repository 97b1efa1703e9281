"""What a calibration table says of itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.calibration.parameters import Layout, layout
from casa_plots.errors import MissingDataError
from casa_plots.tables import Table, opened, subtable
from casa_plots.times import measurement_set_of, time_scale
from casa_plots.visibilities.chunks import Form, Forms
from casa_plots.visibilities.observation import Window, read_observation, read_windows

_BASES: Final = ("RL", "XY")


@dataclass(frozen=True, slots=True)
class Solutions:
    """The subtables and keywords of a calibration table.

    Attributes
    ----------
    path : Path
        The table.
    kind : str
        Such as ``G Jones``.
    layout : Layout
        What its cells hold.
    rows : int
        How many.
    time_scale : str
        See `Source`.
    fields, antennas : tuple of str
        Names, by number.
    polarisations : tuple of str
        Names: ``R`` and ``L``, ``X`` and ``Y`` if the MeasurementSet beside it says so.
    windows : tuple of Window
        By number.
    cells : mapping of int to tuple
        Channels and numbers of a cell, by spectral window.
    baselines : bool
        Whether solutions are of baselines, not of antennas.
    """

    path: Path
    kind: str
    layout: Layout
    rows: int
    time_scale: str
    fields: tuple[str, ...]
    antennas: tuple[str, ...]
    polarisations: tuple[str, ...]
    windows: tuple[Window, ...]
    cells: dict[int, tuple[int, int]]
    baselines: bool

    def frequencies(self, window: int) -> NDArray[np.float64]:
        """Return the frequency of each channel that solutions have, Hz."""
        mine = self.windows[window]
        channels = self.cells[window][0]
        if len(mine.frequencies) == channels:
            return mine.frequencies
        return np.full(channels, mine.reference)


def read_solutions(path: Path) -> Solutions:
    """Read the subtables and keywords.

    Raises
    ------
    MissingDataError
        A subtable is missing.
    UnsupportedError
        The table is of a kind that cannot be read.
    """
    with opened(path) as table:
        kind = str(table.getkeyword("VisCal"))
        mine = layout(path, kind, frozenset(table.colnames()))
        cells = _cells(table, mine.column)
        polarisations = max((numbers // mine.each for _, numbers in cells.values()), default=0)
        return Solutions(
            path=path,
            kind=kind,
            layout=mine,
            rows=table.nrows(),
            time_scale=time_scale(table),
            fields=_names(table, "FIELD"),
            antennas=_names(table, "ANTENNA"),
            polarisations=_polarisations(table, polarisations),
            windows=read_windows(table),
            cells=cells,
            baselines="Mueller" in kind,
        )


def _names(table: Table, name: str) -> tuple[str, ...]:
    with subtable(table, name) as found:
        return tuple(found.getcol("NAME")) if found.nrows() else ()


def _cells(table: Table, column: str) -> dict[int, tuple[int, int]]:
    if not table.nrows():
        return {}
    windows, first = np.unique(table.getcol("SPECTRAL_WINDOW_ID"), return_index=True)
    return {
        int(window): tuple(table.getcell(column, int(row)).shape)
        for window, row in zip(windows, first, strict=True)
    }


def _polarisations(table: Table, number: int) -> tuple[str, ...]:
    """Return names: CASA writes a basis of ``unknown``, so the MeasurementSet is looked for."""
    numbered = tuple(f"pol {n}" for n in range(number))
    if number == 1:
        return ("both",)
    vis = measurement_set_of(table) if number == len(_BASES[0]) else None
    if vis is None:
        return numbered
    try:
        correlations = read_observation(vis).correlations
    except MissingDataError:
        return numbered  # it is not complete
    for basis in _BASES:
        if any(each[0] in basis for each in correlations):
            return tuple(basis)
    return numbered


def forms(
    solutions: Solutions,
    channels: dict[int, NDArray[np.int64]] | None,
    polarisations: frozenset[str] | None,
) -> Forms:
    """Return which channels and numbers are read of which solutions."""
    of: dict[int, Form] = {}
    shared: dict[tuple[object, ...], list[int]] = {}
    for window, cell in solutions.cells.items():
        mine = np.arange(cell[0])
        if cell[0] > 1 and channels is not None:
            mine = channels.get(window, mine)
        each = solutions.layout.each
        names = solutions.polarisations[: cell[1] // each]
        kept = [n for n, name in enumerate(names) if polarisations is None or name in polarisations]
        if not kept or not len(mine):
            continue
        indices = np.array([n * each + k for n in kept for k in range(each)])
        form = Form(mine, indices, tuple(names[n] for n in kept), cell)
        of[window] = form
        shared.setdefault((mine.tobytes(), tuple(kept), cell), []).append(window)
    return Forms(of, [(of[numbers[0]], frozenset(numbers)) for numbers in shared.values()])
