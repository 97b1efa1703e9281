"""CASA's own plotting tasks: their pages, their files, and what they cannot draw."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from casa_plots.errors import FileInTheWayError, InvalidParameterError, MissingDataError
from casa_plots.picture import Format, Looking
from casa_plots.plotbandpass import page_of, plotbandpass
from casa_plots.plotprofilemap import plotprofilemap
from casa_plots.plotweather import opacities, plotweather
from tests_recompute_casa import _apart


def run(task: str, parameters: Mapping[str, object]) -> object:
    """Run a task in a process of its own."""
    return _apart(getattr(importlib.import_module("casatasks"), task))(**parameters)


def test_pages_of_plotbandpass_are_kept_where_asked(ngc5921: Path, tmp_path: Path) -> None:
    table = str(ngc5921.with_name("ngc5921.bcal"))
    asked: dict[str, Any] = {
        "caltable": table,
        "antenna": "1,2",
        "subplot": 11,
        "figfile": f"{tmp_path}/b.png",
    }
    pages = plotbandpass(run, **asked, interactive=True)
    kept = sorted(each.name for each in tmp_path.iterdir())
    assert kept == ["b.2.spw00.t00.png", "b.3.spw00.t00.png"]
    assert [each.title for each in pages.views] == [
        "antenna 2, spw 0, time 0 of ngc5921.bcal",
        "antenna 3, spw 0, time 0 of ngc5921.bcal",
    ]
    picture = pages.views[0].draw(Looking())
    assert picture.content == (tmp_path / kept[0]).read_bytes()
    assert pages.views[0].draw(Looking(), Format.PDF).content.startswith(b"%PDF")
    assert any("interactive" in each for each in pages.notes)
    with pytest.raises(FileInTheWayError, match="overwrite=True"):
        plotbandpass(run, **asked)


def test_pages_are_named_by_their_files() -> None:
    assert page_of("x.bcal.DV01.spw17.t03.png") == "antenna DV01, spw 17, time 3"
    assert page_of("x.spw02.png") == "spw 2"


def test_no_weather_is_told_at_once(ngc5921: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no weather to draw"):
        plotweather(run, vis=str(ngc5921))
    with pytest.raises(InvalidParameterError, match="no directory"):
        plotweather(run, vis=str(ngc5921), plotName=str(tmp_path / "no" / "w.png"))


def test_opacities_are_told_for_each_window() -> None:
    assert opacities([1.4, 22.2], [0.0057, 0.0801]) == [
        "spw 0 (1.400 GHz): zenith opacity 0.0057 nepers.",
        "spw 1 (22.200 GHz): zenith opacity 0.0801 nepers.",
    ]


def test_no_image_and_no_table_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="imagename"):
        plotprofilemap(run, imagename=str(tmp_path / "none.im"))
    with pytest.raises(MissingDataError, match="caltable"):
        plotbandpass(run, caltable="")
