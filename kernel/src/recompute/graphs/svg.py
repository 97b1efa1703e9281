"""The whole drawing as one SVG: stands alone as a file, or in a page of any theme."""

from html import escape
from typing import Final

from recompute.graphs.details import flow, remark, times, tooltip, verdict
from recompute.graphs.lanes import Layout, Row, layout
from recompute.graphs.looks import headline, look, present
from recompute.graphs.nodes import Graph
from recompute.graphs.strokes import MIDDLE, ROW_HEIGHT, Scale, row_marks, shape
from recompute.graphs.words import label, shortened

WIDTH: Final = 900
"""Pixels: what a notebook has for an output on a laptop."""
_TOP: Final = 58
_COLUMNS: Final = (560, 742, 828, 892)
_NAME: Final = 32
"""Letters of a step's name that are shown."""
_GLYPH: Final = 6.6
"""Pixels of a letter at 12 px, on the average of the usual sans-serif fonts."""

# In a notebook JupyterLab's variables know the theme; a file has only the reader's preference.
_STYLE: Final = """
.recompute-graph { font: 12px var(--jp-ui-font-family, system-ui, sans-serif) }
.recompute-graph .ink { fill: var(--jp-ui-font-color1, #1f1f1f) }
.recompute-graph .faint { fill: var(--jp-ui-font-color2, #666) }
.recompute-graph .name { font-weight: 600 }
.recompute-graph .end { text-anchor: end; font-variant-numeric: tabular-nums }
.recompute-graph .row:hover .back { fill: #8881 }
.recompute-graph .back { fill: transparent }
@media (prefers-color-scheme: dark) {
  .recompute-graph .ink { fill: var(--jp-ui-font-color1, #e6e6e6) }
  .recompute-graph .faint { fill: var(--jp-ui-font-color2, #a0a0a0) }
}
"""


def svg(graph: Graph) -> str:
    """Return a graph's drawing, about 900 pixels wide; each step's details are its tooltip."""
    plan = layout(graph)
    scale = Scale(plan.columns)
    shift = max(0, scale.width - 150)
    width = WIDTH + shift
    height = _TOP + ROW_HEIGHT * len(plan.rows) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="recompute-graph" role="img" '
        f'aria-label="{_text(headline(graph))}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><style>{_STYLE}</style>'
        f"{_head(graph)}{_body(plan, scale, shift)}</svg>"
    )


def _head(graph: Graph) -> str:
    """Return the headline and the legend."""
    parts = [f'<text class="ink" x="8" y="18">{_text(headline(graph))}</text>']
    x = 14.0
    for each in present(graph):
        parts.append(shape(each, x, 36).replace('class="step" ', ""))
        parts.append(f'<text class="faint" x="{x + 10:g}" y="40">{each.word}</text>')
        x += 36 + _GLYPH * len(each.word)
    return "".join(parts)


def _body(plan: Layout, scale: Scale, shift: int) -> str:
    return "".join(
        f'<g class="row" transform="translate(0 {_TOP + n * ROW_HEIGHT})">'
        f"{_row(row, scale, shift)}</g>"
        for n, row in enumerate(plan.rows)
    )


def _row(row: Row, scale: Scale, shift: int) -> str:
    node = row.node
    base = MIDDLE + 4
    took, spared, stored = times(node)
    ends = [column + shift for column in _COLUMNS]
    left = scale.width + 12
    name = label(node.step)
    room = round((ends[0] - 40 - left) / _GLYPH) - min(_NAME, len(name))
    told = remark(node)
    about = f"{flow(node.step)}{' · ' if told else ''}{told}"
    about = about if len(about) <= room else f"{about[: max(8, room) - 1]}…"
    colour = look(node).colour
    return (
        f"<title>{_text(name)}: {_text(tooltip(node))}</title>"
        f'<rect class="back" x="0" y="0" width="{WIDTH + shift}" height="{ROW_HEIGHT}"/>'
        f"{row_marks(row, scale)}"
        f'<text class="ink" x="{left}" y="{base:g}"><tspan class="name">'
        f"{_text(shortened(name, _NAME))}</tspan>"
        f'<tspan class="faint" dx="10">'
        f"{_text(about)}</tspan></text>"
        f'<text x="{ends[0]}" y="{base:g}" fill="{colour}">{_text(verdict(node))}</text>'
        f'<text class="ink end" x="{ends[1]}" y="{base:g}">{took}</text>'
        f'<text class="faint end" x="{ends[2]}" y="{base:g}">{spared}</text>'
        f'<text class="faint end" x="{ends[3]}" y="{base:g}">{stored}</text>'
    )


def _text(of: str) -> str:
    return escape(of)
