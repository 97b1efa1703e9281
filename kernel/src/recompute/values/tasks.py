"""The tasks of CASA in value style, for a plain process."""

import functools
import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from recompute import access
from recompute.casa.log import LogTail
from recompute.model import Outcome
from recompute.opening import open_workshop
from recompute.values.steps import ValueStyle


@cache
def task_named(name: str) -> Callable[..., object]:
    """Return a task in value style.

    Raises
    ------
    AttributeError
        CASA has no such task.
    """
    if name not in access.known_tasks():
        raise AttributeError(f"CASA has no task {name!r}, or it is not declared.")
    casatasks = importlib.import_module("casatasks")
    task = inspect.unwrap(getattr(casatasks, name))
    signature = inspect.signature(task)

    @functools.wraps(task, updated=())
    def run(*arguments: Any, **parameters: Any) -> object:
        given = dict(signature.bind(*arguments, **parameters).arguments)
        made = _style().call(name, given, signature, lambda plain: _outcome(task, plain))
        return made.result if isinstance(made, Outcome) else made

    run.__name__ = run.__qualname__ = name
    return run


@cache
def _style() -> ValueStyle:
    shop = open_workshop()
    return ValueStyle(shop, shop.place / "values")


def _outcome(task: Callable[..., Any], given: dict[str, object]) -> Outcome:
    casalog = importlib.import_module("casatasks").casalog
    tail = LogTail(Path(casalog.logfile()))
    return Outcome(task(**given), tail.lines())
