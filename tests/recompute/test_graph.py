"""The graph shows what follows from what, and what is out of date."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from recompute.graphs import Graph, graph_of
from recompute.graphs.lanes import Run, layout
from recompute.model import Step, Verdict
from tests_recompute_steps import Desk, steps_of, vla, vla_twice


def edges(graph: Graph) -> set[tuple[str, str, str]]:
    """Return edges as (task and number that left it, last name of the path, who read it)."""

    def named(index: int | None) -> str:
        return "" if index is None else f"{graph.steps[index].task} {graph.steps[index].number}"

    return {
        (named(each.origin), each.change.path.rpartition("/")[2], named(each.target))
        for each in graph.edges
    }


def stale(graph: Graph) -> dict[str, str]:
    return {
        f"{each.step.task} {each.step.number}": each.stale for each in graph.nodes if each.stale
    }


def notebook(**changed: object) -> Desk:
    desk = Desk(pipeline="/home/ann/3c391/vla.ipynb")
    vla(desk, cells=True, **changed)
    return desk


def rewind(desk: Desk, cell: str) -> None:
    """Put the paths that a cell changed back as it found them, as the engine does."""
    for step in reversed([each for each in desk.steps if each.place.cell == cell]):
        for change in step.changes:
            if change.use.writes:
                desk.files[change.path] = change.before


def test_a_step_depends_on_the_step_that_left_what_it_read() -> None:
    found = edges(graph_of(vla_twice()))
    assert ("", "data.ms", "listobs 1") in found
    assert ("setjy 3", "data.ms", "gaincal 4") in found
    assert ("gaincal 4", "G0", "bandpass 5") in found
    assert ("applycal 8", "data.ms", "split 9") in found
    assert ("flagdata 2", "data.ms", "gaincal 4") not in found


def test_sources_are_what_nobody_made_and_products_what_is_there() -> None:
    graph = graph_of(vla_twice())
    assert {path.rpartition("/")[2] for path, _ in graph.sources} == {"data.ms"}
    products = {each.path.rpartition("/")[2]: each for each in graph.products}
    assert {"data.ms", "G0", "B0", "img.image", "img.fits", "listobs.txt"} <= products.keys()
    assert graph.steps[products["data.ms"].origin].task == "applycal"


def test_what_failed_made_nothing() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, fails=True)
    assert graph_of(desk.steps).products == ()


def test_a_script_has_nothing_stale() -> None:
    assert stale(graph_of(vla_twice(applycal_interp=["nearest"]))) == {}


def test_what_used_a_calibration_that_is_made_anew_is_stale() -> None:
    desk = notebook()
    rewind(desk, "c")
    desk.files[desk.path("data.ms")] = desk.steps[2].changes[0].after
    desk.do(
        "gaincal", read={"vis": "data.ms"}, write={"caltable": "G0"}, cell="c", field="FRINGE",
        calmode="p", solint="60s",
    )  # fmt: skip
    found = stale(graph_of(desk.steps))
    assert (
        found["bandpass 5"] == "G0 is newer: gaincal [14] ran again with solint='60s' (was 'int')"
    )
    assert found["gaincal 6"] == "bandpass [5] before it is stale"
    assert not {"gaincal 14", "setjy 3", "listobs 1"} & found.keys()


def test_a_cell_that_is_executed_again_keeps_its_place() -> None:
    desk = notebook()
    before = [each.task for each in graph_of(desk.steps).steps]
    rewind(desk, "c")
    desk.files[desk.path("data.ms")] = desk.steps[2].changes[0].after
    desk.do("gaincal", read={"vis": "data.ms"}, write={"caltable": "G0"}, cell="c", solint="60s")
    assert [each.task for each in graph_of(desk.steps).steps] == before


def test_the_same_calibration_made_again_leaves_nothing_stale() -> None:
    desk = notebook()
    rewind(desk, "c")
    desk.files[desk.path("data.ms")] = desk.steps[2].changes[0].after
    again = desk.do(
        "gaincal", read={"vis": "data.ms"}, write={"caltable": "G0"}, cell="c", field="FRINGE",
        calmode="p", solint="int",
    )  # fmt: skip
    assert again.verdict is Verdict.CACHED
    graph = graph_of(desk.steps)
    assert stale(graph) == {}
    assert ("gaincal 14", "G0", "bandpass 5") in edges(graph)


def test_what_used_a_step_that_was_taken_out_is_stale() -> None:
    desk = notebook()
    rewind(desk, "c")
    desk.do("listobs", read={"vis": "data.ms"}, cell="c")
    assert (
        stale(graph_of(desk.steps))["bandpass 5"]
        == "G0 was made by gaincal [4], which is no longer there"
    )


def test_a_step_that_left_its_path_as_it_was_is_stale_by_the_step_before_it() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    desk.do("setjy", update={"vis": "x.ms"}, cell="a", field="0")
    step = desk.do("flagdata", update={"vis": "x.ms"}, cell="b")
    same = replace(step.changes[0], after=step.changes[0].before)
    desk.steps[-1] = replace(step, changes=(same,))
    rewind(desk, "a")
    desk.do("setjy", update={"vis": "x.ms"}, cell="a", field="1")
    assert stale(graph_of(desk.steps)) == {
        "flagdata 2": "x.ms is newer: setjy [3] ran again with field='1' (was '0')"
    }


def test_who_goes_back_up_in_a_notebook_reads_on() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    desk.do("listobs", read={"vis": "x.ms"}, cell="a")
    desk.do("flagdata", update={"vis": "x.ms"}, cell="b")
    desk.do("listobs", read={"vis": "x.ms"}, cell="a")
    graph = graph_of(desk.steps)
    assert [each.task for each in graph.steps] == ["flagdata", "listobs"]
    assert ("flagdata 2", "x.ms", "listobs 3") in edges(graph)


def test_two_kernels_on_one_notebook_lose_no_step() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    for n in range(3):
        for run, cell in (("r1", "a"), ("r2", "b")):
            desk.run = run
            desk.do("flagdata", update={"vis": "x.ms"}, cell=cell, n=n)
    assert len(graph_of(desk.steps).nodes) == 6


def test_a_drawing_has_one_lane_per_live_path() -> None:
    plan = layout(graph_of(vla_twice()))
    assert plan.columns == 4  # data.ms and at most three of the others live at once
    by_task = {f"{each.node.step.task} {each.node.step.number}": each for each in plan.rows}
    assert by_task["flagdata 2"].column == by_task["applycal 8"].column == 0
    assert by_task["gaincal 4"].column != 0
    assert [each.run for each in by_task["imstat 12"].strokes] == [Run.THROUGH, Run.ENTER]


@given(steps_of())
def test_every_graph_is_acyclic_and_has_every_standing_step_once(steps: list[Step]) -> None:
    graph = graph_of(steps)
    assert all(each.origin is None or each.origin < each.target for each in graph.edges)
    assert max(Counter(map(id, graph.steps)).values(), default=1) == 1
    assert [each.index for each in graph.nodes] == list(range(len(graph.nodes)))


@given(steps_of())
def test_lanes_hang_together(steps: list[Step]) -> None:
    rows = layout(graph_of(steps)).rows
    downward = {Run.THROUGH, Run.BELOW, Run.LEAVE, Run.ONWARD}
    upward = {Run.THROUGH, Run.ABOVE, Run.ENTER}
    for above, below in pairwise(rows):
        begun = {each.column for each in below.strokes if each.run is Run.BEGIN}
        goes = {(each.column, each.hue) for each in above.strokes if each.run in downward}
        comes = {
            (each.column, each.hue)
            for each in below.strokes
            if each.run in upward and each.column not in begun
        }
        assert goes == comes
