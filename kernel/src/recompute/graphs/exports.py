"""A graph for other programs: JSON of our own, and Graphviz's DOT."""

import json
from typing import Any, Final

from recompute.graphs.looks import look, saved
from recompute.graphs.nodes import Graph, Node
from recompute.graphs.words import amount, label, name_of, state
from recompute.history import to_json as step_to_json

SCHEMA: Final = "recompute.graph/1"
"""Changes when a field is removed or means another thing; new fields may appear at any time."""


def to_json(graph: Graph) -> str:
    """Return a graph as JSON.

    Notes
    -----
    ``schema``: `SCHEMA`. ``nodes``: in order, each with ``index``, ``label``, ``stale`` (why, or
    empty), ``saved`` (seconds), and ``step``, the fields of `recompute.model.Step`. ``edges``:
    ``origin`` and ``target`` (indices of nodes; ``origin`` is null for a source), ``path`` and
    ``state``. ``sources``: ``path``, ``state``. ``products``: ``path``, ``state``, ``origin``,
    ``size`` (bytes).
    """
    return json.dumps(
        {
            "schema": SCHEMA,
            "nodes": [_node(each) for each in graph.nodes],
            "edges": [
                {
                    "origin": each.origin,
                    "target": each.target,
                    "path": each.change.path,
                    "state": each.change.before,
                }
                for each in graph.edges
            ],
            "sources": [{"path": path, "state": of} for path, of in graph.sources],
            "products": [
                {"path": each.path, "state": each.state, "origin": each.origin, "size": each.size}
                for each in graph.products
            ],
        },
        indent=1,
    )


def _node(node: Node) -> dict[str, Any]:
    return {
        "index": node.index,
        "label": label(node.step),
        "stale": node.stale,
        "saved": saved(node),
        "step": step_to_json(node.step),
    }


def to_dot(graph: Graph) -> str:
    """Return a graph in the language of Graphviz."""
    sources = {source: f"s{n}" for n, source in enumerate(graph.sources)}
    lines = ["digraph recompute {", '  node [fontname="sans-serif"];']
    for (path, of), name in sources.items():
        lines.append(f"  {name} [shape=folder, label={_quoted(name_of(path), state(of))}];")
    for node in graph.nodes:
        word = _quoted(label(node.step), look(node).word)
        lines.append(f'  n{node.index} [label={word}, color="{look(node).colour}"];')
    for edge in graph.edges:
        change = edge.change
        origin = sources[change.path, change.before] if edge.origin is None else f"n{edge.origin}"
        lines.append(f"  {origin} -> n{edge.target} [label={_quoted(name_of(change.path))}];")
    for n, product in enumerate(graph.products):
        word = _quoted(name_of(product.path), amount(product.size))
        lines.append(f"  p{n} [shape=folder, label={word}];")
        lines.append(f"  n{product.origin} -> p{n};")
    return "\n".join([*lines, "}", ""])


def _quoted(*lines: str) -> str:
    r"""Return lines as a string of DOT, in which ``\n`` ends a line."""
    clean = [each.replace("\\", "\\\\").replace('"', '\\"') for each in lines]
    return '"' + r"\n".join(clean) + '"'
