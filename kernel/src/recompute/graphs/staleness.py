"""Which standing steps are out of date: what they read has since been made anew, differently."""

from collections.abc import Sequence
from typing import Final

from recompute.graphs import roles
from recompute.graphs.alignment import counterparts
from recompute.graphs.comparison import phrase
from recompute.graphs.makers import Makers, left
from recompute.graphs.words import label, name_of, state
from recompute.history import executions
from recompute.model import ABSENT, Change, Step, Verdict

UPSTREAM: Final = "before it is stale"
"""How the reason ends where another step is the reason."""


def reasons(
    steps: Sequence[Step],
    past: Sequence[Step],
    makers: Makers,
    origins: Sequence[Sequence[int]],
) -> dict[int, str]:
    """Return why steps are stale, by index; those that are not have no entry.

    Parameters
    ----------
    steps : sequence of Step
        What stands, in the order in which the steps follow from each other.
    past : sequence of Step
        All that was executed, the earliest first.
    makers : Makers
        Of ``past``.
    origins : sequence of sequence of int
        For each step the indices of those that left what it read.
    """
    if not any(each.place.cell for each in steps):
        return {}  # a script's steps that stand were executed one after the other
    successors = _successors(steps, past)
    found: dict[int, str] = {}
    for index, step in enumerate(steps):
        reason = _replaced(step, makers, successors) or _upstream(origins[index], steps, found)
        if reason:
            found[index] = reason
    return found


def _upstream(origins: Sequence[int], steps: Sequence[Step], found: dict[int, str]) -> str:
    stale = next((each for each in origins if each in found), None)
    return "" if stale is None else f"{label(steps[stale])} {UPSTREAM}"


def _replaced(step: Step, makers: Makers, successors: dict[int, Step | None]) -> str:
    for change in roles.inputs(step):
        maker = makers.of(step, change)
        if maker is not None and id(maker) in successors:
            reason = _newer(change, maker, successors[id(maker)])
            if reason:
                return reason
    return ""


def _newer(change: Change, maker: Step, successor: Step | None) -> str:
    name = name_of(change.path)
    if successor is None:
        return f"{name} was made by {label(maker)}, which is no longer there"
    now = left(successor, change.path)
    if now == change.before or successor.verdict is Verdict.FAILED:
        return ""
    if now is None:
        return f"{name} is no longer made by {label(successor)}"
    if now == ABSENT:
        return f"{name} was removed by {label(successor)}"
    how = phrase(successor, maker) or f"and left {state(now)}"
    return f"{name} is newer: {label(successor)} ran again {how}"


def _successors(steps: Sequence[Step], past: Sequence[Step]) -> dict[int, Step | None]:
    """Return for each step that no longer stands, by its id, what stands in its place."""
    standing = {id(each) for each in steps}
    by_cell: dict[str, list[Step]] = {}
    for each in steps:
        by_cell.setdefault(each.place.cell, []).append(each)
    found: dict[int, Step | None] = {}
    for execution in executions(past):
        if all(id(each) in standing for each in execution):
            continue
        now = by_cell.get(execution[0].place.cell, [])
        pairs = counterparts(execution, now)
        for position, each in enumerate(execution):
            at = pairs.get(position)
            found[id(each)] = None if at is None else now[at]
    return found
