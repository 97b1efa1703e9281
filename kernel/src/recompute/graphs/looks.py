"""How a step looks: a shape and a colour for what became of it, chosen to be told apart by all.

Colours are of middle lightness, with at least three times the contrast of both a white and a
nearly black page (WCAG 2.2, 1.4.11), because a picture inside a notebook does not learn its theme.
They follow Okabe and Ito's set for colour-blind readers, and no meaning hangs on colour alone.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recompute.graphs.nodes import Graph, Node
from recompute.graphs.words import amount, duration
from recompute.model import Verdict


class Shape(StrEnum):
    """What is drawn for a step."""

    RING = "ring"
    DISC = "disc"
    DIAMOND = "diamond"
    CROSS = "cross"
    TRIANGLE = "triangle"


@dataclass(frozen=True, slots=True)
class Look:
    """Shape, colour, sign in plain text, and word."""

    shape: Shape
    colour: str
    sign: str
    word: str


LOOKS: Final = {
    Verdict.CACHED: Look(Shape.RING, "#009270", "o", "cached"),
    Verdict.COMPUTED: Look(Shape.DISC, "#2179b5", "*", "computed"),
    Verdict.UNMEMOISED: Look(Shape.DIAMOND, "#808080", "-", "not memoised"),
    Verdict.FAILED: Look(Shape.CROSS, "#d5402b", "x", "failed"),
}
STALE: Final = Look(Shape.TRIANGLE, "#c77700", "!", "stale")

HUES: Final = (
    "#5b8fc9",
    "#c9784a",
    "#4fa087",
    "#a877b8",
    "#a58b3f",
    "#c06a86",
    "#5d9aa8",
    "#8a8a8a",
)
"""Of lanes; which strand has which says nothing, so they may repeat."""


def look(node: Node) -> Look:
    """Return how a step looks; being stale matters more than how it was come by."""
    if node.stale and node.step.verdict is not Verdict.FAILED:
        return STALE
    return LOOKS[node.step.verdict]


def present(graph: Graph) -> list[Look]:
    """Return the looks that a graph's steps have, for a legend."""
    used = {look(each).word for each in graph.nodes}
    return [each for each in (*LOOKS.values(), STALE) if each.word in used]


def saved(node: Node) -> float:
    """Return how many seconds a step did not take because it was cached."""
    if node.step.verdict is not Verdict.CACHED:
        return 0.0
    return max(0.0, node.step.cost - node.step.seconds)


def headline(graph: Graph) -> str:
    """Return how many steps there are, and what they took, saved and stored."""
    count = len(graph.nodes)
    words = [each.word for each in (look(node) for node in graph.nodes)]
    tally = ", ".join(f"{words.count(each.word)} {each.word}" for each in present(graph))
    told = [f"{count} step{'' if count == 1 else 's'}" + (f": {tally}" if tally else "")]
    told.append(f"took {duration(sum(each.step.seconds for each in graph.nodes))}")
    spared = sum(saved(each) for each in graph.nodes)
    told.extend([f"saved {duration(spared)}"] if spared else [])
    told.append(f"stored {amount(sum(each.step.stored for each in graph.nodes))}")
    return " · ".join(told)
