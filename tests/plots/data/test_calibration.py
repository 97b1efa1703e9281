"""Solutions against what is in their tables."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from casa_plots.asked import Asked, Averaging, Selection
from casa_plots.axes import Axis, Quantity
from casa_plots.errors import SelectionError, UnsupportedError
from casa_plots.sources import open_source
from casacore import tables
from tests_plots import column, read


@pytest.fixture
def gains(ngc5921: Path) -> Path:
    return ngc5921.with_suffix(".gcal")


@pytest.fixture
def bandpass(ngc5921: Path) -> Path:
    return ngc5921.with_suffix(".bcal")


def test_gains_are_those_in_the_table(gains: Path, bandpass: Path) -> None:
    for path in (gains, bandpass):
        found = read(
            path, Axis.GAINAMP, Axis.GAINPHASE, Axis.GAINREAL, Axis.GAINIMAG, Axis.SNR, Axis.TIME,
            Axis.FIELD, Axis.SCAN, Axis.ANTENNA1, Axis.ANTENNA2, Axis.FLAG,
        )  # fmt: skip
        stored = column(path, "CPARAM").astype(complex)
        assert np.allclose(found[Axis.GAINAMP], np.abs(stored), rtol=1e-6)
        assert np.allclose(found[Axis.GAINPHASE], np.degrees(np.angle(stored)), atol=1e-4)
        assert np.array_equal(found[Axis.GAINREAL], stored.real)
        assert np.array_equal(found[Axis.GAINIMAG], stored.imag)
        assert np.array_equal(found[Axis.SNR], column(path, "SNR"))
        assert np.array_equal(found.flagged, column(path, "FLAG"))
        rows = {Axis.TIME: "TIME", Axis.FIELD: "FIELD_ID", Axis.ANTENNA2: "ANTENNA2"}
        for axis, name in rows.items():
            assert np.array_equal(found[axis][:, 0, 0], column(path, name))


def test_a_bandpass_has_channels_and_frequencies(ngc5921: Path, bandpass: Path) -> None:
    found = read(bandpass, Axis.CHANNEL, Axis.FREQUENCY)
    assert found[Axis.CHANNEL][3, :, 1].tolist() == list(range(63))
    expected = column(ngc5921 / "SPECTRAL_WINDOW", "CHAN_FREQ")[0] / 1e9
    assert np.allclose(found[Axis.FREQUENCY][3, :, 1], expected, rtol=1e-9)


def test_times_are_in_the_scale_of_the_data_beside_the_table(
    ngc5921: Path, gains: Path, tmp_path: Path
) -> None:
    with tables.table(str(gains), ack=False) as table:
        first = table.getcell("TIME", 0)
        assert table.getcolkeywords("TIME")["MEASINFO"]["Ref"] == "UTC"
    with tables.table(str(ngc5921), ack=False) as table:
        assert table.getcolkeywords("TIME")["MEASINFO"]["Ref"] == "TAI"
        # The table says UTC, and has the mean of the scan's times, in TAI.
        times = table.getcol("TIME")[table.getcol("SCAN_NUMBER") == 1]
    assert first == pytest.approx(times.mean(), abs=0.1)
    assert open_source(Asked(str(gains))).time_scale == "TAI"
    alone = shutil.copytree(gains, tmp_path / gains.name)
    assert open_source(Asked(str(alone))).time_scale == "UTC"
    (tmp_path / ngc5921.name).mkdir()
    assert open_source(Asked(str(alone))).time_scale == "UTC"


def test_polarisations_are_named_by_the_data_beside_the_table(gains: Path) -> None:
    assert open_source(Asked(str(gains))).names(Quantity(Axis.CORR)) == ("R", "L")


@pytest.mark.parametrize(
    ("selection", "taql"),
    [
        (Selection(antenna="15"), "ANTENNA1 == 14"),
        (Selection(antenna="!1,2"), "!(ANTENNA1 in [0, 1])"),
        (Selection(field="1445*"), "FIELD_ID == 1"),
        (Selection(scan="1,5"), "SCAN_NUMBER in [1, 5]"),
        (Selection(spw="0"), "SPECTRAL_WINDOW_ID == 0"),
        (Selection(field="0", antenna="2~5"), "FIELD_ID == 0 && ANTENNA1 in [1, 2, 3, 4]"),
        (Selection(msselect="ANTENNA1 > 20"), "ANTENNA1 > 20"),
    ],
)
def test_solutions_are_selected_as_casa_does(selection: Selection, taql: str, gains: Path) -> None:
    with tables.table(str(gains), ack=False) as table, table.query(taql) as chosen:
        expected = chosen.rownumbers()
        assert len(expected)
    assert np.array_equal(read(gains, Axis.ROW, selection=selection).rows, expected)


def test_a_time_range_selects_solutions(gains: Path) -> None:
    times = column(gains, "TIME")
    found = read(gains, Axis.TIME, selection=Selection(timerange="<1995/04/13/10:00:00"))
    midnight = 49820 * 86400.0
    assert np.array_equal(found.rows, np.flatnonzero(times < midnight + 10 * 3600))


def test_channels_and_polarisations_of_solutions_are_selected(bandpass: Path) -> None:
    selection = Selection(spw="0:5~10", correlation="L", antenna="3")
    found = read(bandpass, Axis.GAINREAL, selection=selection)
    assert np.array_equal(found[Axis.GAINREAL], column(bandpass, "CPARAM")[2:3, 5:11, 1:].real)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(antenna="FOO"), ["antenna='FOO'", "ngc5921.gcal", "antennas 1, 2"]),
        (Selection(scan="99"), ["scan='99'", "correlations R, L"]),
        (Selection(uvrange=">1m"), ["uvrange='>1m'", "calibration table"]),
        (Selection(correlation="X"), ["no polarisation X", "R, L"]),
    ],
)
def test_what_selects_no_solutions_is_refused(
    selection: Selection, words: list[str], gains: Path
) -> None:
    with pytest.raises(SelectionError) as error:
        open_source(Asked(str(gains), selection))
    assert [word for word in words if word not in str(error.value)] == []


def test_what_solutions_do_not_have_is_refused(gains: Path) -> None:
    with pytest.raises(UnsupportedError, match="has no delay; it has amp"):
        read(gains, Axis.DELAY)
    with pytest.raises(UnsupportedError, match="neither averaged nor transformed"):
        read(gains, Axis.TIME, averaging=Averaging(seconds=60))


def of_kind(gains: Path, place: Path, kind: str, numbers: int) -> Path:
    """Copy a table of gains as one of real numbers, which are made up here."""
    path = place / "made.cal"
    with tables.table(str(gains), ack=False) as table:
        table.copy(str(path), deep=True).close()
    values = np.arange(140 * numbers, dtype=np.float32).reshape(140, 1, numbers) / 100
    with tables.table(str(path), readonly=False, ack=False) as table:
        table.removecols("CPARAM")
        table.addcols(tables.makearrcoldesc("FPARAM", 0.0, 2, valuetype="float"))
        table.putcol("FPARAM", values)
        for name, cells in (("FLAG", values % 1 > 0.9), ("SNR", values)):
            table.putcol(name, cells)
        table.putkeyword("VisCal", kind)
    return path


@pytest.mark.parametrize(
    ("kind", "each", "axis", "index", "factor"),
    [
        ("Fringe Jones", 4, Axis.DELAY, 1, 1),
        ("Fringe Jones", 4, Axis.RATE, 2, 1e12),
        ("Fringe Jones", 4, Axis.DISPDELAY, 3, 1),
        ("K Jones", 1, Axis.DELAY, 0, 1),
        ("B TSYS", 1, Axis.TSYS, 0, 1),
        ("G EVLASWPOW", 2, Axis.SWPOWER, 0, 1),
        ("G EVLASWPOW", 2, Axis.TSYS, 1, 1),
    ],
)
def test_numbers_of_other_tables_are_where_casa_puts_them(
    kind: str, each: int, axis: Axis, index: int, factor: float, gains: Path, tmp_path: Path
) -> None:
    path = of_kind(gains, tmp_path, kind, 2 * each)
    found = read(path, axis, Axis.SNR)
    stored = column(path, "FPARAM")[:, :, index::each]
    assert np.allclose(found[axis], stored * factor, rtol=1e-6)
    assert np.array_equal(found[Axis.SNR], stored)
    assert np.array_equal(found.flagged, column(path, "FLAG")[:, :, index::each])


def test_the_phase_of_a_fringe_is_in_degrees(gains: Path, tmp_path: Path) -> None:
    path = of_kind(gains, tmp_path, "Fringe Jones", 8)
    radians = column(path, "FPARAM")[:, :, 0::4].astype(float)
    turns = (read(path, Axis.GAINPHASE)[Axis.GAINPHASE] - np.degrees(radians)) / 360
    assert np.abs(turns - np.round(turns)).max() < 1e-5


def test_a_table_that_is_no_list_of_solutions_is_refused(gains: Path, tmp_path: Path) -> None:
    path = of_kind(gains, tmp_path, "GSPLINE", 2)
    with pytest.raises(UnsupportedError, match="kind 'GSPLINE', which cannot be read"):
        open_source(Asked(str(path)))
