"""Pages of iterations, several plots on a page, and files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.axes import Axis, Quantity
from casa_plots.errors import FileInTheWayError, InvalidParameterError, MissingDataError
from casa_plots.picture import Format, Looking
from casa_plots.plotms import Board, plotms
from casa_plots.plotms.reading import Shelf
from casa_plots.plotms.request import Iteration
from casacore.tables import table
from PIL import Image
from plots.plotms.made import AMP, SCAN, family, made


def test_a_page_for_each_scan(ngc5921: Path) -> None:
    pages = plotms(str(ngc5921), iteraxis="scan", spw="0:30", xselfscale=True)
    assert [each.title for each in pages.views] == [f"scan {n}" for n in range(1, 8)]
    first, last = (pages.views[n].draw(Looking()) for n in (0, -1))
    with table(str(ngc5921), ack=False) as opened:
        scans, flags = opened.getcol("SCAN_NUMBER"), opened.getcol("FLAG")[:, 30]
        times = opened.getcol("TIME")
    for number, picture in ((1, first), (7, last)):
        assert f"{np.count_nonzero(~flags[scans == number]):,} points" in picture.alternative
    # CASA's words: selfscale means one scale for all.
    assert first.frames[0].shown.left == last.frames[0].shown.left < times.min()
    assert first.frames[0].shown.top != last.frames[0].shown.top


def test_the_grid_of_a_page_is_filled_and_shares_axes(ngc5921: Path) -> None:
    pages = plotms(
        str(ngc5921),
        iteraxis="scan",
        spw="0:30",
        gridrows=2,
        gridcols=3,
        xselfscale=True,
        yselfscale=True,
        xsharedaxis=True,
        ysharedaxis=True,
    )
    assert len(pages.views) == 2
    full, rest = (each.draw(Looking()) for each in pages.views)
    assert len(full.frames) == 6
    assert len(rest.frames) == 1
    assert len({(each.shown.left, each.shown.top) for each in full.frames}) == 1
    lower, upper = full.frames[3].box, full.frames[0].box
    assert lower.left == upper.left
    assert lower.top < upper.bottom
    assert upper.bottom - lower.top < 0.08  # no labels between them


def test_a_thousand_pages_cost_nothing_until_they_are_drawn() -> None:
    source = made(np.ones(10), repeat=1000)
    board = Board()
    one = family(source, iteration=Iteration(SCAN))
    one.reading.shelf = Shelf(0)
    board.put(0, one, (1, 1), clear=True)
    views = board.views()
    assert len(views) == 1000
    assert source.passes == 1  # for the values
    assert views[617].title == "scan 617"
    assert source.passes == 1
    assert "10 points" in views[617].draw(Looking()).alternative
    assert source.passes == 3  # limits, and the picture
    assert len(views[2:5]) == 3


def test_all_plots_share_one_shelf() -> None:
    """A notebook keeps many plots: what was used longest ago is read again."""
    first, second, third = (made(np.ones(1000)) for _ in range(3))
    size = 1000 * (4 + 8 + 1)
    shelf = Shelf(2 * size)
    pages = []
    for each in (first, second, third):
        one = family(each)
        one.reading.shelf = shelf
        board = Board()
        board.put(0, one, (1, 1), clear=True)
        pages.append(board.views()[0])
        pages[-1].draw(Looking())
        pages[0].draw(Looking())
    passes = [each.passes for each in (first, second, third)]
    assert passes == [1, 1, 1]  # limits and picture from one pass, twice
    for page in pages:
        page.draw(Looking())
    assert [each.passes for each in (first, second, third)] == [1, 2, 2]


def test_iteration_over_what_differs_inside_of_rows() -> None:
    corr = Quantity(Axis.CORR)
    source = made(np.ones(4))
    source.shape = (4, 1, 2)
    own = {AMP: np.arange(8.0).reshape(4, 1, 2), corr: np.arange(2).reshape(1, 1, 2)}
    source.values = {**source.values, **own}
    source.flagged = np.zeros((4, 1, 1), bool)
    source.categories = {corr: ("RR", "LL")}
    board = Board()
    board.put(0, family(source, iteration=Iteration(corr)), (1, 1), clear=True)
    shown = [each.draw(Looking()).frames[0].shown.top for each in board.views()]
    assert shown == pytest.approx([6 * 1.03, 7 * 1.03], rel=0.01)
    assert [each.title for each in board.views()] == ["corr RR", "corr LL"]


def test_plots_beside_and_over_each_other(ngc5921: Path) -> None:
    board = Board()
    vis = str(ngc5921)
    plotms(vis, spw="0:30", scan="1", gridrows=2, board=board)
    pages = plotms(
        vis, spw="0:30", scan="2", gridrows=2, rowindex=1, plotindex=1, clearplots=False,
        xaxis="uvdist", board=board,
    )  # fmt: skip
    assert len(pages.views[0].draw(Looking()).frames) == 2
    over = plotms(vis, spw="0:40", scan="1", gridrows=2, plotindex=2, clearplots=False, board=board)
    assert len(over.views[0].draw(Looking()).frames) == 2
    assert len(board.plots) == 3
    # A plot that cannot be made leaves the others as they were.
    with pytest.raises(MissingDataError):
        plotms(vis + "x", clearplots=True, board=board)
    assert len(board.plots) == 3
    alone = plotms(vis, spw="0:30", scan="1", board=board)
    assert len(alone.views[0].draw(Looking()).frames) == 1


@pytest.mark.parametrize("form", list(Format))
def test_each_format_is_what_it_says(form: Format, ngc5921: Path, tmp_path: Path) -> None:
    file = tmp_path / f"a.{form}"
    pages = plotms(str(ngc5921), spw="0:30", scan="1", plotfile=str(file))
    assert pages.saved == (str(file),)
    magic = {
        Format.PNG: b"\x89PNG",
        Format.JPG: b"\xff\xd8",
        Format.PDF: b"%PDF",
        Format.SVG: b"<?xml",
        Format.EPS: b"%!PS",
    }
    assert file.read_bytes().startswith(magic[form])
    assert list(tmp_path.iterdir()) == [file]


def test_files_of_pages_are_named_as_casaplotms_names_them(ngc5921: Path, tmp_path: Path) -> None:
    common: dict[str, Any] = {"vis": str(ngc5921), "spw": "0:30", "exprange": "all"}
    saved = [
        *plotms(iteraxis="scan", scan="1~2", plotfile=str(tmp_path / "s.png"), **common).saved,
        *plotms(iteraxis="corr", scan="1", plotfile=str(tmp_path / "w.png"), **common).saved,
        *plotms(
            iteraxis="baseline", antenna="1&2;1&3", plotfile=str(tmp_path / "w.png"), **common
        ).saved,
        *plotms(
            iteraxis="antenna", antenna="1&2", gridcols=2, plotfile=str(tmp_path / "a.png"),
            **common,
        ).saved,
    ]  # fmt: skip
    assert [Path(each).name for each in saved] == [
        "s_Scan1.png",
        "s_Scan2_2.png",
        "w_CorrRR.png",
        "w_CorrLL_2.png",
        "w_Baseline1@VLA:N7_with_2@VLA:W1_387m.png",
        "w_Baseline1@VLA:N7_with_3@VLA:W2_371m_2.png",
        "a_Antenna1@VLA:N7,2@VLA:W1.png",
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        Path(each).name for each in saved
    )


def test_nothing_is_overwritten_unless_asked(ngc5921: Path, tmp_path: Path) -> None:
    mine = tmp_path / "s_Scan2_2.png"
    mine.write_text("mine")
    common: dict[str, Any] = {
        "vis": str(ngc5921), "spw": "0:30", "iteraxis": "scan", "exprange": "all",
        "plotfile": str(tmp_path / "s.png"),
    }  # fmt: skip
    with pytest.raises(FileInTheWayError, match="overwrite=True"):
        plotms(**common)
    assert [each.name for each in tmp_path.iterdir()] == [mine.name]
    plotms(**common, overwrite=True)
    assert mine.read_bytes().startswith(b"\x89PNG")


def test_size_and_resolution_of_a_file(ngc5921: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    plotms(
        str(ngc5921), spw="0:30", plotfile=str(file), width=640, height=320, dpi=150, highres=True
    )
    with Image.open(file) as image:
        assert image.size == (640, 320)
        assert round(image.info["dpi"][0]) == 150


def test_what_is_wrong_with_a_file_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no directory"):
        plotms("x.ms", plotfile=str(tmp_path / "a" / "b.png"))
    with pytest.raises(InvalidParameterError, match="png"):
        plotms("x.ms", plotfile=str(tmp_path / "b.gif"))
    with pytest.raises(FileInTheWayError, match="directory"):
        plotms("x.ms", plotfile=str(tmp_path), expformat="png")


def test_text_has_the_layout_and_values_of_casaplotms(ngc5921: Path, tmp_path: Path) -> None:
    """What casaplotms 2.9.1 wrote for the same parameters."""
    file = tmp_path / "a.txt"
    plotms(str(ngc5921), scan="1", spw="0:30~31", antenna="1&2", plotfile=str(file))
    lines = file.read_text().splitlines()
    assert lines[:10] == [
        "# file: ngc5921.ms",
        "# spw: 0:30~31",
        "# antenna: 1&2",
        "# scan: 1",
        "# From plot 0",
        "# x y chan scan field ant1 ant2 ant1name ant2name time freq spw poln obs",
        "# Time Amp None None None None None None None MJD(seconds) GHz None None None",
        "4304481540.000 1.44612 30 1 0 0 1 1@VLA:N7 2@VLA:W1 4304481540.000 1.413397496 0 RR 0",
        "4304481540.000 1.47129 30 1 0 0 1 1@VLA:N7 2@VLA:W1 4304481540.000 1.413397496 0 LL 0",
        "4304481540.000 1.49044 31 1 0 0 1 1@VLA:N7 2@VLA:W1 4304481540.000 1.413421910 0 RR 0",
    ]
    assert len(lines) == 7 + 48
    short = tmp_path / "b.txt"
    plotms(str(ngc5921), scan="1", spw="0:30", antenna="1&2", verbose=False, plotfile=str(short))
    assert short.read_text().splitlines()[5:9] == [
        "# x y ",
        "# Time Amp",
        "4304481540.000 1.44612",
        "4304481540.000 1.47129",
    ]
