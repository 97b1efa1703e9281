"""Tables that are incomplete, odd, or in use."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from casa_plots.asked import Asked, Averaging, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.errors import InvalidParameterError, MissingDataError, UnsupportedError
from casa_plots.sources import open_source
from casacore import tables
from tests_plots import column, of, read

HOLD = """
import sys
from casacore import tables
table = tables.table(sys.argv[1], readonly=False, ack=False, lockoptions="permanent")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def few(every_fifth: Path, tmp_path: Path) -> Path:
    """Forty rows that may be changed."""
    path = tmp_path / "few.ms"
    with tables.table(str(every_fifth), ack=False) as table:
        rows = table.selectrows(np.arange(40))
        rows.copy(str(path), deep=True).close()
        rows.close()
    return path


def test_a_table_that_is_being_written_is_read(few: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(few)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        found = read(few, of(Axis.REAL, Column.DATA))
        chosen = read(few, Axis.ROW, selection=Selection(scan="1"))
        assert other.stdin is not None
        other.stdin.close()
    assert np.array_equal(found[Axis.REAL], column(few, "DATA").real)
    assert len(chosen.rows) == 40


@pytest.mark.parametrize("which", [Column.CORRECTED, Column.RESIDUAL, Column.MODEL])
def test_a_missing_column_is_named_with_what_there_is(which: Column, few: Path) -> None:
    with tables.table(str(few), readonly=False, ack=False) as table:
        table.removecols(["CORRECTED_DATA", "MODEL_DATA"])
    source = open_source(Asked(str(few)))
    with pytest.raises(MissingDataError, match=r"no column \w+_DATA.*There is data\."):
        source.blocks([of(Axis.AMP, which)])


def test_what_is_no_axis_of_visibilities_is_refused(few: Path) -> None:
    with pytest.raises(UnsupportedError, match="Visibilities have no tsys; they have amp"):
        open_source(Asked(str(few))).blocks([Quantity(Axis.TSYS)])


def test_what_is_no_table_is_refused(tmp_path: Path, few: Path) -> None:
    with pytest.raises(MissingDataError, match=r"There is no .*nothing\.ms"):
        open_source(Asked(str(tmp_path / "nothing.ms")))
    (tmp_path / "text.ms").write_text("no table")
    with pytest.raises(MissingDataError, match=r"text\.ms is not a table"):
        open_source(Asked(str(tmp_path / "text.ms")))
    with pytest.raises(UnsupportedError, match="neither a MeasurementSet nor"):
        open_source(Asked(str(few / "ANTENNA")))
    with pytest.raises(InvalidParameterError, match="block_points=0"):
        open_source(Asked(str(few)), block_points=0)


def test_a_table_without_a_subtable_is_not_complete(few: Path) -> None:
    with tables.table(str(few), readonly=False, ack=False) as table:
        table.removekeyword("POLARIZATION")
    with pytest.raises(MissingDataError, match="no subtable POLARIZATION"):
        open_source(Asked(str(few)))


def test_all_flagged_is_no_error_and_nan_passes(few: Path) -> None:
    with tables.table(str(few), readonly=False, ack=False) as table:
        data = table.getcol("DATA")
        data[3, 5, 0] = np.nan
        table.putcol("DATA", data)
        table.putcol("FLAG", np.ones(data.shape, bool))
    found = read(few, of(Axis.AMP, Column.DATA))
    assert found.flagged.all()
    assert np.isnan(found[Axis.AMP]).sum() == 1
    # An average of flagged data is shown as flagged, with the value that it has.
    averaged = read(few, of(Axis.AMP, Column.DATA), averaging=Averaging(channels=63))
    assert averaged.flagged.all()
    assert np.isnan(averaged[Axis.AMP]).sum() == 1


def test_a_flagged_nan_does_not_spoil_an_average(few: Path) -> None:
    with tables.table(str(few), readonly=False, ack=False) as table:
        data, flags = table.getcol("DATA"), np.zeros((40, 63, 2), bool)
        data[3, 5, 0], flags[3, 5, 0] = np.nan, True
        table.putcol("DATA", data)
        table.putcol("FLAG", flags)
        table.putcol("FLAG_ROW", np.zeros(40, bool))
    found = read(few, of(Axis.REAL, Column.DATA), averaging=Averaging(channels=63))
    kept = np.delete(data[3, :, 0].real.astype(float), 5)
    assert not found.flagged.any()
    assert found[Axis.REAL][3, 0, 0] == pytest.approx(kept.mean(), rel=1e-5)


def test_no_rows_are_no_blocks(few: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.ms"
    with tables.table(str(few), ack=False) as table, table.query("ANTENNA1 == 99") as none:
        none.copy(str(empty), deep=True).close()
    source = open_source(Asked(str(empty)))
    assert source.points == 0
    assert list(source.blocks([Quantity(Axis.AMP)])) == []
    averaged = open_source(Asked(str(empty), averaging=Averaging(seconds=60)))
    assert list(averaged.blocks([Quantity(Axis.AMP)])) == []


def test_one_visibility_is_one_point(few: Path) -> None:
    selection = Selection(spw="0:7", correlation="LL", msselect="ROWID() == 11")
    for averaging in (Averaging(), Averaging(baseline=True, channels=5, seconds=9)):
        found = read(few, of(Axis.REAL, Column.DATA), selection=selection, averaging=averaging)
        assert found[Axis.REAL].shape == (1, 1, 1)
        assert found[Axis.REAL][0, 0, 0] == pytest.approx(column(few, "DATA")[11, 7, 1].real)


def test_a_block_of_one_point_still_has_a_row(few: Path) -> None:
    source = open_source(Asked(str(few)), block_points=1)
    shapes = [block.shape for block in source.blocks([Quantity(Axis.TIME)])]
    assert shapes == [(1, 63, 2)] * 40


def test_windows_of_different_shapes_are_read_one_after_the_other(transformed: Path) -> None:
    vis = transformed / "mixed.ms"
    source = open_source(Asked(str(vis)))
    quantities = [Quantity(Axis.SPW), Quantity(Axis.FREQUENCY), of(Axis.REAL, Column.DATA)]
    blocks = list(source.blocks(quantities))
    with tables.table(str(vis), ack=False) as table:
        described = table.getcol("DATA_DESC_ID")
        for block in blocks:
            number = int(block.values[quantities[0]].ravel()[0])
            assert block.shape[1:] == ((16, 2), (32, 2))[number]
            assert np.array_equal(block.rows, np.flatnonzero(described == number))
            data = table.selectrows(block.rows).getcol("DATA")
            assert np.array_equal(block.values[quantities[2]], data.real)
    assert sorted(len(block.rows) for block in blocks) == sorted(np.bincount(described))
    chosen = read(vis, Axis.CHANNEL, selection=Selection(spw="1:3~5"))
    assert chosen[Axis.CHANNEL][0, :, 0].tolist() == [3, 4, 5]


def test_an_interrupt_between_blocks_leaves_nothing_open(few: Path) -> None:
    blocks = open_source(Asked(str(few)), block_points=126).blocks([Quantity(Axis.AMP)])
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    with tables.table(str(few), readonly=False, ack=False, lockoptions="permanent") as table:
        table.putcell("SCAN_NUMBER", 0, 5)


@pytest.mark.parametrize(
    "averaging", [Averaging(), Averaging(channels=4), Averaging(seconds=300, scan=True)]
)
def test_memory_is_that_of_a_block(averaging: Averaging, ngc5921: Path) -> None:
    limit = 200_000
    asked = Asked(str(ngc5921), averaging=averaging)
    quantities = [Quantity(Axis.TIME), of(Axis.AMP, Column.CORRECTED)]

    def peak(block_points: int) -> int:
        source = open_source(asked, block_points=block_points)
        tracemalloc.start()
        try:
            for _ in source.blocks(quantities):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # 22,653 rows have some numbers each; points have up to 120 bytes while they are averaged.
    assert peak(limit) < 22653 * 200 + limit * 150
    assert peak(limit) < peak(3_000_000) / 2
