"""What a step's paths are to it: inputs, outputs, its main output; and which belong together.

Paths that a reader thinks of as one thing share a **strand**: the images of one tclean
(``img.*``), and what lies beside a table because of it (``x.ms.flagversions``).
"""

from collections.abc import Sequence
from typing import Final

from recompute.graphs.words import name_of
from recompute.model import ABSENT, Change, Step, Use

# A task that changes the data that it is given, and makes something beside, is known by the latter.
_GIVEN: Final = frozenset({"vis", "imagename"})


def is_there(change: Change) -> bool:
    """Whether there is something before or afterwards; many endings of a family never are."""
    return not change.before == change.after == ABSENT


def inputs(step: Step) -> list[Change]:
    """Return what a step's outcome depends on, and was there."""
    return [each for each in step.changes if each.use.depends and each.before != ABSENT]


def outputs(step: Step) -> list[Change]:
    """Return what a step may have changed, and is there before or afterwards."""
    return [each for each in step.changes if each.use.writes and is_there(each)]


def main(step: Step) -> Change | None:
    """Return the output that a step is known by, else its first input."""
    written = outputs(step)
    if written:
        return min(written, key=_rank)
    return next(iter(inputs(step)), None)


def _rank(change: Change) -> tuple[bool, bool, bool]:
    made = change.use in {Use.WRITE, Use.CREATE} or change.before == ABSENT
    return "+" in change.name, not made, change.name in _GIVEN


def identity(step: Step) -> tuple[str, str]:
    """Return what makes two executions the same step: its task and the path of its main output."""
    known_by = main(step)
    return step.task, "" if known_by is None else strand_of(step, known_by)


def strand_of(step: Step, change: Change) -> str:
    """Return the path that stands for a change's strand, with ``.*`` for a family."""
    slot, _, _ = change.name.partition("+")
    if slot != change.name:
        beside = next((each.path for each in step.changes if each.name == slot), change.path)
        return beside if change.path.startswith(beside) else change.path
    _, dot, ending = change.name.partition(".")
    if dot and change.path.endswith(f".{ending}"):
        return change.path.removesuffix(f".{ending}") + ".*"
    return change.path


def strands(steps: Sequence[Step]) -> dict[str, str]:
    """Return each path's strand; the step that made it knows best."""
    found: dict[str, str] = {}
    for step in steps:
        for change in sorted(step.changes, key=lambda each: not each.use.writes):
            strand = strand_of(step, change)
            known = found.setdefault(change.path, strand)
            if known == change.path and change.use.writes:
                found[change.path] = strand
    return found


def strand_name(strand: str) -> str:
    """Return how a strand is called, ``img.*``."""
    return name_of(strand)
