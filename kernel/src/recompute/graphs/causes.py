"""From a changed input back to what a user did: through the steps that made it, now and then."""

from collections.abc import Sequence
from dataclasses import dataclass

from recompute.graphs import roles
from recompute.graphs.alignment import counterparts
from recompute.graphs.comparison import Kind, differences, input_name, phrase
from recompute.graphs.makers import Makers
from recompute.graphs.words import label
from recompute.model import Change, Step


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that changed.

    Attributes
    ----------
    root : str
        What was done, ``applycal [9] was given interp='nearest' (was 'linear')``.
    changed : str
        The input by which it reached the step; empty if it was done to the step itself.
    through : tuple of str
        Steps that handed it on, the last first.
    """

    root: str
    changed: str = ""
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        way = f" (by way of {', '.join(self.through)})" if self.through else ""
        return f"{self.changed} changed, because {self.root}{way}" if self.changed else self.root


class Tracer:
    """Compares what was executed now with what was executed then.

    Parameters
    ----------
    past : sequence of Step
        All steps of a pipeline, the earliest first.
    now, then : sequence of Step
        What stood at the two times.
    """

    def __init__(self, past: Sequence[Step], now: Sequence[Step], then: Sequence[Step]) -> None:
        self._makers = Makers(past)
        pairs = counterparts(then, now)
        kept = set(pairs.values())
        self._new = [each for n, each in enumerate(now) if n not in kept]
        self._gone = [each for n, each in enumerate(then) if n not in pairs]
        self._known: dict[tuple[int, int], tuple[Cause, ...]] = {}

    def causes(self, now: Step, then: Step) -> tuple[Cause, ...]:
        """Return what made a step's execution differ from an earlier one, each root once."""
        at = id(now), id(then)
        if at not in self._known:
            self._known[at] = ()
            self._known[at] = self._found(now, then)
        return self._known[at]

    def _found(self, now: Step, then: Step) -> tuple[Cause, ...]:
        given = phrase(now, then)
        own = [Cause(f"{label(now)} was given {given.removeprefix('with ')}")] if given else []
        found = {each.root: each for each in own}
        for each in (each for each in differences(now, then) if each.kind is Kind.INPUT):
            for cause in self._of_input(each.name, input_name(each), now, then):
                found.setdefault(cause.root, cause)
        return tuple(found.values())

    def _of_input(self, path: str, name: str, now: Step, then: Step) -> list[Cause]:
        read = _read(now, path), _read(then, path)
        if read[0] is None:
            return [] if phrase(now, then) else [Cause(f"it no longer reads {name}")]
        if read[1] is None:
            return [] if phrase(now, then) else [Cause(f"it reads {name}, which it did not before")]
        makers = self._makers.of(now, read[0]), self._makers.of(then, read[1])
        return self._of_makers(name, *makers)

    def _of_makers(self, name: str, now: Step | None, then: Step | None) -> list[Cause]:
        if now is not None and then is not None and roles.identity(now) == roles.identity(then):
            return self._handed_on(name, now, then)
        return [Cause(self._other_maker(now, then), name)]

    def _handed_on(self, name: str, now: Step, then: Step) -> list[Cause]:
        roots = self.causes(now, then)
        if not roots:
            return [Cause(f"{label(now)} made something else of the same inputs", name)]
        return [
            Cause(each.root, name, (label(now), *each.through) if each.changed else ())
            for each in roots
        ]

    def _other_maker(self, now: Step | None, then: Step | None) -> str:
        if now is not None and now in self._new:
            return f"{label(now)} is new"
        if then is not None and then in self._gone:
            return f"{label(then)} was taken out"
        if now is None:
            return "it was changed outside of this pipeline"
        if then is None:
            return f"it is now made by {label(now)}"
        return f"{label(now)} made it, in another order of steps, and not {label(then)}"


def _read(step: Step, path: str) -> Change | None:
    return next((each for each in step.changes if each.path == path and each.use.depends), None)
