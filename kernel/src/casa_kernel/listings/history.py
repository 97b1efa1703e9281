"""Histories of MeasurementSets and images, because ``listhistory`` says them to the log only."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from casa_kernel.listings.reader import TableTool, reading
from casa_kernel.listings.table import Column, Listing, Table, listing
from casa_kernel.listings.values import time_text

_VIS_COLUMNS: Final = (
    Column("time", "UTC"),
    Column("origin"),
    Column("priority"),
    Column("message"),
)
_IMAGE_COLUMNS: Final = (Column("line", "", True), Column("message"))


def vis_history(vis: str, make_table: Callable[[], TableTool]) -> Listing:
    """Return the history of a MeasurementSet, read from its subtable HISTORY.

    Parameters
    ----------
    vis : str
        The MeasurementSet.
    make_table : callable
        ``casatools.table``.
    """
    with reading(make_table, f"{vis}/HISTORY") as tool:
        names = ("TIME", "ORIGIN", "PRIORITY", "MESSAGE")
        columns = [tool.getcol(name) for name in names] if tool.nrows() else [[]] * len(names)
    rows = tuple(
        (time_text(float(time)), str(origin), str(priority), str(message))
        for time, origin, priority, message in zip(*columns, strict=True)
    )
    text = "\n".join(f"{time}  {origin}: {message}" for time, origin, _, message in rows)
    return listing(f"History of {vis}", [Table("Entries", _VIS_COLUMNS, rows)], text)


def image_history(name: str, make_image: Callable[[], Any]) -> Listing:
    """Return the history of an image.

    Parameters
    ----------
    name : str
        The image.
    make_image : callable
        ``casatools.image``.
    """
    tool = make_image()
    try:
        tool.open(name)
        lines = tool.history(list=False)
    finally:
        tool.done()
    return listing(f"History of {name}", [_lines(lines)], "\n".join(lines))


def _lines(lines: Iterable[str]) -> Table:
    rows = tuple((str(number), line) for number, line in enumerate(lines, 1))
    return Table("Lines", _IMAGE_COLUMNS, rows)
