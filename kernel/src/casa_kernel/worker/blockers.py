"""Who keeps a table locked that a task is about to open: CASA would wait for it without a word."""

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

# struct flock of Linux: type, whence, start, length, pid.
_FLOCK: Final = struct.Struct("hhqqi4x")
# casacore locks the first byte of this file of a table (casacore::LockFile).
_LOCK_FILE: Final = "table.lock"


def notices(task: str, values: Iterable[object], *, writes: bool) -> Iterator[str]:
    """Yield a sentence for each table that another process keeps from the task.

    Parameters
    ----------
    task : str
        Its name.
    values : iterable
        Its arguments; those that name a table are looked at.
    writes : bool
        Whether it needs the table for itself.

    Notes
    -----
    To close a lock file drops all locks that the process has on it: call this before CASA has any.
    """
    for path in _tables(values):
        pid = _blocker(path / _LOCK_FILE, fcntl.F_WRLCK if writes else fcntl.F_RDLCK)
        if pid is not None:
            yield (
                f"{path} is locked by {_described(pid)}: {task} waits until it is free. Close the "
                "table there, or interrupt this cell."
            )


def _tables(values: Iterable[object]) -> Iterator[Path]:
    for value in values:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if isinstance(name, str) and name and _is_file(Path(name, _LOCK_FILE)):
                yield Path(name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # the value is no name of a file: too long, or with a null byte


def _blocker(lock_file: Path, kind: int) -> int | None:
    descriptor = None
    with suppress(PermissionError):  # a table that cannot be locked is locked by nobody
        descriptor = os.open(lock_file, os.O_RDWR)
    if descriptor is None:
        return None
    try:
        asked = _FLOCK.pack(kind, os.SEEK_SET, 0, 1, 0)
        found, _whence, _start, _length, pid = _FLOCK.unpack(
            fcntl.fcntl(descriptor, fcntl.F_GETLK, asked)
        )
    finally:
        os.close(descriptor)
    return None if found == fcntl.F_UNLCK else pid


def _described(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"process {pid} ({process.name()} of {process.username()})"
    except (psutil.Error, ValueError):
        return "a process that cannot be seen from here"
