"""A plot of real visibilities in a real kernel, asked as the widget asks."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casacore.tables import table
from kernel.casa_notebook import Notebook
from kernel.conftest import StartNotebook
from kernel.test_plots_shown import LOOKING, Widget

SHOWN = "plotms('ngc5921.ms', xaxis='uvdist', yaxis='amp', field='0', correlation='RR')"
FLAGGED = "print(int(flagdata('ngc5921.ms', mode='summary', field='0')['flagged']))"
FRAME = "plot 0,0"
REGION = [300.0, 400.0, 0.05, 5.0]


@pytest.fixture(scope="module")
def notebook(start_notebook: StartNotebook, ngc5921: Path) -> Notebook:
    made = start_notebook()
    shutil.copytree(ngc5921 / "ngc5921.ms", made.cwd / "ngc5921.ms")
    return made


@pytest.fixture
def widget(notebook: Notebook) -> Widget:
    cell = notebook.run(SHOWN, cell="a-cell")
    assert cell.error is None
    return Widget(notebook, cell)


def inside(path: Path) -> int:
    """Count what the table has in the region, without casahub."""
    with table(str(path), ack=False) as main:
        chosen = (main.getcol("FIELD_ID") == 0) & ~main.getcol("FLAG_ROW")
        uvw, data, flag = main.getcol("UVW"), main.getcol("DATA"), main.getcol("FLAG")
    distance = np.hypot(uvw[:, 0], uvw[:, 1])
    left, right, bottom, top = REGION
    chosen &= (distance >= left) & (distance <= right)
    amp = np.abs(data[chosen, :, 0])
    return int(((amp >= bottom) & (amp <= top) & ~flag[chosen, :, 0]).sum())


def flagged(notebook: Notebook) -> int:
    return int(notebook.run(FLAGGED).stream("stdout"))


def located(widget: Widget) -> int:
    total = widget.ask("locate", page=0, frame=FRAME, region=REGION, limit=3)["total"]
    assert isinstance(total, int)
    return total


def outline() -> dict[str, Any]:
    left, right, bottom, top = REGION
    corners = [[left, bottom], [right, top]]
    return {
        "page": 0,
        "frame": FRAME,
        "shape": "rectangle",
        "points": corners,
        "extension": {},
        "flag": True,
    }


def test_a_region_is_made_of_the_data_again(widget: Widget, notebook: Notebook) -> None:
    answer = widget.ask("draw", **{**LOOKING, "regions": {FRAME: REGION}})
    assert answer["frames"][0]["shown"] == pytest.approx(REGION)
    count = inside(notebook.cwd / "ngc5921.ms")
    assert count > 1000
    assert f" {count:,} points " in answer["alternative"]
    assert located(widget) == count


def test_flags_reach_the_table_and_leave_it(widget: Widget, notebook: Notebook) -> None:
    path = notebook.cwd / "ngc5921.ms"
    before, count = flagged(notebook), inside(path)
    assert widget.ask("preview", **outline())["changed"] == count
    assert flagged(notebook) == before
    widget.ask("apply", **outline())
    assert flagged(notebook) == before + count
    assert inside(path) == 0
    assert located(widget) == 0
    assert widget.ask("undo", page=0)["sentence"]
    assert flagged(notebook) == before
    assert inside(path) == located(widget) == count


def test_a_table_that_went_away_is_a_sentence(widget: Widget, notebook: Notebook) -> None:
    path = notebook.cwd / "ngc5921.ms"
    aside = path.rename(path.with_name("aside.ms"))
    try:
        # What was read before can still be drawn; what asks the table says that it is gone.
        region = {"page": 0, "frame": FRAME, "region": REGION, "limit": 3}
        for ask, asked in (("locate", region), ("preview", outline())):
            error = widget.ask(ask, **asked)["error"]
            assert error.startswith("There is no ")
            assert "ngc5921.ms: name a MeasurementSet" in error
            assert "Traceback" not in error
        assert notebook.run("1 + 1").result == "2"
    finally:
        aside.rename(path)


def test_a_wrong_axis_is_two_sentences(notebook: Notebook) -> None:
    error = notebook.run("plotms('ngc5921.ms', xaxis='nonsense')").error
    assert error is not None
    assert error["evalue"].startswith("xaxis='nonsense' is no axis. There are scan, field,")
