"""The drawing as plain text: for a terminal, a log, or a screen reader."""

from collections.abc import Sequence
from typing import Final

from recompute.graphs.details import flow, reason, times, verdict
from recompute.graphs.lanes import Row, Run, Stroke, layout
from recompute.graphs.looks import headline, look
from recompute.graphs.nodes import Graph
from recompute.graphs.words import label

_DOWN: Final = {Run.THROUGH, Run.ONWARD, Run.LEAVE, Run.BELOW}


def plain(graph: Graph) -> str:
    """Return a graph as lines of ASCII lanes and words, one line per step."""
    plan = layout(graph)
    heads = [label(each.step) + "  " + flow(each.step) for each in graph.nodes]
    width = min(60, max(map(len, heads), default=0))
    lines = [
        f"{_lanes(row, plan.columns)} {head:{width}}  {_end(row)}".rstrip()
        for row, head in zip(plan.rows, heads, strict=True)
    ]
    return "\n".join([headline(graph), *lines])


def _end(row: Row) -> str:
    told = [verdict(row.node), *times(row.node)]
    why = reason(row.node)
    return ", ".join(each for each in told if each) + (f" ({why})" if why else "")


def _lanes(row: Row, columns: int) -> str:
    signs = [" "] * (2 * columns)
    for stroke in row.strokes:
        if stroke.run in {Run.THROUGH, Run.ONWARD}:
            signs[2 * stroke.column] = "|"
    bends = [each for each in row.strokes if each.run in {Run.ENTER, Run.LEAVE}]
    for stroke in bends:
        _across(signs, stroke.column, row.column)
    for stroke in bends:
        signs[2 * stroke.column] = _corner(stroke, row.strokes)
    signs[2 * row.column] = look(row.node).sign
    return "".join(signs)


def _across(signs: list[str], column: int, node: int) -> None:
    first, last = sorted((2 * column, 2 * node))
    for n in range(first + 1, last):
        signs[n] = "+" if signs[n] in "|+" else "-"


def _corner(stroke: Stroke, strokes: Sequence[Stroke]) -> str:
    runs = {each.run for each in strokes if each.column == stroke.column}
    if Run.ENTER in runs and runs & _DOWN:
        return "|"
    return "'" if Run.ENTER in runs else "."
