"""Who tells the user what became of a step: the script's standard error, or the notebook's cell."""

from collections.abc import Callable

from recompute.engine import Done

Report = Callable[[Done], object]
"""Tells the user what became of a step."""


class _Told:
    report: Report | None = None


def set_report(report: Report | None) -> None:
    """Let something tell what becomes of the steps of users' functions, or nothing."""
    _Told.report = report


def tell(done: Done) -> None:
    """Tell what became of a step."""
    if _Told.report is not None:
        _Told.report(done)
