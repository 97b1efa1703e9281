"""The object that `browsetable` returns: a page of a table of any size, and the ways on."""

from collections.abc import Callable
from dataclasses import replace
from html import escape

import numpy as np

from casa_kernel.listings.page import (
    View,
    column_table,
    keyword_table,
    read_page,
    refuse_if_outside,
    select,
    subtables,
)
from casa_kernel.listings.reader import TableError, TableTool
from casa_kernel.listings.table import (
    Listing,
    folded,
    listing,
    sort_script,
    table_html,
    table_text,
)
from casa_kernel.listings.walk import walk


class Browser:
    """A page of a table, which shows itself; other pages are other objects.

    Nothing stays open: a page is read when its object is made, and the table is closed again.

    Parameters
    ----------
    make_table : callable
        ``casatools.table``.
    view : View
        What is shown.
    start, rows : int
        First row, counted among the selected ones, and rows of a page.
    selection : numpy.ndarray, optional
        Row numbers from an earlier page of the same view, so that a query is answered once.
    """

    def __init__(
        self,
        make_table: Callable[[], TableTool],
        view: View,
        *,
        start: int = 0,
        rows: int,
        selection: np.ndarray | None = None,
    ) -> None:
        self._make_table = make_table
        self._view = view
        self._count = rows
        self._selection = select(make_table, view) if selection is None else selection
        self._page = read_page(make_table, view, self._selection, start, rows)

    def next(self) -> "Browser":
        """Return the next page; on the last one an error says that it is the last."""
        return self._at(self._page.start + self._count)

    def previous(self) -> "Browser":
        """Return the page before; on the first one an error says so."""
        if self._page.start == 0:
            raise TableError(f"This is the first page of {self._view.name!r}.")
        return self._at(max(0, self._page.start - self._count))

    def page(self, number: int) -> "Browser":
        """Return a page by its number, counted from 1."""
        if not 1 <= number <= self.pages:
            raise TableError(f"{self._view.name!r} has pages 1 to {self.pages}, not {number}.")
        return self._at((number - 1) * self._count)

    def subtable(self, name: str) -> "Browser":
        """Return the first page of a subtable, such as ``FIELD``."""
        if name not in self.subtables:
            known = ", ".join(self.subtables) or "none"
            raise TableError(f"{self._view.name!r} has no subtable {name!r}; it has {known}.")
        return Browser(self._make_table, View(f"{self._view.name}/{name}"), rows=self._count)

    def where(self, query: str = "", sort: str = "") -> "Browser":
        """Return the first page of the rows that fulfil another query, or in another order."""
        view = replace(self._view, query=query, sort=sort)
        return Browser(self._make_table, view, rows=self._count)

    def walk(self) -> None:
        """Page in place: a question below the page asks for the next one, until it is ``q``."""
        # A kernel exchanges `input` for its own while a cell runs.
        walk(self, input)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self._page.selected // self._count))

    @property
    def subtables(self) -> list[str]:
        """Names for `subtable`."""
        return subtables(self._page.keywords)

    @property
    def structure(self) -> Listing:
        """Columns and keywords, which show themselves."""
        tables = [column_table(self._page.columns), keyword_table(self._page.keywords)]
        return listing(self._view.name, tables)

    @property
    def title(self) -> str:
        """Which rows of what, such as ``x.ms · rows 0-49 of 22653 · page 1 of 454``."""
        page, view = self._page, self._view
        last = page.start + len(page.rows.rows) - 1
        shown = f"rows {page.start}-{last} of {page.selected}" if page.rows.rows else "no rows"
        number = page.start // self._count + 1
        parts = [view.name, shown, f"page {number} of {self.pages}"]
        if view.query:
            parts.append(f"where {view.query} ({page.stored} rows in all)")
        if view.sort:
            parts.append(f"by {view.sort}")
        return " · ".join(parts)

    def __repr__(self) -> str:
        return f"{self.title}\n{table_text(self._page.rows).partition(chr(10))[2]}\n{self._ways()}"

    def _repr_html_(self) -> str:
        parts = [folded(self.title, table_html(self._page.rows, self._count), is_open=True)]
        parts += [
            folded(f"{table.title} ({len(table.rows)})", table_html(table), is_open=False)
            for table in self.structure.tables
        ]
        ways = f'<div style="color:var(--jp-ui-font-color2, #808080)">{escape(self._ways())}</div>'
        return f"<div>{''.join(parts)}{ways}{sort_script()}</div>"

    def _ways(self) -> str:
        more = f" Subtables: {', '.join(self.subtables)}." if self.subtables else ""
        return (
            "Go on with .walk(), .next(), .previous(), .page(n), .where('FIELD_ID==1'), "
            f".subtable(name), .structure.{more}"
        )

    def _at(self, start: int) -> "Browser":
        refuse_if_outside(self._view.name, start, self._count, self._page.selected)
        return Browser(
            self._make_table,
            self._view,
            start=start,
            rows=self._count,
            selection=self._selection,
        )
