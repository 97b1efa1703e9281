"""The graph of a pipeline as it stands: steps, the states of paths between them, what is stale.

A step depends on the step that left the state that it read. Edges lead from earlier to later steps
only, so a graph has no circles; whoever read a state that no step before it left, read a source.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recompute.graphs import roles, staleness
from recompute.graphs.makers import Makers
from recompute.graphs.order import in_place
from recompute.model import ABSENT, Change, StateId, Step, Verdict


@dataclass(frozen=True, slots=True)
class Edge:
    """A state of a path on its way to a step that read it.

    Attributes
    ----------
    origin : int or None
        Index of the node that left the state; None for a source.
    target : int
        Index of the node that read it.
    change : Change
        What the target did with it; its ``before`` is the state.
    """

    origin: int | None
    target: int
    change: Change


@dataclass(frozen=True, slots=True)
class Node:
    """A step in the graph.

    Attributes
    ----------
    index : int
        Position, from 0.
    stale : str
        Why its outcome is not what it would be now; empty if it is.
    """

    index: int
    step: Step
    stale: str = ""

    @property
    def is_root(self) -> bool:
        """Whether it is stale by itself, and not because a step before it is."""
        return bool(self.stale) and not self.stale.endswith(staleness.UPSTREAM)


@dataclass(frozen=True, slots=True)
class Product:
    """What a path is after all steps.

    Attributes
    ----------
    origin : int
        Index of the node that left it.
    size : int
        In bytes.
    """

    path: str
    state: StateId
    origin: int
    size: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps and the states between them.

    Attributes
    ----------
    nodes : tuple of Node
        In the order in which they follow from each other.
    sources : tuple of (str, StateId)
        Paths, and the states in which they were found, that no step before left.
    products : tuple of Product
        What is there after the last step.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sources: tuple[tuple[str, StateId], ...]
    products: tuple[Product, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the nodes."""
        return tuple(each.step for each in self.nodes)


def graph_of(history: Iterable[Step]) -> Graph:
    """Return the graph of one pipeline as it stands.

    Parameters
    ----------
    history : iterable of Step
        All that is known of the pipeline, the earliest first: what no longer stands is not drawn,
        but shows what has become stale.
    """
    past = list(history)
    makers = Makers(past)
    steps = in_place(past, makers)
    edges = _edges(steps)
    reasons = staleness.reasons(steps, past, makers, _origins(edges, len(steps)))
    return Graph(
        nodes=tuple(Node(n, step, reasons.get(n, "")) for n, step in enumerate(steps)),
        edges=edges,
        sources=tuple(dict.fromkeys(_source(each) for each in edges if each.origin is None)),
        products=_products(steps),
    )


def _source(edge: Edge) -> tuple[str, StateId]:
    return edge.change.path, edge.change.before


def _edges(steps: Sequence[Step]) -> tuple[Edge, ...]:
    left: dict[tuple[str, StateId], int] = {}
    edges: list[Edge] = []
    for index, step in enumerate(steps):
        edges.extend(
            Edge(left.get((each.path, each.before)), index, each) for each in roles.inputs(step)
        )
        if step.verdict is not Verdict.FAILED:
            left.update(((each.path, each.after), index) for each in roles.outputs(step))
    return tuple(edges)


def _origins(edges: Iterable[Edge], count: int) -> list[list[int]]:
    origins: list[list[int]] = [[] for _ in range(count)]
    for each in edges:
        if each.origin is not None:
            origins[each.target].append(each.origin)
    return origins


def _products(steps: Sequence[Step]) -> tuple[Product, ...]:
    last: dict[str, Product] = {}
    for index, step in enumerate(steps):
        for change in roles.outputs(step):
            if step.verdict is not Verdict.FAILED:
                last[change.path] = Product(change.path, change.after, index, change.size)
    return tuple(each for each in last.values() if each.state != ABSENT)
