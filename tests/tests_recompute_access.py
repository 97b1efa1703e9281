"""Watching real tasks: what they write must be what their declarations say."""

import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from recompute.access import declaration, known_tasks, request, snapshot, undeclared
from recompute.access.touching import touches
from recompute.access.watching import Snapshot, changed
from recompute.model import Request, Touch

COMPLAINTS: list[str] = []
"""What was wrong with the declarations of the tasks that ran."""

WATCHED: dict[str, str] = {}
"""The tasks that ran, with why they are not memoised."""

_EVERY_FILE = 10**6


def watch(names: dict[str, Any]) -> None:
    """Put a watched task in the place of each task among the names."""
    for task in known_tasks() & names.keys():
        names[task] = _watched(task, names[task])


def _watched(task: str, call: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(call)

    @wraps(call)
    def watched(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        asked = request(task, given, signature=signature, cwd=Path.cwd(), versions={})
        WATCHED[task] = asked.why_not
        before = _look(asked)
        unread = _mark_unread(Path.cwd())
        ended = False
        try:
            result = call(*args, **kwargs)
            ended = True
        finally:
            if not asked.why_not:
                COMPLAINTS.extend(complaints(asked, before, _look(asked), ended=ended))
                COMPLAINTS.extend(f"{task} read {each}" for each in strangers(asked, unread))
        return result

    return watched


def complaints(asked: Request, before: Snapshot, after: Snapshot, *, ended: bool) -> list[str]:
    """Return what a run did beside its declaration, and did not though that says so."""
    wrong = [f"{asked.task} wrote {each}" for each in undeclared(before, after, asked)]
    known = declaration(asked.task)
    assert known is not None
    for access in known.accesses_for(asked.parameters) if ended else ():
        if access.use.writes and not access.stays:
            wrong += [
                f"{asked.task} left {each.slot} as it was"
                for each in touches([access], asked.parameters, Path.cwd())
                if not _has_changed(each, before, after)
            ]
    return wrong


def strangers(asked: Request, unread: list[Path]) -> list[str]:
    """Return the files that were read since they were marked, though no touch names them.

    Where the file system keeps no times of access, none is found.
    """
    known = [f"{each.path}{end}" for each in asked.touches for end in each.family or ("",)]
    return [
        str(each)
        for each in unread
        if each.exists() and each.stat().st_atime_ns != 0
        if not any(str(each) == name or str(each).startswith(f"{name}/") for name in known)
    ]


def _mark_unread(directory: Path) -> list[Path]:
    """Set the times of access back, before the times of change, so that a read renews them."""
    files = [each for each in directory.resolve().rglob("*") if each.is_file()]
    for each in files:
        os.utime(each, ns=(0, each.stat().st_mtime_ns))
    return files


def _look(asked: Request) -> Snapshot:
    return snapshot(Path.cwd(), [each.path for each in asked.touches], most=_EVERY_FILE)


def _has_changed(touch: Touch, before: Snapshot, after: Snapshot) -> bool:
    names = [f"{touch.path}{ending}" for ending in touch.family or ("",)]
    return any(
        path == name or path.startswith(f"{name}/")
        for path in changed(before, after)
        for name in names
    )
