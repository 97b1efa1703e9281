"""A table, as HTML for the notebook and as text for everything else: pure functions.

Styles are inline and name JupyterLab's own variables: they follow the theme, and survive the
sanitizer. The script that sorts does not survive it; the table is then simply readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

# More makes the browser slow; whoever wants to read them all has the text.
ROWS_SHOWN: Final = 500

_FONT: Final = "font-family:var(--jp-code-font-family, monospace)"
_SIZE: Final = "font-size:var(--jp-code-font-size, 12px)"
_FAINT: Final = "color:var(--jp-ui-font-color2, #808080)"
_LINE: Final = "1px solid var(--jp-border-color2, #a0a0a0)"
# Short, because every cell repeats it: the sanitizer leaves no style sheet.
_CELL: Final = "padding:1px 6px;white-space:pre"
# The headings stay in sight when rows are scrolled below them.
_STICKY: Final = "position:sticky;top:0;background:var(--jp-layout-color0, Canvas)"
_HEAD: Final = f"{_CELL};border-bottom:{_LINE};{_FAINT};font-weight:600;{_STICKY}"
_SCROLL: Final = "max-height:36em;overflow:auto;margin:2px 0 6px 0"
_TABLE: Final = f"border-collapse:collapse;{_SIZE};{_FONT};margin:0;background:none"
_SUMMARY: Final = f"cursor:pointer;font-family:var(--jp-ui-font-family, sans-serif);{_SIZE}"
_PRE: Final = f"{_SCROLL};padding:0;background:none;white-space:pre;line-height:1.3;{_SIZE};{_FONT}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        Its heading.
    unit : str
        Unit of its values, empty if they have none.
    numeric : bool
        Whether it holds numbers: they stand at the right and are sorted by value. A value may carry
        a sign of its own behind the number, such as ``%``.
    """

    name: str
    unit: str = ""
    numeric: bool = False

    @property
    def heading(self) -> str:
        """Name and unit, such as ``width (kHz)``."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of values that are formatted already.

    Attributes
    ----------
    title : str
        What the rows are.
    columns : tuple of Column
        Shape (columns,).
    rows : tuple of tuple of str
        Shape (rows, columns).
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Listing:
    """What a task lists: a heading, its tables, and the text.

    Attributes
    ----------
    title : str
        The line above.
    tables : tuple of Table
        In the order in which they are shown.
    text : str
        CASA's own text; the tables as text where CASA has none.
    """

    title: str
    tables: tuple[Table, ...]
    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude  # both kinds are small
        return listing_bundle(self)


def listing(title: str, tables: Sequence[Table], text: str = "") -> Listing:
    """Return a listing of the tables that have rows; their text where none is given."""
    kept = tuple(table for table in tables if table.rows)
    return Listing(title, kept, text or "\n\n".join([title, *map(table_text, kept)]))


def without_empty_columns(table: Table) -> Table:
    """Return the table without the columns in which no row has a value."""
    kept = [n for n in range(len(table.columns)) if any(row[n] for row in table.rows)]
    return Table(
        table.title,
        tuple(table.columns[n] for n in kept),
        tuple(tuple(row[n] for n in kept) for row in table.rows),
    )


def table_text(table: Table) -> str:
    """Return the whole table as text, aligned with spaces."""
    headings = [column.heading for column in table.columns]
    lines = [headings, *([_one_line(value) for value in row] for row in table.rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headings))]
    return "\n".join([table.title, *(_aligned(line, widths, table.columns) for line in lines)])


def table_html(table: Table, limit: int = ROWS_SHOWN) -> str:
    """Return the table as HTML that the script of `sort_script` makes sortable.

    Parameters
    ----------
    table : Table
        Every value in it is escaped here.
    limit : int
        Rows shown; a sentence says how many there are if it is fewer than all.
    """
    heads = "".join(_head(column) for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(map(_cell, row, table.columns))}</tr>" for row in table.rows[:limit]
    )
    return (
        f'<div style="{_SCROLL}"><table data-casa-sortable="" style="{_TABLE}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"{_omission(len(table.rows), limit)}</div>"
    )


def listing_html(shown: Listing, limit: int = ROWS_SHOWN) -> str:
    """Return the listing as HTML: title, tables that can be folded, the text folded."""
    parts = [
        folded(_count(table), table_html(table, limit), is_open=True) for table in shown.tables
    ]
    text = folded("Text", f'<pre style="{_PRE}">{escape(shown.text)}</pre>', is_open=not parts)
    title = f'<div style="font-weight:600;{_SUMMARY};cursor:auto">{escape(shown.title)}</div>'
    return f"<div>{title}{''.join(parts)}{text}{sort_script()}</div>"


def listing_bundle(shown: Listing) -> dict[str, str]:
    """Return the listing for display, MIME type to content."""
    return {"text/plain": shown.text, "text/html": listing_html(shown)}


def folded(summary: str, html: str, *, is_open: bool) -> str:
    """Return HTML that a click on its summary, which is text, shows or hides."""
    state = " open" if is_open else ""
    return (
        f'<details{state}><summary style="{_SUMMARY}">{escape(summary)}</summary>{html}</details>'
    )


@cache
def sort_script() -> str:
    """Return the ``<script>`` that lets a click on a heading sort; harmless when repeated."""
    return f"<script>{files(__package__).joinpath('sort.js').read_text('utf-8')}</script>"


def _one_line(value: str) -> str:
    return " ".join(value.splitlines())


def _aligned(values: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    cells = [
        value.rjust(width) if column.numeric else value.ljust(width)
        for value, width, column in zip(values, widths, columns, strict=True)
    ]
    return ("  " + "  ".join(cells)).rstrip()


def _side(column: Column) -> str:
    return "right" if column.numeric else "left"


def _head(column: Column) -> str:
    kind = "number" if column.numeric else "text"
    style = f"{_HEAD};text-align:{_side(column)}"
    return f'<th scope="col" data-kind="{kind}" style="{style}">{escape(column.heading)}</th>'


def _cell(value: str, column: Column) -> str:
    return f'<td style="{_CELL};text-align:{_side(column)}">{escape(value)}</td>'


def _count(table: Table) -> str:
    rows = len(table.rows)
    return f"{table.title} · {rows} row" + ("" if rows == 1 else "s")


def _omission(rows: int, limit: int) -> str:
    if rows <= limit:
        return ""
    sentence = f"The first {limit} of {rows} rows are shown; the text has all of them."
    return f'<div style="{_FAINT};{_SIZE}">{sentence}</div>'
