"""What `locate` says, against the columns."""

from pathlib import Path

import numpy as np
from casa_plots.asked import Asked, Averaging, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.locating import locate
from casa_plots.picture import Region
from casacore import tables

CHANNEL, AMP = Quantity(Axis.CHANNEL), Quantity(Axis.AMP, Column.DATA)


def test_a_visibility_is_named(ngc5921: Path) -> None:
    with tables.table(str(ngc5921), ack=False) as table:
        amplitude = np.abs(table.getcol("DATA"))
        amplitude[table.getcol("FLAG")] = 0
        one, other, scan = (table.getcol(n) for n in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER"))
    with tables.table(str(ngc5921 / "ANTENNA"), ack=False) as table:
        names = table.getcol("NAME")
    amplitude[:, :5] = amplitude[:, 6:] = 0
    row, channel, corr = np.unravel_index(amplitude.argmax(), amplitude.shape)
    height = float(amplitude.max())
    found = locate(
        Asked(str(ngc5921)), CHANNEL, AMP, Region(4.5, 5.5, height * 0.9999999, height + 1)
    )
    assert found.total == (amplitude >= np.float32(height * 0.9999999)).sum() == 1
    said = dict(zip(found.columns, found.rows[0], strict=True))
    assert said["Baseline"] == f"{names[one[row]]} & {names[other[row]]}"
    assert said["Scan"] == str(scan[row])
    assert said["Channel"] == str(channel) == "5"
    assert said["Corr"] == ("RR", "LL")[corr]
    assert said["Time (TAI)"].startswith("1995/04/13/")
    assert abs(float(said["Y: amp"]) - height) < 1e-5
    assert said["Flagged"] == "no"


def test_points_of_rows_are_one_each_and_all_are_counted(ngc5921: Path) -> None:
    time, uvdist = Quantity(Axis.TIME), Quantity(Axis.UVDIST)
    found = locate(Asked(str(ngc5921)), time, uvdist, Region(0, 1e12, -1, 1e9), limit=3)
    with tables.table(str(ngc5921), ack=False) as table:
        assert found.total == (~table.getcol("FLAG").all(axis=(1, 2))).sum()
    assert len(found.rows) == 3
    said = dict(zip(found.columns, found.rows[0], strict=True))
    assert (said["Channel"], said["Corr"], said["Frequency (GHz)"]) == ("*", "*", "*")


def test_averages_say_of_what(ngc5921: Path) -> None:
    asked = Asked(str(ngc5921), Selection(field="0"), Averaging(channels=4, baseline=True))
    found = locate(asked, CHANNEL, AMP, Region(-1, 70, -1, 1e9), limit=1)
    said = dict(zip(found.columns, found.rows[0], strict=True))
    assert "4 channels" in said["Average of"]
    assert said["Channel"] == "0~3"
    assert said["Baseline"] == "* & *"


def test_solutions_are_named_too(ngc5921: Path) -> None:
    gains = ngc5921.with_name("ngc5921.gcal")
    antenna, amp = Quantity(Axis.ANTENNA1), Quantity(Axis.GAINAMP)
    found = locate(Asked(str(gains)), antenna, amp, Region(1.5, 2.5, 0, 100))
    with tables.table(str(gains), ack=False) as table:
        here = table.getcol("ANTENNA1") == 2
        assert found.total == (~table.getcol("FLAG")[here]).sum() > 0
    assert found.rows
