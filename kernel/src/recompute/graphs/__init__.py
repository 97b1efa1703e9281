"""The graph of a reduction as it stands: drawn, exported, and explained.

Made from the history alone; it reads no data and computes nothing again.
"""

from recompute.graphs.causes import Cause
from recompute.graphs.explanation import Explanation, explain
from recompute.graphs.finding import find
from recompute.graphs.nodes import Edge, Graph, Node, Product, graph_of
from recompute.graphs.reruns import RunDifference, last_difference
from recompute.graphs.svg import svg
from recompute.graphs.view import GraphView

__all__ = [
    "Cause",
    "Edge",
    "Explanation",
    "Graph",
    "GraphView",
    "Node",
    "Product",
    "RunDifference",
    "explain",
    "find",
    "graph_of",
    "last_difference",
    "svg",
]
