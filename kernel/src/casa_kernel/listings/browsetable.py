"""``browsetable``: paging through a table of any size, in a notebook and in a terminal."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from casa_kernel.listings.browser import Browser

_ROWS: Final = 50


def table_browser(make_table: Callable[[], Any]) -> Callable[..., "Browser"]:
    """Return ``browsetable``, which opens tables with a tool of CASA's.

    Parameters
    ----------
    make_table : callable
        ``casatools.table``.
    """

    def browsetable(
        tablename: str,
        start: int = 0,
        rows: int = _ROWS,
        columns: Sequence[str] = (),
        query: str = "",
        sort: str = "",
    ) -> "Browser":
        """Show a page of a casacore table: a MeasurementSet, an image, a calibration table.

        Parameters
        ----------
        tablename : str
            The table; ``x.ms/FIELD`` or ``x.ms::FIELD`` for a subtable.
        start : int
            Number of the first row shown, counted among the selected ones.
        rows : int
            Rows of a page; no others are read.
        columns : sequence of str
            Columns shown, all if empty.
        query : str
            TaQL condition, such as ``FIELD_ID==1 && ANTENNA1!=ANTENNA2``.
        sort : str
            TaQL order, such as ``TIME DESC, ANTENNA1``.

        Returns
        -------
        Browser
            The page, which shows itself. ``.next()``, ``.page(n)`` and ``.subtable(name)`` go on.

        Raises
        ------
        TableError
            There is no such table, column or row, or casacore does not understand the TaQL.
        """
        from casa_kernel.listings.browser import Browser  # noqa: PLC0415 - the kernel starts sooner
        from casa_kernel.listings.page import View  # noqa: PLC0415 - as above

        named = (columns,) if isinstance(columns, str) else tuple(columns)
        view = View(str(tablename), named, query, sort)
        return Browser(make_table, view, start=start, rows=rows)

    return browsetable
