"""A MeasurementSet for CASA to open that nobody else has a lock on.

CASA's tools wait for as long as a task holds a table, which is the whole task. So they are given a
directory of links to the table's files, with locks of its own; nothing is written but those.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_LOCK: Final = "table.lock"


@contextmanager
def unlocked(path: Path) -> Iterator[Path]:
    """Make the directory, and remove it at the end; the table's own files stay."""
    with TemporaryDirectory(prefix="casa_plots-") as place:
        view = Path(place) / "unlocked.ms"
        _link(path.resolve(), view)
        yield view


def _link(table: Path, view: Path) -> None:
    view.mkdir()
    for entry in os.scandir(table):
        target = view / entry.name
        if entry.name == _LOCK:
            shutil.copyfile(entry.path, target)
        elif entry.is_dir() and (Path(entry.path) / "table.dat").exists():
            _link(Path(entry.path), target)
        else:
            target.symlink_to(entry.path)
