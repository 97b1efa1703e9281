"""What is odd or wrong in data: a clear message, or a right picture."""

from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import pytest
from casa_plots.errors import EmptyPlotError, MissingDataError, SelectionError
from casa_plots.picture import Looking, Region, Size, Theme
from casa_plots.plotms import Board, plotms
from casa_plots.plotms.request import Iteration
from plots.plotms.made import SCAN, START, family, made, view
from plots.plotms.pictures import inked, pixels, place


def test_everything_flagged() -> None:
    with pytest.raises(EmptyPlotError, match=r"all 3 points are flagged.*customflaggedsymbol"):
        view(made([1, 2, 3], flagged=[True] * 3)).draw(Looking())


def test_nothing_is_a_number() -> None:
    with pytest.raises(EmptyPlotError, match="none of 2 points is a number"):
        view(made([np.nan, np.inf])).draw(Looking())


def test_a_page_of_an_iteration_says_so_in_the_plot() -> None:
    board = Board()
    source = made([1, 2], flagged=[True, True], repeat=2)
    board.put(0, family(source, iteration=Iteration(SCAN)), (1, 1), clear=True)
    picture = board.views()[0].draw(Looking())
    assert "all 2 points are flagged" in picture.alternative


@pytest.mark.parametrize(
    "amplitudes", [[5.0], [5.0, 5.0], [0.0], [1e-30, 2e-30], [1e30, 2e30], [np.nan, 1, np.inf]]
)
def test_few_and_odd_values_have_axes(amplitudes: list[float]) -> None:
    picture = view(made(amplitudes)).draw(Looking())
    shown = picture.frames[0].shown
    finite = [each for each in amplitudes if np.isfinite(each)]
    assert shown.bottom <= min(finite) < shown.top
    assert shown.left < shown.right
    number = amplitudes.index(finite[0])
    column, row = place(picture.frames[0], picture.size, START + number, finite[0])
    assert pixels(picture)[row, column].sum() < 600


def test_a_region_without_points_is_an_empty_frame() -> None:
    page = view(made([1, 2, 3]))
    name = page.draw(Looking()).frames[0].name
    picture = page.draw(Looking(regions={name: Region(START + 9, START + 10, 5, 6)}))
    assert not inked(picture).any()


@pytest.mark.parametrize("size", [Size(1, 1, 50), Size(2, 1.5, 100), Size(30, 2, 40)])
def test_any_size_can_be_drawn(size: Size) -> None:
    picture = view(made(np.arange(50))).draw(Looking(size, Theme.DARK))
    assert picture.size == size.pixels
    assert pixels(picture).shape[:2] == size.pixels[::-1]


def test_no_table_no_column_no_match(ngc5921: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"nothing\.ms"):
        plotms(str(tmp_path / "nothing.ms"))
    with pytest.raises(MissingDataError, match="FLOAT"):
        plotms(str(ngc5921), ydatacolumn="float")
    with pytest.raises(SelectionError):
        plotms(str(ngc5921), field="nobody")


def test_a_table_that_goes_away_is_named(ngc5921: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.ms"
    copytree(ngc5921, gone)
    pages = plotms(str(gone), spw="0:30")
    rmtree(gone)
    with pytest.raises(MissingDataError, match=r"gone\.ms"):
        pages.views[0].draw(Looking())
