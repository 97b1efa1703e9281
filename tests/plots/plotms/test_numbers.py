"""What is drawn, against numbers that are computed another way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.axes import Axis, Quantity
from casa_plots.picture import Looking, Region
from casa_plots.plotms import plotms
from casa_plots.plotms.canvas import Counts, Grid
from casa_plots.plotms.measured import Means
from casacore.tables import table
from plots.plotms.made import AMP, START, TIME, made, view
from plots.plotms.pictures import inked, pixels, place


def test_counts_are_those_of_a_histogram() -> None:
    rng = np.random.default_rng(3)
    x = START + rng.uniform(0, 3600, (500, 1, 1))
    y = rng.normal(1, 0.3, (500, 20, 2))
    hidden = rng.random(y.shape) < 0.2
    y[3, 4, 0], y[5, 6, 1], y[7, 8, 0] = np.nan, np.inf, -np.inf
    colour = rng.integers(0, 3, (500, 1, 1)).astype(np.int32)
    grid = Grid(Region(START + 100, START + 3000, 0.4, 1.5), 80, 60)
    counts = Counts(grid, 3, keep=0)
    counts.add(x, y, hidden, colour)
    whole_x, whole_colour = (np.broadcast_to(each, y.shape)[~hidden] for each in (x, colour))
    for each in range(3):
        mine = whole_colour == each
        expected, _, _ = np.histogram2d(
            y[~hidden][mine],
            whole_x[mine] - START,
            bins=(60, 80),
            range=((0.4, 1.5), (100, 3000)),
        )
        differ = np.abs(counts.counts[each].astype(int) - expected).sum()
        assert differ <= 2  # a point on the edge of a pixel may be in the next one
    assert counts.total == counts.counts.sum()
    assert counts.points is None


def test_numbers_of_32_bits_fall_into_the_same_pixels() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(20, 5, (1000, 1, 1))
    x = np.zeros((1, 1, 1))
    grid = Grid(Region(-1, 1, 0, 50), 1, 700)
    exact, short = Counts(grid), Counts(grid)
    exact.add(x, y.astype(np.float32).astype(float), np.zeros(y.shape, bool))
    short.add(x, y.astype(np.float32), np.zeros(y.shape, bool))
    assert np.abs(exact.counts.astype(int) - short.counts.astype(int)).sum() <= 4


def test_turned_axes_and_edges() -> None:
    grid = Grid(Region(10, 0, 0, 1), 10, 1)
    counts = Counts(grid)
    x = np.array([10.0, 0.0, 9.5, 10.1, -0.1]).reshape(-1, 1, 1)
    counts.add(x, np.full((1, 1, 1), 0.5), np.zeros((1, 1, 1), bool))
    assert counts.counts[0, 0].tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_means_are_those_of_the_values() -> None:
    rng = np.random.default_rng(5)
    shape = (3000, 10, 1)
    x, y = rng.random((3000, 1, 1)), rng.random(shape)
    value, hidden = rng.normal(0, 1, (1, 10, 1)), rng.random(shape) < 0.1
    means = Means(Grid(Region(0, 1, 0, 1), 8, 6), keep=1000)
    for part in range(3):
        rows = slice(part * 1000, part * 1000 + 1000)
        means.add(x[rows], y[rows], hidden[rows], value)
    up, across, weights = (np.broadcast_to(each, shape)[~hidden] for each in (y, x, value))
    edges: Any = {"bins": (6, 8), "range": ((0, 1), (0, 1))}
    sums, _, _ = np.histogram2d(up, across, weights=weights, **edges)
    counts, _, _ = np.histogram2d(up, across, **edges)
    np.testing.assert_array_equal(means.counts, counts)
    np.testing.assert_allclose(means.means, sums / counts, atol=1e-12)


@pytest.mark.parametrize("count", [30, 30_000])
def test_a_point_is_where_its_frame_says(count: int) -> None:
    """Symbols and pixels alike: one point far from all others is seen at its place."""
    amplitudes = np.full(count, 1.0)
    amplitudes[count // 2] = 9.0
    picture = view(made(amplitudes)).draw(Looking())
    column, row = place(picture.frames[0], picture.size, START + count // 2, 9.0)
    image = pixels(picture)
    assert image[row, column].sum() < 600
    assert image[row - 14, column].sum() == 765
    assert image[row, column + 14].sum() == 765


def test_zooming_draws_the_data_again() -> None:
    """Two points that share a pixel are apart when one looks closer."""
    times = np.concatenate([np.linspace(0, 1000, 40_000), [500.001, 500.002]])
    amplitudes = np.concatenate([np.full(40_000, 1.0), [5.0, 5.0]])
    page = view(made(amplitudes, times))
    whole = page.draw(Looking())
    name = whole.frames[0].name
    region = Region(START + 500.0005, START + 500.0025, 4.0, 6.0)
    close = page.draw(Looking(regions={name: region}))
    assert close.frames[0].shown == region
    for time in (500.001, 500.002):
        column, row = place(close.frames[0], close.size, START + time, 5.0)
        assert pixels(close)[row, column].sum() < 600
    middle, row = place(close.frames[0], close.size, START + 500.0015, 5.0)
    assert pixels(close)[row, middle].sum() == 765


def test_the_right_axis_follows_a_zoom(ngc5921: Path) -> None:
    pages = plotms(
        str(ngc5921), yaxis=["amp", "phase"], yaxislocation=["left", "right"], spw="0:30", scan="1"
    )
    page = pages.views[0]
    whole = page.draw(Looking())
    left, right = (each.shown for each in whole.frames)
    half = Region(left.left, left.right, left.bottom, (left.bottom + left.top) / 2)
    closer = page.draw(Looking(regions={whole.frames[0].name: half}))
    assert closer.frames[1].shown.bottom == pytest.approx(right.bottom)
    assert closer.frames[1].shown.top == pytest.approx((right.bottom + right.top) / 2)


def test_limits_are_those_of_the_table(ngc5921: Path) -> None:
    """Of unflagged data only, read straight from the table."""
    picture = plotms(str(ngc5921), ydatacolumn="corrected").views[0].draw(Looking())
    with table(str(ngc5921), ack=False) as opened:
        amplitudes = np.abs(opened.getcol("CORRECTED_DATA"))[~opened.getcol("FLAG")]
        times = opened.getcol("TIME")
    shown = picture.frames[0].shown
    spread = times.max() - times.min()
    assert shown.left == pytest.approx(times.min() - 0.03 * spread)
    assert shown.right == pytest.approx(times.max() + 0.03 * spread)
    assert shown.top == pytest.approx(amplitudes.max() * 1.03, rel=1e-3)
    assert f"{amplitudes.size:,} points" in picture.alternative


def test_flagged_points_are_shown_where_that_is_asked() -> None:
    source = made([1, 2, 8, 3], flagged=[False, False, True, False])
    hidden = view(source).draw(Looking())
    assert hidden.frames[0].shown.top < 4
    from casa_plots.plotms.request import Layer, Symbol  # noqa: PLC0415

    layer = Layer(AMP, flagged=Symbol("circle", 6, "#ff0000"))
    shown = view(source, layers=(layer,)).draw(Looking())
    column, row = place(shown.frames[0], shown.size, START + 2, 8)
    assert pixels(shown)[row, column].tolist() == [255, 0, 0]


def test_colour_of_a_category_is_that_of_its_key() -> None:
    from casa_plots.plotms.colours import LIGHT_PALETTE  # noqa: PLC0415

    field = Quantity(Axis.FIELD)
    source = made([1, 2, 3])
    source.values = {**source.values, field: np.array([0, 1, 2]).reshape(-1, 1, 1)}
    source.categories = {field: ("a", "b", "c")}
    picture = view(source, colour=field).draw(Looking())
    for number in range(3):
        column, row = place(picture.frames[0], picture.size, START + number, number + 1)
        found = "#{:02x}{:02x}{:02x}".format(*pixels(picture)[row, column])
        assert found == LIGHT_PALETTE[number]


def test_a_rare_colour_is_not_lost_under_a_common_one() -> None:
    scan = Quantity(Axis.FIELD)
    amplitudes = np.full(50_000, 1.0)
    source = made(amplitudes, np.zeros(50_000))
    field = np.zeros(50_000, int)
    field[7] = 1
    source.values = {**source.values, scan: field.reshape(-1, 1, 1)}
    source.categories = {scan: ("common", "rare")}
    picture = view(source, colour=scan).draw(Looking())
    column, row = place(picture.frames[0], picture.size, START, 1.0)
    red, green, blue = pixels(picture)[row, column]
    assert red > blue > green  # the second colour of the palette


def test_a_hundred_million_points_fit_in_little_memory() -> None:
    import tracemalloc  # noqa: PLC0415

    rng = np.random.default_rng(1)
    shape = (7_812, 64, 2)
    source = made([0])
    source.shape, source.repeat = shape, 30
    source.values = {
        AMP: rng.rayleigh(1, shape).astype(np.float32),
        TIME: START + np.linspace(0, 99, shape[0]).reshape(-1, 1, 1),
    }
    source.flagged = rng.random(shape) < 0.02
    page = view(source)
    tracemalloc.start()
    picture = page.draw(Looking())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert source.points > 29_000_000
    assert f"{30 * np.count_nonzero(~source.flagged):,} points" in picture.alternative
    assert inked(picture).mean() > 0.3
    # What a few blocks take, and what `KEPT` allows while blocks might all fit.
    assert most < 300_000_000, most
