"""Tables of casacore's, opened so that nobody who writes them is in the way, or is hindered."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from casacore import tables

from casa_plots.errors import MissingDataError

# No lock is asked for: a task that writes holds one for as long as it runs, and what is read while
# it does is as good as what is read between two locks.
UNLOCKED: Final = "usernoread"


class Kind(StrEnum):
    """What a table holds."""

    MEASUREMENT_SET = "MeasurementSet"
    CALIBRATION = "calibration table"
    OTHER = "table"


# The methods of casacore's tables are not typed.
Table = Any


@contextmanager
def opened(path: Path | str) -> Iterator[Table]:
    """Open a table for reading and close it.

    Raises
    ------
    MissingDataError
        There is no such table.
    """
    if not Path(path).exists():
        raise MissingDataError(f"There is no {path}: name a MeasurementSet or calibration table.")
    try:
        table = tables.table(str(path), ack=False, readonly=True, lockoptions=UNLOCKED)
    except RuntimeError as error:
        raise MissingDataError(
            f"{path} is not a table that can be read ({first_line(error)}): name the directory of "
            "a MeasurementSet or calibration table."
        ) from error
    try:
        yield table
    finally:
        table.close()


@contextmanager
def subtable(table: Table, name: str) -> Iterator[Table]:
    """Open a subtable of an open table and close it.

    Raises
    ------
    MissingDataError
        It has no such subtable.
    """
    if name not in table.keywordnames():
        raise MissingDataError(f"{table.name()} has no subtable {name}: it is not complete.")
    with opened(table.getkeyword(name).removeprefix("Table: ")) as found:
        yield found


def kind_of(path: Path) -> Kind:
    """Return what a table holds.

    Raises
    ------
    MissingDataError
        There is no such table.
    """
    with opened(path) as table:
        names = set(table.keywordnames())
    if "MS_VERSION" in names:
        return Kind.MEASUREMENT_SET
    return Kind.CALIBRATION if {"ParType", "VisCal"} <= names else Kind.OTHER


def first_line(error: Exception) -> str:
    """Return the first line of what casacore or CASA said."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
