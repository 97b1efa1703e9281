"""Who made what a step read: the latest step before it that left that state at that path."""

from bisect import bisect_left
from collections.abc import Sequence

from recompute.graphs import roles
from recompute.model import Change, StateId, Step, Verdict


class Makers:
    """An index of all that was left, and when.

    Parameters
    ----------
    past : sequence of Step
        All that was executed, the earliest first.
    """

    def __init__(self, past: Sequence[Step]) -> None:
        self._past = past
        self._position = {_mark(each): n for n, each in enumerate(past)}
        self._left: dict[tuple[str, StateId], list[int]] = {}
        for position, step in enumerate(past):
            for change in roles.outputs(step) if step.verdict is not Verdict.FAILED else ():
                self._left.setdefault((change.path, change.after), []).append(position)

    def of(self, step: Step, change: Change) -> Step | None:
        """Return who made what a step read; None if no step that is known did."""
        positions = self._left.get((change.path, change.before), [])
        before = bisect_left(positions, self._position.get(_mark(step), len(self._past)))
        return self._past[positions[before - 1]] if before else None


def left(step: Step, path: str) -> StateId | None:
    """Return in which state a step left a path; None if it did not write it."""
    return next((each.after for each in roles.outputs(step) if each.path == path), None)


def _mark(step: Step) -> tuple[str, int]:
    return step.run, step.number
