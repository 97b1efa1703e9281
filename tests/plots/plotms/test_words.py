"""Titles, labels, ticks, headers, connectors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.axes import Axis
from casa_plots.picture import Format, Looking
from casa_plots.plotms import Board, plotms
from casa_plots.plotms.request import Layer, Words
from casa_plots.ticks import ticks
from plots.plotms.made import AMP, TIME, family, made, view
from plots.plotms.pictures import inked


def test_words_of_the_user_are_filled_in(ngc5921: Path) -> None:
    page = plotms(
        str(ngc5921),
        spw="0:30",
        scan="1",
        xaxis="uvdist",
        title="%%yaxis%% of %%xaxis%% [%%xunit%%] %%other%%",
        xlabel="along %%axis%%",
        ylabel="%%ydata%%",
        ydatacolumn="corrected",
    ).views[0]
    picture = page.draw(Looking())
    assert picture.alternative.startswith("Amp of UV distance [m] %%other%%: ")
    assert picture.frames[0].x_label == "along UV distance"
    assert picture.frames[0].y_label == "corrected"


def test_a_header_says_what_the_table_says(ngc5921: Path) -> None:
    from casa_plots.plotms.header import header_lines  # noqa: PLC0415

    items = "filename,ycolumn,obsdate,obstime,observer,projid,telescope,targname,targdir"
    pages = plotms(str(ngc5921), headeritems=items)
    family = pages.views[0]._first  # type: ignore[attr-defined]
    text = " ".join(header_lines(family, items.split(",")))
    for said in (
        "ngc5921.ms",
        "data",
        "1995-04-13",
        "09:19:00 TAI",
        "TEST",
        "VLA",
        "1331+30500002_0",
        "13:31:08",
    ):
        assert said in text


@pytest.mark.parametrize("scale", ["UTC", "TAI"])
def test_times_say_their_scale(scale: str) -> None:
    source = made([1, 2, 3], time_scale=scale)
    picture = view(source).draw(Looking())
    (frame,) = picture.frames
    assert frame.x_label == f"Time ({scale}), 1995-02-20"
    assert (frame.x_time_scale, frame.y_time_scale) == (scale, "")
    assert picture.alternative.endswith(f" from 1995-02-20 12:26:41.19 to 12:26:43.31 {scale}.")
    own = view(source, words=Words(x="in %%unit%%")).draw(Looking())
    assert own.frames[0].x_label == f"in {scale}"
    beside = view(source, x=AMP, layers=(Layer(TIME),)).draw(Looking())
    assert beside.frames[0].y_time_scale == scale


def test_a_bar_of_times_says_their_scale() -> None:
    shown = view(made([1, 2, 3], time_scale="TAI"), colour=TIME).draw(Looking(), Format.SVG)
    assert b"<!-- Time (TAI) -->" in shown.content


def test_an_axis_of_two_scales_says_both() -> None:
    board = Board()
    board.put(0, family(made([1, 2], time_scale="TAI")), (1, 1), clear=True)
    board.put(1, family(made([3, 4])), (1, 1), clear=False)
    (frame,) = board.views().page(0).draw(Looking()).frames
    assert frame.x_label.startswith("Time (TAI and UTC), ")


@pytest.mark.parametrize(
    ("axis", "low", "high", "most", "texts"),
    [
        (Axis.PHASE, -187, 187, 9, ["−180", "−135", "−90", "−45", "0", "45", "90", "135", "180"]),  # noqa: RUF001
        (Axis.PHASE, -187, 187, 5, ["−180", "−90", "0", "90", "180"]),  # noqa: RUF001
        (Axis.TIME, 86400 * 50000, 86400 * 50000 + 10, 6, None),
        (Axis.UVWAVE, 0, 4500, 6, ["0", "1", "2", "3", "4"]),
        (Axis.UVDIST, 0, 950, 6, ["0", "200", "400", "600", "800"]),
        (Axis.UVDIST, 0, 9_500_000, 6, ["0", "2", "4", "6", "8"]),
        (Axis.FREQUENCY, 1.4127, 1.4142, 4, ["1.4130", "1.4135", "1.4140"]),
        (Axis.AMP, 0, 0.00045, 5, ["0", "100", "200", "300", "400"]),
    ],
)
def test_ticks_are_where_people_look_for_them(
    axis: Axis, low: float, high: float, most: int, texts: list[str] | None
) -> None:
    found = ticks(axis, low, high, most)
    expected = texts or ["00:00:00", "00:00:02", "00:00:04", "00:00:06", "00:00:08", "00:00:10"]
    assert list(found.texts) == expected
    assert len(found.positions) == len(expected)
    assert all(low <= each <= high for each in (*found.positions, *found.minor))


def test_a_night_has_its_dates() -> None:
    start = 86400 * 50000 + 79200.0  # 22 h
    found = ticks(Axis.TIME, start, start + 6 * 3600, 8)
    assert found.texts[0] == "22:00\n1995-10-10"
    assert "00:00\n1995-10-11" in found.texts
    assert found.texts[1] == "23:00"


def test_connected_points_have_lines_between_them(ngc5921: Path) -> None:
    common: dict[str, Any] = {"spw": "0", "scan": "1", "antenna": "1&2", "timerange": "<09:19:15"}
    points = plotms(str(ngc5921), xaxis="channel", **common).views[0].draw(Looking())
    lines = plotms(str(ngc5921), xaxis="channel", xconnector="line", **common)
    steps = plotms(str(ngc5921), xaxis="channel", xconnector="step", **common)
    connected = inked(lines.views[0].draw(Looking()))
    assert connected.sum() > inked(points).sum() * 1.3
    # A line for each correlation: between any two channels something is drawn.
    columns = np.asarray(connected.any(axis=0))
    first, last = columns.argmax(), len(columns) - columns[::-1].argmax()
    assert columns[first:last].all()
    assert (inked(steps.views[0].draw(Looking())) != connected).any()
