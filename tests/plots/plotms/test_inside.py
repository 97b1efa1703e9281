"""Flagging through a page, and calibration tables."""

from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from casa_plots.errors import InvalidParameterError
from casa_plots.inside import Extension, Flagging, Locating, Outline, Shape
from casa_plots.picture import Looking, Region
from casa_plots.plotms import plotms
from casacore.tables import table


def test_what_is_flagged_in_a_page_is_gone_from_it(ngc5921: Path, tmp_path: Path) -> None:
    vis = tmp_path / "flags.ms"
    copytree(ngc5921, vis)
    page = plotms(str(vis), spw="0:30", iteraxis="scan").views[1]
    assert isinstance(page, Flagging)
    before = page.draw(Looking())
    frame = before.frames[0]
    whole = Outline(
        Shape.RECTANGLE,
        [(frame.shown.left, frame.shown.bottom), (frame.shown.right, frame.shown.top)],
    )
    preview = page.preview(frame.name, whole, Extension(), flag=True)
    with table(str(vis), ack=False) as opened:
        mine = opened.getcol("SCAN_NUMBER") == 2
        unflagged = np.count_nonzero(~opened.getcol("FLAG")[mine, 30])
    assert preview.changed == unflagged
    assert f"{unflagged:,}" in page.apply(frame.name, whole, Extension(), flag=True)
    assert "points are flagged" in page.draw(Looking()).alternative
    page.undo()
    assert page.draw(Looking()).alternative == before.alternative
    with pytest.raises(InvalidParameterError, match="no frame"):
        page.preview("plot 9,9", whole, Extension(), flag=True)


def test_a_point_of_the_picture_is_located(ngc5921: Path) -> None:
    page = plotms(str(ngc5921), iteraxis="scan", spw="0:30", antenna="1&2").views[0]
    assert isinstance(page, Locating)
    with table(str(ngc5921), ack=False) as opened:
        # Antennas 1 and 2 have the numbers 0 and 1.
        mine = opened.query("SCAN_NUMBER==1 && ANTENNA1==0 && ANTENNA2==1")
        time, data = mine.getcell("TIME", 3), mine.getcell("DATA", 3)
    amplitude = float(abs(data[30, 1]))
    name = page.draw(Looking()).frames[0].name
    region = Region(time - 1, time + 1, amplitude - 1e-5, amplitude + 1e-5)
    found = page.locate(name, region)
    assert found.total == 1
    row = dict(zip(found.columns, found.rows[0], strict=True))
    assert "LL" in row.values()
    assert "30" in row.values()


def test_a_table_of_gains_has_axes_of_its_own(ngc5921: Path) -> None:
    gains = plotms(str(ngc5921.with_name("ngc5921.gcal"))).views[0].draw(Looking())
    assert gains.frames[0].y_label == "Gain amp"
    with table(str(ngc5921.with_name("ngc5921.gcal")), ack=False) as opened:
        amplitudes = np.abs(opened.getcol("CPARAM"))[~opened.getcol("FLAG")]
    assert f"{amplitudes.size:,} points" in gains.alternative
    shown = gains.frames[0].shown
    assert shown.bottom < amplitudes.min() < amplitudes.max() < shown.top
    band = plotms(caltable=str(ngc5921.with_name("ngc5921.bcal")), yaxis="phase").views[0]
    picture = band.draw(Looking())
    assert picture.frames[0].x_label == "Channel"
    assert picture.frames[0].y_label == "Gain phase (degrees)"


def test_each_engine_says_what_it_did(ngc5921: Path) -> None:
    pages = plotms(str(ngc5921), avgchannel="8", iteraxis="field")
    assert pages.engine == "casahub"
    assert pages.task == "plotms"
    assert " ".join(pages.notes) == "Averaged: avgchannel=8. 3 values of field."
