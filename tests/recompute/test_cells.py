"""In a notebook a cell finds what the cells above it left, whenever it is executed."""

from pathlib import Path

import pytest
from recompute.engine import Session
from recompute.errors import UnknownStepError
from recompute.model import Verdict
from recompute.opening import open_session
from tests_recompute_pipelines import Op, Tally, run_script

FLAG = Op("append", "x", text="flags")
SOLVE = Op("derive", "gains", "x", "solutions")
APPLY = Op("append", "x", text="corrected")
LOOK = Op("read", "x")


class Notebook:
    """Cells that are executed in any order, in one kernel after another."""

    def __init__(self, place: Path) -> None:
        self.live = place / "live"
        self.live.mkdir()
        (self.live / "x").write_text("observed\n")
        self._store = place / "store"
        self.order: tuple[str, ...] = ()
        self.deleted: frozenset[str] = frozenset()
        self.session: Session
        self.restart_kernel()

    def restart_kernel(self) -> None:
        self.session = open_session("notebook.ipynb", self._store)

    def execute(self, cell: str, *ops: Op) -> Tally:
        notes = self.session.begin(cell, self.order, self.deleted)
        tally = run_script(ops, self.live, self.session)
        tally.notes[:0] = notes
        return tally

    @property
    def x(self) -> list[str]:
        return (self.live / "x").read_text().split("\n")[1:-1]


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


def test_a_cell_that_is_executed_twice_does_its_work_once(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    assert notebook.execute("a", FLAG).verdicts == [Verdict.CACHED]
    assert notebook.x == ["append flags"]


def test_an_earlier_cell_undoes_what_the_cells_below_it_did_and_says_so(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("b", APPLY)
    again = notebook.execute("a", Op("append", "x", text="other flags"))
    assert notebook.x == ["append other flags"]
    assert "append below it no longer counts" in again.notes[0]
    notebook.execute("b", APPLY)
    assert notebook.x == ["append other flags", "append corrected"]


def test_a_cell_that_only_looks_puts_nothing_back(notebook: Notebook) -> None:
    notebook.execute("a", FLAG, LOOK)
    notebook.execute("b", LOOK)
    notebook.execute("c", APPLY)
    looked = notebook.execute("b", LOOK)
    assert looked.results == ["observed\nappend flags\nappend corrected\n"]


def test_a_cell_in_the_middle_goes_on_from_there_in_a_new_kernel(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("b", APPLY)
    notebook.restart_kernel()
    notebook.execute("c", Op("append", "x", text="weights"))
    assert notebook.x == ["append flags", "append corrected", "append weights"]


def test_a_new_cell_above_others_finds_what_stands_above_it(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("c", APPLY)
    notebook.order = ("a", "b", "c")
    notebook.execute("b", Op("append", "x", text="weights"))
    assert notebook.x == ["append flags", "append weights"]


def test_what_a_deleted_cell_did_is_undone(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("b", APPLY)
    notebook.deleted = frozenset({"a"})
    notebook.execute("b", APPLY)
    assert notebook.x == ["append corrected"]


def test_a_tool_in_a_cell_is_a_part_of_the_cell(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("b", Op("edit", "x", text="by hand"))
    notebook.execute("c", APPLY)
    notebook.execute("b", Op("edit", "x", text="by hand"), APPLY)
    assert notebook.x == ["append flags", "edit by hand", "append corrected"]
    notebook.execute("a", FLAG)
    assert notebook.x == ["append flags"]


def test_a_change_from_outside_is_where_a_path_begins_anew(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    (notebook.live / "x").write_text("another observation\n")
    done = notebook.execute("a", FLAG)
    assert notebook.x == ["append flags"]
    assert "x was changed outside of the pipeline" in done.notes[0]


def test_a_restored_checkpoint_is_recognised(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    before = (notebook.live / "x").read_text()
    notebook.execute("b", APPLY)
    (notebook.live / "x").write_text(before)
    assert notebook.execute("a", FLAG).verdicts == [Verdict.CACHED]
    assert notebook.x == ["append flags"]


def test_restart_puts_everything_back_and_undo_brings_it_forward(notebook: Notebook) -> None:
    notebook.execute("a", FLAG)
    notebook.execute("b", SOLVE, APPLY)
    left = notebook.x
    assert {each.path.name for each in notebook.session.restart()} == {"x", "gains"}
    assert notebook.x == []
    assert not (notebook.live / "gains").exists()
    assert {each.name for each in notebook.session.undo()} == {"x", "gains"}
    assert notebook.x == left
    with pytest.raises(UnknownStepError, match="nothing to undo"):
        notebook.session.undo()


def test_one_path_is_rewound(notebook: Notebook) -> None:
    notebook.execute("a", FLAG, SOLVE)
    notebook.session.rewind(notebook.live / "x")
    assert notebook.x == []
    assert (notebook.live / "gains").exists()
    with pytest.raises(UnknownStepError, match="nothing to put back"):
        notebook.session.rewind(notebook.live / "y")
