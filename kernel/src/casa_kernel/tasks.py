"""Tasks as a notebook wants them: large results are kept from drowning the cell."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from casa_kernel.messages import noting

# One line each: imstat's statistics are read in the cell, tclean's history is not.
_MANY_VALUES = 40
_NAMES_SHOWN = 4

Show = Callable[[dict[str, str]], object]
"""Displays MIME type to content in the running cell."""


class Printer(Protocol):
    """What is used of IPython's pretty printer."""

    def text(self, text: str) -> None:
        """Write text."""

    def pretty(self, thing: object) -> None:
        """Write any object."""


class TaskResult(dict[str, Any]):  # the values are CASA's
    """A task's dictionary that shows one line as the value of a cell if it is large.

    It is the dictionary in every other respect: ``print`` writes all of it.
    """

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        del cycle  # a dictionary of CASA's never holds itself
        if count_values(self) > _MANY_VALUES:
            printer.text(summary_line(self))
        else:
            printer.pretty(dict(self))


def count_values(thing: object) -> int:
    """Return how many values a dictionary of dictionaries holds at all depths."""
    if isinstance(thing, dict):
        return sum(count_values(value) for value in thing.values())
    return 1


def summary_line(result: dict[str, Any]) -> str:
    """Return what stands for a large dictionary, such as ``<dictionary of 17 entries: …>``."""
    names = ", ".join(str(name) for name in list(result)[:_NAMES_SHOWN])
    more = ", …" if len(result) > _NAMES_SHOWN else ""
    return f"<dictionary of {len(result)} entries: {names}{more}; print() shows all>"


def brief(task: Callable[..., Any]) -> Callable[..., Any]:
    """Return the task with its dictionary as a `TaskResult`."""

    def run(*args: Any, **kwargs: Any) -> object:
        with noting(run.__name__, task, args, kwargs):
            result = task(*args, **kwargs)
        return TaskResult(result) if isinstance(result, dict) else result

    return looking_like(task, run)


def looking_like(task: Callable[..., Any], run: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``run`` with the name, help and parameters of the task that it wraps."""
    # Completion and `task?` read these; a task of CASA's is an instance of a class `_task`.
    run.__name__ = run.__qualname__ = getattr(task, "__name__", type(task).__name__.strip("_"))
    run.__doc__ = task.__doc__
    run.__signature__ = inspect.signature(task)  # type: ignore[attr-defined]
    return run
