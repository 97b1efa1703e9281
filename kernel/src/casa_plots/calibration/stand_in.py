"""A MeasurementSet that stands for a calibration table, so that CASA's parser can select from it.

CASA's tools have no selection of calibration tables. So what is selected by is copied into a
MeasurementSet without visibilities, row by row, and that is selected from.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from casacore import tables

from casa_plots.calibration.table import Solutions
from casa_plots.tables import Table, opened, subtable

_COPIED = ("TIME", "FIELD_ID", "ANTENNA1", "INTERVAL", "SCAN_NUMBER", "OBSERVATION_ID")


@contextmanager
def stand_in(solutions: Solutions) -> Iterator[Path]:
    """Make the MeasurementSet; it has a row for each solution, and is removed at the end.

    A solution of an antenna becomes a baseline to an antenna that does not exist: the reference
    antenna must not be selected by its name.
    """
    with TemporaryDirectory(prefix="casa_plots-") as place:
        path = Path(place) / "solutions.ms"
        with opened(solutions.path) as table:
            vis = tables.default_ms(str(path))
            try:
                _fill(vis, table, solutions)
            finally:
                vis.close()
        yield path


def _fill(vis: Table, table: Table, solutions: Solutions) -> None:
    vis.addrows(table.nrows())
    for name in _COPIED:
        vis.putcol(name, table.getcol(name))
    vis.putcol("TIME_CENTROID", table.getcol("TIME"))
    vis.putcol("DATA_DESC_ID", table.getcol("SPECTRAL_WINDOW_ID"))
    other = table.getcol("ANTENNA2")
    if not solutions.baselines:
        other = np.full(table.nrows(), len(solutions.antennas))
    vis.putcol("ANTENNA2", other)
    for name in ("ANTENNA", "FIELD", "SPECTRAL_WINDOW"):
        _copy(vis, table, name)
    with _writable(vis, "ANTENNA") as antennas:
        antennas.addrows(1)
        antennas.putcell("NAME", antennas.nrows() - 1, "(no antenna)")
    with _writable(vis, "OBSERVATION") as observations:
        observations.addrows(1 + int(max(table.getcol("OBSERVATION_ID"), default=0)))
    with _writable(vis, "POLARIZATION") as polarizations:
        polarizations.addrows(1)
        polarizations.putcell("NUM_CORR", 0, 1)
        polarizations.putcell("CORR_TYPE", 0, np.array([5], np.int32))
        polarizations.putcell("CORR_PRODUCT", 0, np.zeros((1, 2), np.int32))
    with _writable(vis, "DATA_DESCRIPTION") as descriptions:
        descriptions.addrows(len(solutions.windows))
        descriptions.putcol("SPECTRAL_WINDOW_ID", np.arange(len(solutions.windows)))


def _copy(vis: Table, table: Table, name: str) -> None:
    with subtable(table, name) as source, _writable(vis, name) as target:
        target.addrows(source.nrows())
        for column in target.colnames():
            if column not in source.colnames():
                continue
            for row in range(source.nrows()):
                if source.iscelldefined(column, row):
                    target.putcell(column, row, source.getcell(column, row))


@contextmanager
def _writable(vis: Table, name: str) -> Iterator[Table]:
    path = vis.getkeyword(name).removeprefix("Table: ")
    table = tables.table(path, readonly=False, ack=False)
    try:
        yield table
    finally:
        table.close()
