"""What a user should read of an exception: the lines of their own script, and one message."""

import linecache
import traceback
from collections.abc import Callable
from typing import Final

from recompute.batch.model import Failure, Line

_LONGEST: Final = 300  # characters; CASA's messages repeat whole parameter lists


def failure_of(
    error: BaseException,
    is_own: Callable[[str], bool],
    line_of: Callable[[str, int], Line],
    task: str,
) -> Failure:
    """Return what ended a run.

    Parameters
    ----------
    is_own : callable
        Whether a file name is the user's script or cell.
    line_of : callable
        Makes a `Line` of a file name and a line's number.
    task : str
        The step that raised it; empty if none did.
    """
    where, detail = Line(), []
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if is_own(name):
            where = line_of(name, number)
            source = linecache.getline(name, number).strip()
            detail.append(f"{where}, in {frame.f_code.co_name}: {source}")
    if isinstance(error, SyntaxError) and error.filename and is_own(error.filename):
        where = line_of(error.filename, error.lineno or 0)
    return Failure(message=message_of(error), where=where, task=task, detail=tuple(detail))


def message_of(error: BaseException) -> str:
    """Return an exception in one paragraph of bearable length."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted. Run it again to go on from there."
    name = type(error).__name__
    text = " ".join(str(error).split())
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return f"{name}: {text}" if text else name
