"""Letting go of tables that the notebook reads, so that a task may write them.

Tools and python-casacore keep a lock on a table after they have read it, until somebody asks; but a
notebook that waits for its next cell answers nobody. Before a task starts in its own process, this
one therefore gives up every lock that it can take again by itself (casacore: "auto locking").
"""

import gc
import os
import sys
from typing import Final, Protocol

_DESCRIPTORS: Final = "/proc/self/fd"


class TableTool(Protocol):
    """What is used of casatools' ``table``, which ships no types."""

    def clearlocks(self) -> bool:
        """Give up the automatic locks of all tables."""


class CasacoreTable(Protocol):
    """What is used of python-casacore's ``table``, which ships no types."""

    def haslock(self, write: bool) -> bool:
        """Whether the table is locked; a RuntimeError if it is closed."""

    def unlock(self) -> None:
        """Write out what is pending and unlock."""


def relinquish(table_tool: TableTool) -> None:
    """Write out what is pending and unlock all tables of this process; they stay open.

    Parameters
    ----------
    table_tool : casatools.table
        Any one: its ``clearlocks`` means every table that casatools has open.
    """
    table_tool.clearlocks()
    tables = sys.modules.get("casacore.tables")
    if tables is not None and _has_lock_files():
        # python-casacore brings a casacore of its own, which does not tell what is open.
        for thing in gc.get_objects():
            if isinstance(thing, tables.table):
                _unlock(thing)


def _unlock(table: CasacoreTable) -> None:
    try:
        if table.haslock(write=False):
            table.unlock()
    except RuntimeError:
        return  # it is closed


def _has_lock_files() -> bool:
    """Whether this process has any table's lock file open: to look for tables takes much longer."""
    with os.scandir(_DESCRIPTORS) as links:
        return any(_target(each.path).endswith("/table.lock") for each in links)


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - a hundred of them, before every task
    except FileNotFoundError:
        return ""  # the descriptor by which the directory itself is read
