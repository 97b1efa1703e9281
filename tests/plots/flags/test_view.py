"""Flags through the view that a front end has: what a person does in `plotms`."""

from pathlib import Path
from typing import Any

import numpy as np
from casa_plots.inside import Extension, Flagging, Locating, Outline, Shape
from casa_plots.picture import Looking, Region
from casa_plots.plotms import Board, plotms
from casacore import tables


def test_what_is_pointed_at_is_found_flagged_gone_and_back(vis: Path) -> None:
    with tables.table(str(vis), ack=False, lockoptions="usernoread") as table:
        amplitude = np.abs(table.getcol("DATA")) * ~table.getcol("FLAG")
        row, channel, _ = np.unravel_index(amplitude.argmax(), amplitude.shape)
        pair = {table.getcell(name, int(row)) for name in ("ANTENNA1", "ANTENNA2")}
    view = plotms(str(vis), xaxis="channel", yaxis="amp").views[0]
    before = view.draw(Looking())
    [frame] = before.frames
    assert isinstance(view, Locating)
    assert isinstance(view, Flagging)

    brightest = float(amplitude.max())
    region = Region(channel - 0.5, channel + 0.5, 0.999 * brightest, 1.001 * brightest)
    found = view.locate(frame.name, region)
    assert found.total == 1
    said = dict(zip(found.columns, found.rows[0], strict=True))
    assert said["Channel"] == str(channel)
    with tables.table(f"{vis}/ANTENNA", ack=False) as antennas:
        assert all(antennas.getcell("NAME", each) in said["Baseline"] for each in pair)

    outline = Outline(Shape.RECTANGLE, [(-1, 0.5 * brightest), (64, 2 * brightest)])
    preview = view.preview(frame.name, outline, Extension(), flag=True)
    assert preview.changed == (amplitude >= 0.5 * brightest).sum()
    assert f"{preview.changed:,}" in view.apply(frame.name, outline, Extension(), flag=True)
    flagged = view.draw(Looking())
    assert flagged.frames[0].shown.top < 0.6 * brightest < before.frames[0].shown.top
    view.undo()
    assert view.draw(Looking()).content == before.content


def test_undo_takes_back_the_last_change_of_a_page_whichever_plot_it_was_in(vis: Path) -> None:
    board = Board()
    plotms(str(vis), xaxis="uvdist", yaxis="amp", gridrows=1, gridcols=2, board=board)
    asked: dict[str, Any] = {
        "plotindex": 1,
        "gridrows": 1,
        "gridcols": 2,
        "colindex": 1,
        "clearplots": False,
    }
    view = plotms(str(vis), xaxis="channel", yaxis="amp", board=board, **asked).views[0]
    before = view.draw(Looking())
    assert len(before.frames) == 2
    assert isinstance(view, Flagging)
    outline = Outline(Shape.RECTANGLE, [(20.5, 0), (25.5, 1e3)])
    view.apply(before.frames[1].name, outline, Extension(), flag=True)
    assert view.draw(Looking()).content != before.content
    view.undo()
    assert view.draw(Looking()).content == before.content
