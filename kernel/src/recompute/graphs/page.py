"""The drawing in a notebook: a row per step that opens on a click or a key, without a script.

Each row is a ``<details>``; its piece of the drawing is a picture in the row. JupyterLab takes
``<svg>`` out of what it does not trust, but leaves pictures, ``<details>`` and plain styles, so
somebody else's notebook shows the same as one's own. What it strips there, colours by variables
and the style sheet, only adds the theme and what happens under the pointer.
"""

from base64 import b64encode
from html import escape
from typing import Final

from recompute.graphs.details import Detail, details, flow, reason, remark, times, verdict
from recompute.graphs.lanes import Row, layout
from recompute.graphs.looks import Look, headline, look, present
from recompute.graphs.nodes import Graph, Node
from recompute.graphs.strokes import ROW_HEIGHT, Scale, passing_marks, row_marks, shape
from recompute.graphs.words import label

_FAINT: Final = "opacity:0.65"
_NUMBER: Final = f"text-align:right;white-space:nowrap;{_FAINT}"
_CLIPPED: Final = "overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_LINE: Final = "border-top:1px solid #80808040"
_GRID: Final = (
    "display:grid;grid-template-columns:{columns};"
    f"column-gap:10px;align-items:center;cursor:pointer;height:{ROW_HEIGHT}px;"
    f"line-height:{ROW_HEIGHT}px"
)
_TABLE: Final = (
    "display:grid;column-gap:16px;line-height:1.4;word-break:break-all;"
    "font-size:12px;font-family:monospace"
)
_STYLE: Final = """<style>
.recompute-graph summary::marker { content: "" }
.recompute-graph summary:hover { background: var(--jp-layout-color2, #8882) }
.recompute-graph summary:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2);
 outline-offset: -2px }
</style>"""


def page(graph: Graph) -> str:
    """Return a graph as HTML for a notebook."""
    plan = layout(graph)
    scale = Scale(plan.columns)
    grid = _GRID.format(columns=_columns(graph, scale))
    rows = "".join(_row(row, scale, grid) for row in plan.rows)
    return (
        f"{_STYLE}"
        '<div class="recompute-graph" style="max-width:960px;'
        'font-family:var(--jp-ui-font-family, system-ui);font-size:13px">'
        f'<div style="margin:4px 0px">{_text(headline(graph))}</div>'
        f'<div style="margin:0px 0px 6px 0px">{_legend(graph)}</div>{rows}</div>'
    )


def _columns(graph: Graph, scale: Scale) -> str:
    """Return the columns' widths; what no step has takes no room."""
    words = max((len(verdict(each)) for each in graph.nodes), default=0)
    told = [times(each) for each in graph.nodes]
    saved = 98 * any(spared for _, spared, _ in told)
    stored = 62 * any(kept for _, _, kept in told)
    return f"{scale.width}px minmax(0px,1fr) {16 + 7 * words}px 66px {saved}px {stored}px"


def _legend(graph: Graph) -> str:
    return "".join(
        f'<span style="margin-right:16px">{_glyph(each)} '
        f'<span style="{_FAINT}">{each.word}</span></span>'
        for each in present(graph)
    )


def _glyph(of: Look) -> str:
    picture = _picture(shape(of, 7, 7), 14, 14)
    style = "vertical-align:middle;margin:0px"
    return f'<img alt="" width="14" height="14" src="{picture}" style="{style}">'


def _row(row: Row, scale: Scale, grid: str) -> str:
    node = row.node
    took, spared, stored = times(node)
    marks = _picture(row_marks(row, scale), scale.width, ROW_HEIGHT)
    return (
        f'<details style="margin:0px"><summary style="{grid}" title="{_text(reason(node))}">'
        f'<img alt="{look(node).word}" width="{scale.width}" height="{ROW_HEIGHT}" src="{marks}" '
        'style="display:block;margin:0px;max-width:none">'
        f'<span style="{_CLIPPED}"><b>{_text(label(node.step))}</b>'
        f'<span style="margin-left:10px;{_FAINT}">{_text(flow(node.step))}</span>'
        f"{_remark(node)}</span>"
        f'<span style="{_CLIPPED};color:{look(node).colour}">{_text(verdict(node))}</span>'
        f'<span style="text-align:right;white-space:nowrap">{took}</span>'
        f'<span style="{_NUMBER}">{spared}</span><span style="{_NUMBER}">{stored}</span></summary>'
        f"{_opened(row, scale)}</details>"
    )


def _remark(node: Node) -> str:
    """Return why a step needs attention, for its row; what only follows from others is quiet."""
    told = remark(node)
    style = f"margin-left:10px;color:{look(node).colour}"
    return f'<span style="{style}">{_text(told)}</span>' if told else ""


def _opened(row: Row, scale: Scale) -> str:
    """Return what a click shows; the lanes that go on are drawn beside it."""
    on = _picture(passing_marks(row, scale), scale.width, ROW_HEIGHT)
    why = reason(row.node)
    told = (
        f'<div style="margin:4px 0px;color:{look(row.node).colour}">{_text(why)}</div>'
        if why
        else ""
    )
    return (
        f'<div style="padding:2px 0px 8px {scale.width + 8}px;'
        f'background:url({on}) repeat-y left top">{told}'
        f"{''.join(_table(each) for each in details(row.node))}</div>"
    )


def _table(detail: Detail) -> str:
    """Return a table as a grid: cells without a style of their own keep a notebook small."""
    names = [each for each in detail.columns if each]
    head = "".join(f'<span style="{_FAINT}">{each}</span>' for each in names)
    cells = "".join(f"<span>{_text(each)}</span>" for row in detail.rows for each in row)
    widths = " minmax(0px,max-content)" + " max-content" * (len(detail.columns) - 2)
    return (
        f'<div style="margin:6px 0px 0px 0px;{_LINE};{_FAINT}">{detail.title}</div>'
        f'<div style="{_TABLE};grid-template-columns:max-content{widths}">{head}{cells}</div>'
    )


def _picture(marks: str, width: int, height: int) -> str:
    """Return SVG elements as the address of a picture that is inside the page."""
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{marks}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(whole.encode()).decode()}"


def _text(of: str) -> str:
    return escape(of)
