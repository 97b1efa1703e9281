"""The uv coverage, against UVW read by CASA's table tool."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from casa_plots.asked import Selection
from casa_plots.errors import EmptyPlotError, InvalidParameterError, SelectionError
from casa_plots.picture import Looking, Region, Size, Theme
from casa_plots.plotuv import plotuv, points
from casacore import tables


def test_points_are_those_of_the_table(ngc5921: Path) -> None:
    tool = importlib.import_module("casatools").table()
    tool.open(str(ngc5921))
    try:
        uvw, flags, fields = (tool.getcol(each) for each in ("UVW", "FLAG", "FIELD_ID"))
    finally:
        tool.close()
    good = (fields == 2) & ~flags[:, 31, :].all(axis=0)
    found = list(points(str(ngc5921), Selection(field="2", spw="0:31"), "metres"))
    assert np.concatenate([each.u for each in found]) == pytest.approx(uvw[0, good])
    assert np.concatenate([each.v for each in found]) == pytest.approx(uvw[1, good])
    waves = list(points(str(ngc5921), Selection(field="2", spw="0:31"), "wavelengths"))
    with tables.table(str(ngc5921 / "SPECTRAL_WINDOW"), ack=False) as windows:
        frequency = windows.getcell("CHAN_FREQ", 0)[31]
    assert np.concatenate([each.u for each in waves]) == pytest.approx(
        uvw[0, good] * frequency / 299792458.0
    )


def test_each_field_has_a_page_with_conjugates(ngc5921: Path) -> None:
    views = plotuv(str(ngc5921), spw="0:31").views
    assert [each.title.split(",")[0] for each in views] == [
        "uv coverage of 1331+30500002_0",
        "uv coverage of 1445+09900002_0",
        "uv coverage of N5921_2",
    ]
    for theme in Theme:
        shown = views[2].draw(Looking(Size(6, 6), theme)).frames[0].shown
        assert shown.left == pytest.approx(-shown.right)


def test_many_points_are_counted(ngc5921: Path) -> None:
    view = plotuv(str(ngc5921), field="N5921*").views[0]
    picture = view.draw(Looking(Size(6, 6)))
    assert "809676 points" in picture.alternative
    near = Looking(Size(6, 6), regions={"uv": Region(-1, 1, -1, 1)})
    zoomed = view.draw(near)
    assert zoomed.frames[0].shown.right == pytest.approx(1, abs=0.05)
    assert zoomed.content != picture.content


def test_bad_input_is_told(ngc5921: Path, tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="nobody"):
        plotuv(str(ngc5921), field="nobody")
    with pytest.raises(InvalidParameterError, match="wavelengths, metres"):
        plotuv(str(ngc5921), units="feet")
    with pytest.raises(InvalidParameterError, match="no colour"):
        plotuv(str(ngc5921), colors=["blau"])
    flagged = tmp_path / "flagged.ms"
    shutil.copytree(ngc5921, flagged)
    with tables.table(str(flagged), readonly=False, ack=False) as table:
        table.putcol("FLAG", np.ones_like(table.getcol("FLAG")))
    with pytest.raises(EmptyPlotError, match="is flagged"):
        plotuv(str(flagged), field="0").views[0].draw(Looking())
