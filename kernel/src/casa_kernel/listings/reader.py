"""Opening a casacore table to read it, without a lock that another process would wait for.

It is done with CASA's own ``table`` tool, not with python-casacore: POSIX drops a process's locks
on a file as soon as any part of the process closes it, so a second library that opens and closes a
table takes away the lock that a tool of the first one holds on it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from casa_kernel.errors import CasaKernelError

# Nobody reads a half-written cell for it: a page is small, and casacore checks what it reads.
_NO_LOCK: Final = {"option": "usernoread"}

TableTool = Any
"""An instance of ``casatools.table``; casatools ships no types."""


class TableError(CasaKernelError):
    """A table cannot be read as asked."""


def table_path(name: str) -> Path:
    """Return the directory of a table that is named ``x.ms``, ``x.ms/FIELD`` or ``x.ms::FIELD``.

    Raises
    ------
    TableError
        There is no table.
    """
    path = Path(name.replace("::", "/")).expanduser()
    if (path / "table.dat").is_file():
        return path
    if not path.exists():
        raise TableError(
            f"There is no {name!r}: check the name; relative ones start in {Path.cwd()}."
        )
    raise TableError(
        f"{name!r} is not a casacore table (it has no table.dat): give a MeasurementSet, an image, "
        "a calibration table or a subtable such as 'x.ms/FIELD'."
    )


@contextmanager
def reading(make: Callable[[], TableTool], name: str) -> Iterator[TableTool]:
    """Open a table for reading, and close it whatever happens.

    Parameters
    ----------
    make : callable
        ``casatools.table``.
    name : str
        See `table_path`.

    Raises
    ------
    TableError
        There is no table, or casacore cannot open it.
    """
    path = table_path(name)
    tool = make()
    try:
        tool.open(str(path), nomodify=True, lockoptions=_NO_LOCK)
    except RuntimeError as error:
        raise TableError(
            f"{name!r} cannot be opened ({str(error).strip()}): if another program "
            "is writing it, try again when it has finished."
        ) from error
    try:
        yield tool
    finally:
        tool.close()
