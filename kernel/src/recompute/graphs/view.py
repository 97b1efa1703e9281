"""What `recompute.graph()` returns: a graph that shows itself and goes to other programs."""

from collections.abc import Iterable
from pathlib import Path

from recompute.errors import PlaceError
from recompute.graphs.exports import to_dot, to_json
from recompute.graphs.nodes import Graph
from recompute.graphs.page import page
from recompute.graphs.plain import plain
from recompute.graphs.provenance import to_prov
from recompute.graphs.svg import svg


class GraphView:
    """A pipeline's graph.

    A notebook shows its HTML. There is no ``_repr_svg_``: a notebook would keep both, and
    JupyterLab shows no SVG that it does not trust.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __repr__(self) -> str:
        return plain(self.graph)

    def _repr_html_(self) -> str:
        return page(self.graph)

    def to_svg(self) -> str:
        """Return the drawing as an SVG file's text."""
        return svg(self.graph)

    def to_html(self) -> str:
        """Return a whole HTML page."""
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>recompute</title>'
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
            f'content="light dark"><body>{page(self.graph)}</body></html>'
        )

    def to_dot(self) -> str:
        """Return the graph in the language of Graphviz."""
        return to_dot(self.graph)

    def to_json(self) -> str:
        """Return the graph as JSON, by the schema of `recompute.graphs.exports.to_json`."""
        return to_json(self.graph)

    def to_prov(self, people: Iterable[str] = ()) -> str:
        """Return the graph as W3C PROV-JSON; people are named as agents beside the software."""
        return to_prov(self.graph, people)

    def save(self, path: Path | str) -> Path:
        """Write the graph to a file: ``.svg .html .dot .txt .prov.json .json``, by its suffix.

        Raises
        ------
        PlaceError
            The suffix is none of these, or the file cannot be written.
        """
        ways = {
            ".prov.json": self.to_prov,
            ".svg": self.to_svg,
            ".html": self.to_html,
            ".dot": self.to_dot,
            ".gv": self.to_dot,
            ".txt": self.__repr__,
            ".json": self.to_json,
        }
        place = Path(path)
        way = next((each for suffix, each in ways.items() if place.name.endswith(suffix)), None)
        if way is None:
            raise PlaceError(f"{place} has no suffix of a graph: use one of {' '.join(ways)}")
        try:
            place.write_text(way(), encoding="utf-8")
        except OSError as error:
            raise PlaceError(f"{place} cannot be written: {error.strerror}") from error
        return place
