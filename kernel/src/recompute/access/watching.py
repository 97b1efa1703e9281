"""What a task really wrote, seen by the files' times and sizes before and after it."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from recompute.model import Request

_Stamp = tuple[int, int, int, int]
"""Type, inode, size in bytes, time of change in ns; of a directory only its type."""

# What it holds is looked at itself, and a lock file changes its time.
_DIRECTORY: Final[_Stamp] = (stat.S_IFDIR, 0, 0, 0)

_MOST_FILES: Final = 4000
"""As many are looked at in 50 ms."""

# Written by CASA, Jupyter and IPython beside what a task is asked for.
_LITTER: Final = (
    "*.log",
    "*.last",
    "*.last.[0-9]*",
    ".ipynb_checkpoints",
    "*.ipynb",
    "table.lock",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a working directory looked.

    Attributes
    ----------
    stamps : mapping
        Absolute path to what tells it from another file of that name.
    complete : bool
        Whether every file below the directory is in it; else only what is at its top and below
        the touched paths is.
    """

    stamps: Mapping[str, _Stamp]
    complete: bool


def snapshot(directory: Path, touched: Iterable[Path] = (), *, most: int = _MOST_FILES) -> Snapshot:
    """Look at a working directory.

    Parameters
    ----------
    directory : Path
        The working directory.
    touched : iterable of Path
        Looked at in any case, also outside of it.
    most : int
        Files that may be looked at below the directory.
    """
    root = os.path.realpath(directory)
    stamps: dict[str, _Stamp] = {}
    complete = _add(stamps, _below(root), most)
    if not complete:
        stamps = dict(_at_the_top(root))
    for each in touched:
        tree: dict[str, _Stamp] = {}
        if _add(tree, _tree(os.path.realpath(each)), most):
            stamps |= tree
    return Snapshot(stamps, complete)


def undeclared(before: Snapshot, after: Snapshot, request: Request) -> list[Path]:
    """Return the paths that changed though no writing touch names them.

    Parameters
    ----------
    before, after : Snapshot
        Of one directory. If either is not complete, only what both looked at is compared.
    request : Request
        What ran between them.

    Returns
    -------
    list of Path
        Sorted; of a tree that came or went only its top. Logs, ``*.last``, notebooks and lock
        files are left out.
    """
    declared = list(_written(request))
    strange = [
        path
        for path in changed(before, after)
        if not any(path == each or path.startswith(f"{each}/") for each in declared)
    ]
    return [Path(each) for each in _outermost(strange)]


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Return every path that came, went or is another, sorted, litter left out."""
    old, new = before.stamps, after.stamps
    names = (
        old.keys() | new.keys() if before.complete == after.complete else old.keys() & new.keys()
    )
    strange = (each for each in names if old.get(each) != new.get(each))
    return sorted(each for each in strange if not _is_litter(each))


def _written(request: Request) -> Iterator[str]:
    for touch in request.touches:
        if touch.use.writes:
            for ending in touch.family or ("",):
                yield f"{touch.path}{ending}"


def _outermost(paths: list[str]) -> Iterator[str]:
    last = None
    for each in paths:
        if last is None or not each.startswith(f"{last}/"):
            last = each
            yield each


def _is_litter(path: str) -> bool:
    return any(fnmatch(part, each) for part in path.split("/") for each in _LITTER)


def _add(stamps: dict[str, _Stamp], found: Iterator[tuple[str, _Stamp]], most: int) -> bool:
    """Take over what was found, and return whether it was not too much."""
    for count, (path, stamp) in enumerate(found):
        if count >= most:
            return False
        stamps[path] = stamp
    return True


def _tree(path: str) -> Iterator[tuple[str, _Stamp]]:
    try:
        yield path, _stamp(os.lstat(path))
    except OSError:
        return
    yield from _below(path)


def _below(directory: str) -> Iterator[tuple[str, _Stamp]]:
    waiting = [directory]
    while waiting:
        for path, stamp in _at_the_top(waiting.pop()):
            yield path, stamp
            if stamp == _DIRECTORY:
                waiting.append(path)


def _at_the_top(directory: str) -> Iterator[tuple[str, _Stamp]]:
    for entry in _entries(directory):
        try:
            yield entry.path, _stamp(entry.stat(follow_symlinks=False))
        except OSError:  # gone since it was listed
            continue


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:  # a file, or a directory that is gone or closed to us
        return []


def _stamp(status: os.stat_result) -> _Stamp:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        return _DIRECTORY
    return (kind, status.st_ino, status.st_size, status.st_mtime_ns)
