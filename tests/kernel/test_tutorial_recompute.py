"""The tutorial of `recompute`, run as its text says: all cells, then again with another choice."""

from collections.abc import Callable

import nbformat
import pytest
from casa_kernel.tutorials import copy
from kernel.casa_notebook import Cell
from kernel.conftest import StartNotebook

IMAGING = ["tclean", "imstat", "imhead", "profile"]
CALIBRATION = ["gaincal", "fluxscale", "applycal", "split"]
STEPS = 17

RunAll = Callable[..., list[Cell]]
"""Runs all cells, after a text in them was replaced by another."""


@pytest.fixture(scope="module")
def run_all(start_notebook: StartNotebook, tmp_path_factory: pytest.TempPathFactory) -> RunAll:
    path = copy("recompute", tmp_path_factory.mktemp("tutorial"))
    store = tmp_path_factory.mktemp("store")
    casa = start_notebook(RECOMPUTE_STORE=str(store), JPY_SESSION_NAME=str(path))
    notebook = nbformat.read(path, as_version=4)
    code = [each for each in notebook.cells if each.cell_type == "code"]

    def run(old: str = "", new: str = "") -> list[Cell]:
        assert any(old in each.source for each in code)
        for each in code:
            each.source = each.source.replace(old, new) if old else each.source
        cells = [casa.run(each.source, cell=each.id) for each in code]
        assert [each.error for each in cells] == [None] * len(cells)
        return cells

    return run


def printed(cells: list[Cell]) -> str:
    return "".join(each.stream("stdout") for each in cells)


def graph(cells: list[Cell]) -> str:
    return cells[-2].displays[0]["text/plain"]


def explained(cells: list[Cell]) -> str:
    return cells[-1].displays[0]["text/plain"]


def computed(cells: list[Cell]) -> list[str]:
    lines = [line for line in graph(cells).splitlines()[1:] if " computed, " in line]
    return [line[: line.index(" [")].split()[-1] for line in lines]


def test_the_tutorial_computes_what_depends_on_a_choice(run_all: RunAll) -> None:
    first = run_all()
    assert len(computed(first)) == STEPS
    assert "total flux 4.06 Jy" in printed(first)
    assert "robust 0.5: beam 17.0 arcsec" in printed(first)
    assert "brightest ring at 64 arcsec" in printed(first)
    assert sum("image/png" in shown for cell in first for shown in cell.displays) == 1

    weighted = run_all("robust = 0.5", "robust = -1.0")
    assert computed(weighted) == IMAGING
    assert "robust -1.0: beam 16.1 arcsec" in printed(weighted)
    assert "robust=-1.0 (was 0.5)" in explained(weighted)

    solved = run_all('solint = "inf"', 'solint = "40s"')
    assert computed(solved) == [*CALIBRATION, *IMAGING]
    assert "solint='40s' (was 'inf')" in explained(solved)

    back = run_all('solint = "40s"\nrobust = -1.0', 'solint = "inf"\nrobust = 0.5')
    assert computed(back) == []
    assert "robust 0.5: beam 17.0 arcsec" in printed(back)
