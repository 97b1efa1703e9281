"""Flags on disk: read and written in pieces, while nobody else can write."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from casacore import tables
from numpy.typing import NDArray

from casa_plots.errors import PlotError
from casa_plots.flagging.layout import Layout, column_at, pieces, put_at
from casa_plots.flagging.marks import Integers, Marks, unpack
from casa_plots.tables import Table, first_line

Bools = NDArray[np.bool_]

ROW: Final = "FLAG_ROW"
_PAUSE: Final = 0.2  # s, between two looks whether a table is free


class FlaggingError(PlotError):
    """Flags cannot be changed; they are as they were."""


@contextmanager
def writable(path: Path, patience: float) -> Iterator[Table]:
    """Open a table for writing, alone, and close it.

    Raises
    ------
    FlaggingError
        It cannot be written, or somebody else works on it.
    """
    try:
        # Without a lock for reading, opening waits for nobody, and can be interrupted.
        table = tables.table(str(path), ack=False, readonly=False, lockoptions="usernoread")
    except RuntimeError as error:
        raise FlaggingError(
            f"{path} cannot be written ({first_line(error)}): flag a copy of it, or ask its owner "
            "for the right to write. Nothing was changed."
        ) from error
    try:
        _lock(table, path, patience)
        yield table
        table.flush()
        table.unlock()
    finally:
        table.close()


def _lock(table: Table, path: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        table.lock(write=True, nattempts=1)
        if table.haslock(write=True):
            return
        if time.monotonic() >= end:
            raise FlaggingError(
                f"Another process works on {path} and has locked it: wait until it is done, or "
                "close the table there. Nothing was changed."
            )
        time.sleep(_PAUSE)


@dataclass(frozen=True, slots=True)
class Flags:
    """Flags of some rows: (rows, channels, correlations), and of whole rows if there are such."""

    cells: Bools
    whole: Bools | None

    @property
    def effective(self) -> Bools:
        """What counts as flagged."""
        if self.whole is None or not self.whole.any():
            return self.cells
        return self.cells | self.whole[:, None, None]


def read(layout: Layout, table: Table, rows: Integers) -> Flags:
    """Return the flags of ascending rows of one shape."""
    whole = column_at(table, ROW, rows) if ROW in layout.columns else None
    return Flags(column_at(table, "FLAG", rows, together=layout.uniform), whole)


def write(layout: Layout, table: Table, rows: Integers, flags: Flags) -> None:
    """Write the flags of ascending rows of one shape."""
    put_at(table, "FLAG", rows, flags.cells, together=layout.uniform)
    if flags.whole is not None and ROW in layout.columns:
        put_at(table, ROW, rows, flags.whole)


def changed(flags: Flags, rows: Integers, marks: Marks, number: int, *, flag: bool) -> Flags:
    """Return flags with the marked ones set or cleared; a row of which all are set is flagged.

    A row without marks stays as it is, bit by bit, and so does one that would not change.
    """
    marked = marks.get(number)
    here, places = marked.of(rows) if marked is not None else (np.zeros(0, np.int64),) * 2
    if marked is None or not len(here):
        return flags
    chosen = unpack(marked.bits[places], marked.cell)
    whole = None if flags.whole is None else flags.whole[here]
    before = Flags(flags.cells[here], whole).effective
    after = before | chosen if flag else before & ~chosen
    touched = (after != before).any(axis=(1, 2))
    cells = flags.cells.copy()
    cells[here[touched]] = after[touched]
    if flags.whole is None:
        return Flags(cells, None)
    rows_flagged = flags.whole.copy()
    rows_flagged[here[touched]] = after[touched].all(axis=(1, 2))
    return Flags(cells, rows_flagged)


def marked_pieces(layout: Layout, marks: Marks) -> Iterator[tuple[int, Integers]]:
    """Yield the rows that have marks, some at a time."""
    for number, marked in marks.items():
        # No piece reaches over more rows than fit into memory, however few of them are marked.
        part = marked.rows // layout.step
        for rows in np.split(marked.rows, np.flatnonzero(np.diff(part)) + 1):
            yield number, rows


class Digest:
    """What tells one state of all flags from another."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, flags: Flags) -> None:
        """Add the flags of the next piece."""
        self._hash.update(np.packbits(flags.cells).tobytes())
        if flags.whole is not None:
            self._hash.update(np.packbits(flags.whole).tobytes())

    def done(self) -> str:
        """Return it."""
        return self._hash.hexdigest()


def digest(layout: Layout, table: Table) -> str:
    """Return the digest of a table's flags."""
    found = Digest()
    for _, rows in pieces(layout, table):
        found.add(read(layout, table, rows))
    return found.done()
