"""Why a step would run: what is another than it was in the last run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from recompute.model import ABSENT, Json, Request, StateId, Step

_MOST: Final = 3
_LONGEST: Final = 40

NEVER: Final = "it was never computed"
GONE: Final = "its result is no longer in the store"


def previous(request: Request, last: Sequence[Step], taken: set[int]) -> Step | None:
    """Return the earlier step that this one was, and note its place in ``last`` as taken.

    It is the first of the same task that left the same paths; else the first of the same task.
    """
    candidates = [
        number
        for number, each in enumerate(last)
        if each.task == request.task and number not in taken
    ]
    written = {str(each.path) for each in request.touches if each.use.writes}
    alike = [number for number in candidates if written & _written(last[number])]
    best = next(iter([*alike, *candidates]), None)
    if best is None:
        return None
    taken.add(best)
    return last[best]


def why(request: Request, states: Mapping[Path, StateId], before: Step | None) -> str:
    """Return which parameter, input or version is another than in the last run."""
    if before is None:
        return NEVER
    reasons = [
        *_parameters(before.parameters, request.parameters),
        *_inputs(before, states),
        *_versions(before.versions, request.versions),
    ]
    if not reasons:
        return GONE
    more = len(reasons) - _MOST
    told = "; ".join(reasons[:_MOST])
    return f"{told}; {more} more" if more > 0 else told


def _written(step: Step) -> set[str]:
    return {each.path for each in step.changes if each.use.writes}


def _parameters(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[str]:
    names = [name for name in {**new, **old} if old.get(name) != new.get(name)]
    return [f"{name} {_short(old.get(name))} → {_short(new.get(name))}" for name in names]


def _inputs(before: Step, states: Mapping[Path, StateId]) -> list[str]:
    known = {Path(each.path): each for each in before.changes if each.use.depends}
    reasons = []
    for path, state in states.items():
        change = known.get(path)
        if change is None or change.before == state:
            continue
        is_gone, was_gone = state == ABSENT, change.before == ABSENT
        verb = "is not there" if is_gone else "is new" if was_gone else "changed"
        reasons.append(f"{path.name} {verb}")
    return reasons


def _versions(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    names = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
    return [f"{name} {old.get(name, 'none')} → {new.get(name, 'none')}" for name in names]


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
