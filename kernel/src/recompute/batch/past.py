"""What each step of a pipeline was when it last succeeded."""

from collections import Counter
from collections.abc import Iterable

from recompute.model import Step, Verdict


def latest(history: Iterable[Step]) -> list[Step]:
    """Return the last successful execution of every step that a pipeline ever had.

    A run that failed or was interrupted does not reach its later steps; those are of the run
    before, and come after the others. Steps are the same if they are the n-th in their run with
    the same task that leaves the same paths.

    Parameters
    ----------
    history : iterable of Step
        All steps of one pipeline, the earliest first.
    """
    runs: dict[str, list[Step]] = {}
    for step in history:
        if step.verdict is not Verdict.FAILED:
            runs.setdefault(step.run, []).append(step)
    found: list[Step] = []
    seen: Counter[tuple[str, frozenset[str]]] = Counter()
    for steps in reversed(list(runs.values())):
        own: Counter[tuple[str, frozenset[str]]] = Counter()
        for step in steps:
            own[_identity(step)] += 1
            if own[_identity(step)] > seen[_identity(step)]:
                found.append(step)
        seen |= own
    return found


def _identity(step: Step) -> tuple[str, frozenset[str]]:
    return step.task, frozenset(each.path for each in step.changes if each.use.writes)
