"""Opening a table to look at it, beside whoever works on it."""

from pathlib import Path
from typing import Any


def opened_unlocked(path: Path | str) -> Any:  # noqa: ANN401 - python-casacore ships no types
    """Return a table for reading, without a lock: nobody waits for this, nor this for anybody.

    Raises
    ------
    RuntimeError
        It cannot be opened.
    """
    # Loaded with the first table: it brings OpenMP, which reads OMP_NUM_THREADS only once, and
    # `casa_kernel.site.defaults` sets that later than this module is imported.
    from casacore.tables import table  # noqa: PLC0415

    return table(str(path), ack=False, lockoptions={"option": "usernoread"})
