"""Where the lines of a drawing run: one lane per live strand of paths, a row per step.

Pure geometry in columns and rows, without sizes or colours. A lane lives from the step that makes
its strand, or reads it first, to the last step that touches it; then its column is free for others.
A step sits on the lane of its main output; one that changes nothing sits beside the lanes.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from recompute.graphs import roles
from recompute.graphs.nodes import Edge, Graph, Node
from recompute.model import ABSENT, Change


class Run(StrEnum):
    """How a lane crosses a row."""

    THROUGH = "through"
    """From top to bottom, past the step."""
    ABOVE = "above"
    """From the top to the step, in the step's own column."""
    BELOW = "below"
    """From the step to the bottom, in the step's own column."""
    ENTER = "enter"
    """From the top, with a bend, to the step."""
    LEAVE = "leave"
    """From the step, with a bend, to the bottom."""
    BEGIN = "begin"
    """A source is seen here first: a mark at the top; the other lines of the lane follow it."""
    ONWARD = "onward"
    """From a source's mark to the bottom."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A piece of a lane in one row.

    Attributes
    ----------
    hue : int
        Number of the strand, for its colour.
    dashed : bool
        Whether the state that it brings is no longer there.
    """

    run: Run
    column: int
    hue: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What is drawn for one step."""

    node: Node
    column: int
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing.

    Attributes
    ----------
    columns : int
        How many there are.
    """

    rows: tuple[Row, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class _Lane:
    strand: str
    start: int
    end: int
    source: bool
    column: int = -1


def layout(graph: Graph) -> Layout:
    """Return where every line and step of a graph's drawing is."""
    strands = roles.strands(graph.steps)
    hues = {strand: n for n, strand in enumerate(dict.fromkeys(strands.values()))}
    lanes, columns = _in_columns(_lanes(graph, strands), graph, strands)
    gone = _gone(graph, strands)
    rows = [_row(node, lanes, columns[node.index], strands, hues, gone) for node in graph.nodes]
    used = [each.column for each in lanes] + list(columns)
    return Layout(tuple(rows), max(used, default=0) + 1)


def home(node: Node, strands: Mapping[str, str]) -> str:
    """Return the strand on whose lane a step sits; empty if it changes nothing."""
    written = roles.outputs(node.step)
    known_by = roles.main(node.step)
    return strands[known_by.path] if written and known_by is not None else ""


def _lanes(graph: Graph, strands: Mapping[str, str]) -> list[_Lane]:
    """Return the lanes; a strand that is made anew begins another one."""
    lanes: dict[str, _Lane] = {}
    ended: list[_Lane] = []
    for node in graph.nodes:
        for strand, changes in _by_strand(node, strands).items():
            known = lanes.get(strand)
            depends = any(each.use.depends and each.before != ABSENT for each in changes)
            if known is not None and depends:
                lanes[strand] = replace(known, end=node.index)
            else:
                ended.extend([known] if known is not None else [])
                lanes[strand] = _Lane(strand, node.index, node.index, source=depends)
    return sorted([*ended, *lanes.values()], key=lambda each: (each.start, not each.source))


def _by_strand(node: Node, strands: Mapping[str, str]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in filter(roles.is_there, node.step.changes):
        found.setdefault(strands[change.path], []).append(change)
    return found


def _in_columns(
    lanes: Sequence[_Lane], graph: Graph, strands: Mapping[str, str]
) -> tuple[list[_Lane], list[int]]:
    """Give each lane and each step the leftmost column that is free while it lives."""
    placed: list[_Lane] = []
    columns: list[int] = []
    live: list[_Lane] = []
    for node in graph.nodes:
        live = [each for each in live if each.end >= node.index]
        at_home = home(node, strands)
        for lane in (each for each in lanes if each.start == node.index):
            if lane.end > lane.start or lane.strand == at_home or lane.source:
                live.append(replace(lane, column=_free(live)))
                placed.append(live[-1])
        own = next((each.column for each in live if each.strand == at_home), None)
        columns.append(_free(live) if own is None else own)
    return placed, columns


def _free(live: Sequence[_Lane]) -> int:
    taken = {each.column for each in live}
    return next(n for n in range(len(taken) + 1) if n not in taken)


def _gone(graph: Graph, strands: Mapping[str, str]) -> set[tuple[int, str]]:
    """Return the strands, by the step that read them, of which another state is there by now."""
    made: set[str] = set()
    gone: set[tuple[int, str]] = set()
    read = _edges_by_target(graph)
    for node in graph.nodes:
        for edge in read[node.index]:
            old = edge.origin is None and edge.change.path in made
            if node.stale and (old or (edge.origin is not None and graph.nodes[edge.origin].stale)):
                gone.add((node.index, strands[edge.change.path]))
        made |= {each.path for each in roles.outputs(node.step)}
    return gone


def _edges_by_target(graph: Graph) -> list[list[Edge]]:
    found: list[list[Edge]] = [[] for _ in graph.nodes]
    for each in graph.edges:
        found[each.target].append(each)
    return found


def _row(
    node: Node,
    lanes: Sequence[_Lane],
    column: int,
    strands: Mapping[str, str],
    hues: Mapping[str, int],
    gone: Container[tuple[int, str]],
) -> Row:
    touched = _by_strand(node, strands)
    strokes: list[Stroke] = []
    for lane in (each for each in lanes if each.start <= node.index <= each.end):
        runs = _runs(lane, node, touched.get(lane.strand, []), own=lane.column == column)
        old = (node.index, lane.strand) in gone
        strokes.extend(
            Stroke(run, lane.column, hues[lane.strand], old and run in {Run.ENTER, Run.ABOVE})
            for run in runs
        )
    return Row(node, column, tuple(strokes))


def _runs(lane: _Lane, node: Node, changes: Sequence[Change], *, own: bool) -> list[Run]:
    came = lane.start < node.index or lane.source
    goes = lane.end > node.index
    begins = [Run.BEGIN] if lane.source and lane.start == node.index else []
    if not changes:
        return [Run.THROUGH]
    if own:
        return begins + [Run.ABOVE] * came + [Run.BELOW] * goes
    if any(each.use.writes for each in changes):
        return begins + [Run.ENTER] * came + [Run.LEAVE] * goes
    past = Run.ONWARD if begins else Run.THROUGH
    return [*begins, *[past] * goes, Run.ENTER]
