"""Solutions, against what CASA's table tool reads, and what is told about them."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from casa_plots.errors import (
    EmptyPlotError,
    InvalidParameterError,
    MissingDataError,
    SelectionError,
    UnsupportedError,
)
from casa_plots.picture import Format, Looking, Region
from casa_plots.plotsolutions import plotsolutions, read, summarise
from casa_plots.plotsolutions.curves import curve, groups
from casacore import tables


def casas(path: Path, *columns: str) -> list[np.ndarray]:
    """Return columns of a table as CASA's tool has them: the last axis is that of the rows."""
    tool = importlib.import_module("casatools").table()
    tool.open(str(path))
    try:
        return [tool.getcol(each) for each in columns]
    finally:
        tool.close()


def test_gains_are_those_of_the_table(ngc5921: Path) -> None:
    path = ngc5921.with_name("ngc5921.gcal")
    solutions = read(path)
    gains, flags, times, antennas = casas(path, "CPARAM", "FLAG", "TIME", "ANTENNA1")
    amplitude, phase = solutions.quantities
    for polarisation, group in enumerate(groups(solutions, amplitude)):
        for antenna in (0, 7, 22):
            mine = antennas == antenna
            good = ~flags[polarisation, 0, mine]
            value = gains[polarisation, 0, mine]
            found = curve(solutions, amplitude, antenna, group)
            assert np.array_equal(found.x, times[mine])
            assert found.y[good] == pytest.approx(np.abs(value[good]))
            assert np.isnan(found.y[~good]).all()
            turned = curve(solutions, phase, antenna, group).y
            assert turned[good] == pytest.approx(np.degrees(np.angle(value[good])))


def test_bandpasses_are_against_frequency(ngc5921: Path) -> None:
    path = ngc5921.with_name("ngc5921.bcal")
    solutions = read(path, antenna="2")
    gains, antennas = casas(path, "CPARAM", "ANTENNA1")
    (frequency,) = casas(path / "SPECTRAL_WINDOW", "CHAN_FREQ")
    amplitude = solutions.quantities[0]
    found = curve(solutions, amplitude, 1, groups(solutions, amplitude)[1])
    assert found.x[:-1] == pytest.approx(frequency[:, 0] / 1e9)
    assert found.y[:-1] == pytest.approx(np.abs(gains[1, :, antennas == 1][0]))
    assert solutions.references == ["15"]


def test_fringes_are_delays_rates_and_phases(evn: Path) -> None:
    path = evn.with_name("evn.sbd")
    solutions = read(path)
    (parameters,) = casas(path, "FPARAM")
    antennas, windows = casas(path, "ANTENNA1", "SPECTRAL_WINDOW_ID")
    mine = (antennas == 3) & (windows == 1)
    found = {
        each.axis.value: curve(solutions, each, 3, groups(solutions, each)[3]).y
        for each in solutions.quantities
    }
    assert list(found) == ["delay", "rate", "gainphase"]
    assert found["delay"] == pytest.approx(parameters[5, 0, mine])
    assert found["rate"] == pytest.approx(parameters[6, 0, mine] * 1e12)
    assert np.exp(1j * np.radians(found["gainphase"])) == pytest.approx(
        np.exp(1j * parameters[4, 0, mine])
    )


def test_numbers_of_each_antenna(ngc5921: Path) -> None:
    path = ngc5921.with_name("ngc5921.gcal")
    flags, ratios, antennas = casas(path, "FLAG", "SNR", "ANTENNA1")
    for each in summarise(read(path)):
        mine = antennas == each.number
        assert each.flagged == flags[..., mine].sum()
        good = ratios[..., mine][~flags[..., mine]]
        assert each.solutions == ratios[..., mine].size
        if good.size:
            assert each.snr == pytest.approx(np.median(good), rel=1e-6)


