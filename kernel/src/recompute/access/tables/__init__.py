"""What every task of casatasks reads and writes, one table for each field.

Facts were found by running each task (``tests/kernel/tasks_*.py``) on files whose every byte was
compared, and in CASA's own Python code, version 6.7.0.31. Where a task could not be run, it is said
to update what it may write, which is never wrong: what was there is then part of the key.
"""

from collections.abc import Mapping
from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.tables import (
    analysis,
    calibration,
    dish,
    flagging,
    imaging,
    importing,
    listing,
    manipulation,
    simulation,
)

_TABLES: Final = (
    importing,
    listing,
    flagging,
    calibration,
    manipulation,
    imaging,
    analysis,
    dish,
    simulation,
)

DECLARATIONS: Final[Mapping[str, Declaration]] = {
    each.task: each for table in _TABLES for each in table.DECLARATIONS
}
