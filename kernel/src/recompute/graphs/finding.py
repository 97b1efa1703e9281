"""Which step is meant: by number, task, or what it made."""

import re
from collections.abc import Callable, Sequence

from recompute.errors import UnknownStepError
from recompute.graphs import roles
from recompute.graphs.details import flow
from recompute.graphs.words import label, printable
from recompute.model import Step


def find(steps: Sequence[Step], what: int | str) -> Step:
    """Return the step that is meant, of those that stand.

    Parameters
    ----------
    what : int or str
        A number; ``task [number]``; a task, if there is one of it; ``task:n``, the n-th of it; the
        path or name of what it left, such as ``G0`` or ``img.image``, then the last that did.

    Raises
    ------
    UnknownStepError
        There is no such step, or there are several.
    """
    asked = str(what).strip()
    for way in (_by_number, _by_place, _by_task, _by_output):
        found = way(steps, asked)
        if found:
            return found[-1]
    raise UnknownStepError(f"there is no step {printable(asked)!r}; {_listed(steps)}")


def _by_number(steps: Sequence[Step], asked: str) -> list[Step]:
    match = re.fullmatch(r"(?:(.*?)\s*\[)?(\d+)\]?", asked, re.ASCII)
    if match is None:
        return []
    task, number = match.group(1), int(match.group(2))
    return [each for each in steps if each.number == number and task in {None, "", each.task}]


def _by_place(steps: Sequence[Step], asked: str) -> list[Step]:
    task, _, place = asked.rpartition(":")
    same = [each for each in steps if each.task == task]
    if not (place.isascii() and place.isdigit()) or not same:
        return []
    return same[int(place) - 1 : int(place)] if int(place) else []


def _by_task(steps: Sequence[Step], asked: str) -> list[Step]:
    same = [each for each in steps if each.task == asked]
    if len(same) > 1:
        which = "; ".join(f"{label(each)} {flow(each)}" for each in same)
        raise UnknownStepError(
            f"there are {len(same)} steps {printable(asked)!r}: {which}. Name one by its number, "
            f"or {asked}:1 to {asked}:{len(same)}"
        )
    return same


def _by_output(steps: Sequence[Step], asked: str) -> list[Step]:
    ways: tuple[Callable[[str], bool], ...] = (
        lambda path: path == asked,
        lambda path: path.endswith("/" + asked.removeprefix("./")),
    )
    for matches in ways:
        found = [each for each in steps if any(matches(path) for path in _written(each))]
        if found:
            return found
    return []


def _written(step: Step) -> list[str]:
    written = roles.outputs(step)
    return [each.path for each in written] + [roles.strand_of(step, each) for each in written]


def _listed(steps: Sequence[Step]) -> str:
    if not steps:
        return "nothing was recorded yet"
    return f"there are {', '.join(label(each) for each in steps)}"
