"""Which steps stand now: a script's latest run, or each cell's latest execution."""

from collections.abc import Iterable, Sequence
from itertools import chain

from recompute.model import Step


def current(steps: Iterable[Step]) -> list[Step]:
    """Return the steps of one pipeline that stand now, in order of execution."""
    return _in_order(standing(list(steps)))


def standing(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the executions that stand, in the order in which their cells were first executed.

    A cell that is executed again finds what it found at first, so this is near the order in which
    steps follow from each other; `current` has the order on the clock.
    """
    if not any(each.place.cell for each in steps):
        return [latest_run(steps)] if steps else []
    latest: dict[str, list[Step]] = {}
    for execution in executions(steps):
        latest[execution[0].place.cell] = execution  # a dict keeps the place of the first
    return list(latest.values())


def executions(steps: Iterable[Step]) -> list[list[Step]]:
    """Return steps cut into what was executed at once, in order: runs of a script, or cells."""
    cut: list[list[Step]] = []
    for run in _runs(steps):
        cut.extend(_executions_of_run(run) if any(each.place.cell for each in run) else [run])
    return cut


def latest_run(steps: Iterable[Step]) -> list[Step]:
    """Return the steps of the run that began last."""
    runs = _runs(steps)
    return runs[-1] if runs else []


def _in_order(standing: Sequence[list[Step]]) -> list[Step]:
    return sorted(chain.from_iterable(standing), key=lambda each: (each.started, each.number))


def _runs(steps: Iterable[Step]) -> list[list[Step]]:
    """Return steps by run; two processes may have written theirs in turns."""
    runs: dict[str, list[Step]] = {}
    for each in steps:
        runs.setdefault(each.run, []).append(each)
    return list(runs.values())


def _executions_of_run(run: list[Step]) -> list[list[Step]]:
    cut: dict[str, list[Step]] = {}
    for step in run:
        cut.setdefault(step.execution, []).append(step)
    return list(cut.values())
