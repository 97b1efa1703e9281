"""What files of a casacore table mean, read with python-casacore.

A table is never opened where it is: casacore would open its lock file, and closing that drops
the locks that this process holds through CASA's own tools (POSIX locks belong to the process,
fcntl(2)). Its files are linked, without the lock, into a directory of our own, and the table is
opened there.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import numpy as np
from blake3 import blake3

from recompute.content.reading import bytes_of
from recompute.model import Digest

_TO_OPEN: Final = re.compile(r"table\.(dat|info|f\d+.*)")

_AT_ONCE: Final = 16 << 20
"""Bytes of cells that are read together."""

_UNINITIALISED: Final = frozenset({"nantenna", "lastfieldid", "lastmsid"})
"""What casacore's FTMachine::toRecord saves of a gridder that has seen no data yet; it is whatever
was in the memory (seen in SOURCE_MODEL: nantenna of 32, 240 and 4734 for 27 antennas)."""

_FREE_MEMORY: Final = b"memavail"

Rename = Callable[[str], str]


def keywords(directory: Path, tables: "Tables") -> Digest | None:
    """Return the digest of a `table.dat` with the memory that was free when it was made left out.

    Returns
    -------
    Digest or None
        None if all its bytes count.

    Raises
    ------
    RuntimeError, ValueError, ImportError
        It cannot be read as a table.
    """
    content = bytes_of(directory / "table.dat")
    if _FREE_MEMORY not in content:
        return None
    written = tables.at(directory).getkeywords().get("miscinfo", {})
    memory, request = written.get("memavail"), written.get("memreq")
    if not isinstance(memory, float) or not isinstance(request, float):
        return None
    # The two stand together, after the names of all fields; of single or double precision.
    for form in (">f", ">d"):
        before, value = struct.pack(form, request), struct.pack(form, memory)
        if content.count(before + value) == 1:
            masked = content.replace(before + value, before + bytes(len(value)))
            return Digest(blake3(masked).hexdigest())
    return None


def cells(directory: Path, numbers: Sequence[int], rename: Rename, tables: "Tables") -> Digest:
    """Return the digest of all cells that some storage managers of a table keep.

    Parameters
    ----------
    directory : Path
        The table.
    numbers : sequence of int
        The storage managers', as in their files' names.
    rename : callable
        Gives what a string within a record means.
    tables : Tables
        Opens it.

    Raises
    ------
    RuntimeError, ValueError, TypeError, KeyError, ImportError
        They cannot be read.
    """
    hasher = blake3()
    table = tables.at(directory)
    for manager in sorted(table.getdminfo().values(), key=lambda each: each["SEQNR"]):
        if manager["SEQNR"] not in numbers:
            continue
        for column in sorted(manager["COLUMNS"]):
            _feed(hasher, [column, table.coldatatype(column), table.nrows()], str)
            for value in _values(table, column):
                _feed(hasher, value, rename)
    return Digest(hasher.hexdigest())


class Tables:
    """Opens tables for reading, away from their lock files; one at a time, when it is asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._directory: Path | None = None
        self._table: Any = None  # casacore has no types

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def at(self, directory: Path) -> Any:  # noqa: ANN401 - casacore has no types
        """Return the open table of a directory; the one that was open before is closed."""
        if directory != self._directory:
            self._stack.close()
            self._directory = None
            self._table = self._opened(directory)
            self._directory = directory
        return self._table

    def _opened(self, directory: Path) -> Any:  # noqa: ANN401 - as above
        from casacore.tables import table  # noqa: PLC0415 - only a changed table needs it; 0.2 s

        place = self._stack.enter_context(TemporaryDirectory(prefix="recompute-"))
        for file in directory.absolute().iterdir():
            if _TO_OPEN.fullmatch(file.name):
                Path(place, file.name).symlink_to(file)
        opened = table(place, ack=False, readonly=True, lockoptions="usernoread")
        self._stack.callback(opened.close)
        return opened


def _values(table: Any, column: str) -> Iterator[object]:  # noqa: ANN401 - casacore has no types
    """Give the cells of a column, many at once where all have one shape."""
    rows = table.nrows()
    step = _rows_at_once(table, column)
    for start in range(0, rows, step):
        count = min(step, rows - start)
        if step > 1:
            try:
                yield table.getcol(column, start, count)
            except RuntimeError:
                # Some have other shapes, or none: the cells say so one by one.
                pass
            else:
                continue
        for row in range(start, start + count):
            yield table.getcell(column, row) if table.iscelldefined(column, row) else None


def _rows_at_once(table: Any, column: str) -> int:  # noqa: ANN401 - casacore has no types
    """Return how many cells of a column fit into what is read together."""
    if table.coldatatype(column) == "record" or not table.nrows():
        return 1
    if not table.iscelldefined(column, 0):
        return 1024
    return max(1, _AT_ONCE // max(1024, np.asarray(table.getcell(column, 0)).nbytes))


def _feed(hasher: blake3, value: object, rename: Rename) -> None:
    """Add a value of a cell, marked so that no two different values give the same bytes."""
    if isinstance(value, dict):
        counted = sorted((str(name), part) for name, part in value.items())
        counted = [(name, part) for name, part in counted if name not in _UNINITIALISED]
        hasher.update(b"{%d" % len(counted))
        for name, part in counted:
            _feed(hasher, name, str)
            _feed(hasher, part, rename)
    elif isinstance(value, list | tuple):
        hasher.update(b"[%d" % len(value))
        for part in value:
            _feed(hasher, part, rename)
    elif isinstance(value, str):
        _bytes(hasher, b"s", rename(value).encode())
    elif value is None:
        hasher.update(b"-")
    else:
        _array(hasher, np.asarray(value))


def _array(hasher: blake3, array: Any) -> None:  # noqa: ANN401 - of any kind
    """Add an array of numbers, or of strings."""
    if array.dtype.hasobject or array.dtype.kind in "US":
        _feed(hasher, [list(array.shape), [str(each) for each in array.ravel()]], str)
        return
    _bytes(hasher, b"a", f"{array.dtype.str}{array.shape}".encode())
    _bytes(hasher, b"b", np.ascontiguousarray(array).tobytes())


def _bytes(hasher: blake3, mark: bytes, content: bytes) -> None:
    """Add bytes with their number."""
    hasher.update(b"%b%d:" % (mark, len(content)))
    hasher.update(content)
