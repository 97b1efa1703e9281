"""One of casatasks' tasks as a step."""

import functools
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recompute import access, active
from recompute.casa.log import LogTail, replay
from recompute.engine import Done
from recompute.model import Outcome, Verdict

Report = Callable[[Done], object]
"""Tells the user what became of a step."""


def memoised(name: str, task: Callable[..., Any], report: Report) -> Callable[..., Any]:
    """Return a task that goes through the active session, and runs plainly without one.

    Parameters
    ----------
    name : str
        The task's name.
    task : callable
        Runs it.
    report : callable
        Receives what became of each step.
    """
    signature = inspect.signature(task)

    @functools.wraps(task, updated=())
    def run(*arguments: Any, **parameters: Any) -> object:
        session = active.session()
        if session is None or session.is_inside:
            return task(*arguments, **parameters)
        try:
            given = dict(signature.bind(*arguments, **parameters).arguments)
        except TypeError:
            return task(*arguments, **parameters)  # which says what is wrong, in its own words
        request = access.request(
            name, given, signature=signature, cwd=Path.cwd(), versions=access.versions()
        )
        done = session.call(request, lambda: _outcome(task, given))
        if done.verdict is Verdict.CACHED:
            replay(done.outcome.log, _logger(), f"{name} is cached; its log of then:")
        report(done)
        return done.outcome.result

    run.__name__ = run.__qualname__ = name
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run


def _outcome(task: Callable[..., Any], given: dict[str, Any]) -> Outcome:
    tail = LogTail(Path(_logger().logfile()))
    result = task(**given)
    return Outcome(result, tail.lines())


def _logger() -> Any:  # noqa: ANN401 - casatools ships no types
    return importlib.import_module("casatasks").casalog
