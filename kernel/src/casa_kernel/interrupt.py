"""Letting go of what an interrupted task had open.

An interrupt can reach a task in the very lines that close its tools. The exception's traceback,
which IPython keeps for ``%debug``, then keeps the tools alive, they keep their MeasurementSet
locked, and the next task on it fails with "should be locked when using UserLocking".
"""

import gc
import inspect
import logging
import traceback
from collections.abc import Iterator
from types import FrameType

logger = logging.getLogger(__name__)

_IMAGERS = "casatasks.private.imagerhelpers."


def release_tools(error: BaseException) -> None:
    """Close imagers and free the local variables of all functions that an exception left.

    Parameters
    ----------
    error : BaseException
        Itself, its causes and its contexts are cleared; cells' own variables are global and stay.
    """
    for left in _chain(error):
        frames = [frame for frame, _ in traceback.walk_tb(left.__traceback__)]
        # A function's own variables only: those of a cell or a module live on.
        functions = [frame for frame in frames if frame.f_code.co_flags & inspect.CO_OPTIMIZED]
        for frame in functions:
            _delete_imagers(frame)
        traceback.clear_frames(left.__traceback__)
        for frame in functions:
            _forget_snapshot(frame)
    # Helper objects of tasks refer to each other: only the collector finds them.
    gc.collect()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [current.__cause__, current.__context__]


def _forget_snapshot(frame: FrameType) -> None:
    # Until Python 3.13 f_locals is a copy that a frame keeps once anybody has looked at it.
    names = frame.f_locals
    if isinstance(names, dict):
        names.clear()


def _delete_imagers(frame: FrameType) -> None:
    # tclean's imager unlocks its MeasurementSets only when it is told to, not when it is freed.
    for value in list(frame.f_locals.values()):
        if type(value).__module__.startswith(_IMAGERS) and hasattr(value, "deleteTools"):
            try:
                value.deleteTools()
            except RuntimeError:
                # Half of it was deleted before; the other local variables must go all the same.
                logger.warning("an interrupted imager could not be closed", exc_info=True)