def test_all_antennas_are_on_one_page(ngc5921: Path) -> None:
    pages = plotsolutions(str(ngc5921.with_name("ngc5921.gcal")))
    assert [each.title.split()[0] for each in pages.views] == ["Amplitude", "Phase", "Summary"]
    assert "All solutions are flagged of 23." in pages.notes
    phase = pages.views[1]
    picture = phase.draw(Looking())
    assert {(e.x_label, e.x_time_scale) for e in picture.frames} == {
        ("Time (TAI, 1995-04-13)", "TAI")
    }
    assert len(picture.frames) == 28
    assert len({(each.shown.bottom, each.shown.top) for each in picture.frames}) == 1
    assert "Reference antenna: 15." in picture.alternative
    assert all(each.y_label == "Phase (°)" for each in picture.frames)
    middle = picture.frames[3].shown
    zoomed = Region(middle.left, middle.right, -3, 3)
    again = phase.draw(Looking(regions={picture.frames[3].name: zoomed}))
    assert {(each.shown.bottom, each.shown.top) for each in again.frames} == {(-3, 3)}


def test_days_are_written_where_ticks_are_days_apart(ngc5921: Path, tmp_path: Path) -> None:
    slow = Path(shutil.copytree(ngc5921.with_name("ngc5921.gcal"), tmp_path / "slow.gcal"))
    with tables.table(str(slow), readonly=False, ack=False) as table:
        times = table.getcol("TIME")
        table.putcol("TIME", times[0] + (times - times[0]) * 100)
    picture = plotsolutions(str(slow)).views[0].draw(Looking(), Format.SVG)
    assert picture.frames[0].x_label == "Time (UTC, 1995-04-13 to 1995-04-19)"
    assert ">04-17</text>" in picture.content.decode()


def test_many_antennas_take_more_pages(ngc5921: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.gcal"
    shutil.copytree(ngc5921.with_name("ngc5921.gcal"), many)
    with tables.table(str(many / "ANTENNA"), readonly=False, ack=False) as antennas:
        antennas.addrows(12)
        for row in range(28, 40):
            antennas.putcell("NAME", row, f"new{row}")
    with tables.table(str(many), readonly=False, ack=False) as table:
        table.copyrows(table, 0, -1, 28)
        table.putcol("ANTENNA1", np.arange(28, 40, dtype=np.int32), 140, 12)
    views = plotsolutions(str(many), yaxis="phase").views
    assert [each.title for each in views] == [
        "Phase (1 of 2) of many.gcal",
        "Phase (2 of 2) of many.gcal",
        "Summary (1 of 2) of many.gcal",
        "Summary (2 of 2) of many.gcal",
    ]
    assert len(views[1].draw(Looking()).frames) == 20


def test_bad_input_is_told(ngc5921: Path, tmp_path: Path) -> None:
    table = ngc5921.with_name("ngc5921.gcal")
    with pytest.raises(MissingDataError, match="There is no"):
        plotsolutions(str(tmp_path / "none"))
    with pytest.raises(UnsupportedError, match="no calibration table"):
        plotsolutions(str(ngc5921))
    with pytest.raises(InvalidParameterError, match="gainamp, gainphase"):
        plotsolutions(str(table), yaxis="delay")
    with pytest.raises(SelectionError, match="names no antenna"):
        plotsolutions(str(table), antenna="EF")
    with pytest.raises(SelectionError, match="no solutions"):
        plotsolutions(str(table), field="N5921_2")
    with pytest.raises(EmptyPlotError, match="All 10 solutions"):
        plotsolutions(str(table), antenna="23")


def test_an_unknown_type_is_told(ngc5921: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.cal"
    shutil.copytree(ngc5921.with_name("ngc5921.gcal"), strange)
    with tables.table(str(strange), readonly=False, ack=False) as table:
        table.putkeyword("VisCal", "Q Mueller")
    with pytest.raises(UnsupportedError, match="Q Mueller"):
        plotsolutions(str(strange))
