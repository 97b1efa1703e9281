"""One page of a table: which rows are asked for, and what they hold."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casa_kernel.listings.cells import ColumnInfo, column_cells, column_info
from casa_kernel.listings.reader import TableError, TableTool, reading
from casa_kernel.listings.table import Column, Table
from casa_kernel.listings.values import text


@dataclass(frozen=True, slots=True)
class View:
    """What of a table is shown.

    Attributes
    ----------
    name : str
        The table.
    columns : tuple of str
        Columns in the order shown; all if empty.
    query : str
        TaQL condition that rows fulfil; empty for all.
    sort : str
        TaQL list of what rows are sorted by, such as ``TIME DESC, ANTENNA1``; empty for as stored.
    """

    name: str
    columns: tuple[str, ...] = ()
    query: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What was read.

    Attributes
    ----------
    stored : int
        Rows of the table.
    selected : int
        Rows that the view selects.
    start : int
        Number of the first row shown, counted among the selected ones.
    rows : Table
        The rows; the first column holds their numbers in the table.
    columns : tuple of ColumnInfo
        Every column of the table.
    keywords : mapping
        The table's keywords.
    """

    stored: int
    selected: int
    start: int
    rows: Table
    columns: tuple[ColumnInfo, ...]
    keywords: Mapping[str, object]


def select(make_table: Callable[[], TableTool], view: View) -> np.ndarray | None:
    """Return the numbers of the rows that a view selects, shape (rows,); None for all as stored.

    Raises
    ------
    TableError
        There is no table, or casacore does not understand the TaQL.
    """
    if not view.query and not view.sort:
        return None
    with reading(make_table, view.name) as tool:
        try:
            found = tool.query(query=view.query, sortlist=view.sort)
        except RuntimeError as error:
            raise _taql_error(view, error, tool.colnames()) from error
        try:
            return np.asarray(found.rownumbers())
        finally:
            found.close()


def read_page(
    make_table: Callable[[], TableTool],
    view: View,
    selection: np.ndarray | None,
    start: int,
    count: int,
) -> Page:
    """Read one page; only its rows are read.

    Parameters
    ----------
    make_table : callable
        ``casatools.table``.
    view : View
        What is shown.
    selection : numpy.ndarray or None
        From `select`.
    start, count : int
        First row, counted among the selected ones, and how many at most.

    Raises
    ------
    TableError
        There is no table, no such column, or no such row.
    """
    with reading(make_table, view.name) as tool:
        stored = int(tool.nrows())
        selected = stored if selection is None else len(selection)
        refuse_if_outside(view.name, start, count, selected)
        numbers = _numbers(selection, start, min(start + count, selected))
        infos = {name: column_info(tool, name) for name in tool.colnames()}
        shown = [infos[name] for name in _columns(view, list(infos))]
        rows = _rows(tool, numbers, shown)
        return Page(stored, selected, start, rows, tuple(infos.values()), tool.getkeywords())


def refuse_if_outside(name: str, start: int, count: int, selected: int) -> None:
    """Raise a `TableError` unless the page begins at a row that there is."""
    if count < 1:
        raise TableError(f"A page of {count} rows is empty: give rows=1 or more.")
    if start < 0 or (start >= selected and start > 0):
        have = f"rows 0 to {selected - 1}" if selected else "no rows"
        raise TableError(f"{name!r} shows {have}; a page cannot start at row {start}.")


def keyword_table(keywords: Mapping[str, object]) -> Table:
    """Return the keywords that are no subtables."""
    plain = set(keywords) - set(subtables(keywords))
    rows = tuple((name, text(value)) for name, value in keywords.items() if name in plain)
    return Table("Keywords", (Column("keyword"), Column("value")), rows)


def subtables(keywords: Mapping[str, object]) -> list[str]:
    """Return the names of keywords that hold a subtable."""
    return [name for name, value in keywords.items() if str(value).startswith("Table: ")]


def column_table(columns: Sequence[ColumnInfo]) -> Table:
    """Return what the table says of its columns."""
    headings = ("column", "type", "dimensions", "unit", "measure", "comment", "storage manager")
    rows = tuple(
        (
            each.name,
            each.kind,
            each.dimensions,
            each.units,
            each.measure,
            each.comment,
            each.manager,
        )
        for each in columns
    )
    return Table("Columns", tuple(map(Column, headings)), rows)


def _numbers(selection: np.ndarray | None, start: int, end: int) -> list[int]:
    return list(range(start, end)) if selection is None else selection[start:end].tolist()


def _rows(tool: TableTool, numbers: list[int], columns: Sequence[ColumnInfo]) -> Table:
    headings = (Column("row", numeric=True), *(column.heading for column in columns))
    if not numbers:
        return Table("Rows", headings)
    wanted = tool.selectrows(numbers)
    try:
        cells = [column_cells(wanted, column) for column in columns]
    finally:
        wanted.close()
    return Table("Rows", headings, tuple(zip(map(str, numbers), *cells, strict=True)))


def _columns(view: View, present: list[str]) -> Sequence[str]:
    for name in view.columns:
        if name not in present:
            raise TableError(
                f"{view.name!r} has no column {name!r}{_nearest(name, present)}. "
                f"It has {', '.join(present)}."
            )
    return view.columns or present


def _nearest(name: str, present: list[str]) -> str:
    near = difflib.get_close_matches(name.upper(), present, n=1)
    return f"; {near[0]!r} is like it" if near else ""


def _taql_error(view: View, error: RuntimeError, columns: list[str]) -> TableError:
    # casacore repeats the whole command on its first line.
    reason = " ".join(str(error).strip().splitlines()[1:]) or str(error)
    given = " and ".join(
        f"{word}={value!r}" for word, value in (("query", view.query), ("sort", view.sort)) if value
    )
    return TableError(
        f"casacore does not understand {given}: {reason.strip()}. A query is a TaQL condition such "
        f"as 'FIELD_ID==1 && ANTENNA1==0'; columns are {', '.join(columns)}."
    )
