"""Why a step was computed, or not: what changed since it was executed last, back to its root."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from recompute.graphs.alignment import counterparts
from recompute.graphs.causes import Cause, Tracer
from recompute.graphs.makers import Makers
from recompute.graphs.order import in_place
from recompute.graphs.words import duration, label, moment, printable
from recompute.history import executions
from recompute.model import Step, Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of a step, and why.

    Attributes
    ----------
    before : Step or None
        The last execution of the same step; None if there was none.
    causes : tuple of Cause
        What changed; empty if nothing did.
    origin : Step or None
        The execution that computed the result, as far as this pipeline's history knows.
    """

    step: Step
    before: Step | None
    causes: tuple[Cause, ...]
    origin: Step | None

    @property
    def headline(self) -> str:
        """What became of the step, in a line."""
        name, verdict = label(self.step), self.step.verdict.value
        if self.before is None:
            return f"{name} was {verdict}: it was not executed before"
        since = f"since {label(self.before)} of {moment(self.before.started)}"
        if not self.causes:
            return f"{name} was {verdict}: nothing that it depends on changed {since}"
        count = len(self.causes)
        return f"{name} was {verdict}: {count} thing{'' if count == 1 else 's'} changed {since}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Where the result is from, and why it was not memoised or failed."""
        step = self.step
        why = [printable(step.why)] if step.why else []
        if step.verdict is Verdict.CACHED:
            return (*why, self._source())
        if step.verdict is Verdict.COMPUTED and self.before is not None and not self.causes:
            return (*why, "its stored result was not there any more, or the cache was off")
        return tuple(why)

    def _source(self) -> str:
        if self.origin is None:
            return f"its result is from the store; it took {duration(self.step.cost)} to compute"
        by, when = label(self.origin), moment(self.origin.started)
        return f"its result was computed by {by} on {when} in {duration(self.step.cost)}"

    def __str__(self) -> str:
        lines = [str(each) for each in self.causes] + list(self.remarks)
        return "\n".join([self.headline, *(f"  - {each}" for each in lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = [f"<li>{escape(str(each))}</li>" for each in self.causes]
        items += [
            f'<li style="color:var(--jp-ui-font-color2, #808080)">{escape(each)}</li>'
            for each in self.remarks
        ]
        listed = f'<ul style="margin:2px 0px 2px 20px">{"".join(items)}</ul>' if items else ""
        return f"<div><b>{escape(self.headline)}</b>{listed}</div>"


def explain(step: Step, history: Iterable[Step]) -> Explanation:
    """Return what changed since a step was executed last.

    Parameters
    ----------
    history : iterable of Step
        All steps of its pipeline, the earliest first, itself included.
    """
    past = list(history)
    now, then = _around(step, past)
    before = _counterpart(step, now, then)
    causes = () if before is None else Tracer(past, now, then).causes(step, before)
    return Explanation(step, before, causes, _origin(step, past))


def _around(step: Step, past: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Return what stood when a step was executed, and what stood before that execution."""
    cut = executions(past)
    at = next((n for n, each in enumerate(cut) if step in each), len(cut) - 1)
    earlier = [each for execution in cut[:at] for each in execution]
    until = [*earlier, *(cut[at] if cut else [])]
    return in_place(until, Makers(until)), in_place(earlier, Makers(earlier))


def _counterpart(step: Step, now: Sequence[Step], then: Sequence[Step]) -> Step | None:
    for old, new in counterparts(then, now).items():
        if now[new] == step:
            return then[old]
    return None


def _origin(step: Step, past: Sequence[Step]) -> Step | None:
    same = [each for each in past if each.key == step.key and each.verdict is Verdict.COMPUTED]
    return next((each for each in reversed(same) if each.started <= step.started), None)
