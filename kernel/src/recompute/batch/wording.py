"""Sentences about a run: one for each step, one for its end."""

from typing import Final

from recompute.batch.model import Ended, Failure, Line, Report
from recompute.model import Verdict
from recompute.words import duration

_MARKS: Final = {
    Verdict.CACHED: "✓",
    Verdict.COMPUTED: "●",
    Verdict.UNMEMOISED: "○",
    Verdict.FAILED: "✗",
}
_TELLING: Final = 0.1  # seconds; what is shown has one digit after the point, and 0.0 is no news


def steps(count: int) -> str:
    """Return a number of steps in words: ``1 step``, ``13 steps``."""
    return f"{count} step" if count == 1 else f"{count} steps"


def ended(step: Ended) -> str:
    """Return a step's line: ``✓ 4 gaincal cached · saved 41 s``."""
    head = f"{_MARKS[step.verdict]} {step.number} {step.task} {step.verdict}"
    if step.verdict is Verdict.CACHED:
        return f"{head} · saved {duration(step.saved)}" if step.saved >= _TELLING else head
    if step.verdict is Verdict.FAILED:
        return f"{head} · {step.where}"
    return f"{head} · {duration(step.seconds)}" + (f" · {step.why}" if step.why else "")


def failed(failure: Failure) -> str:
    """Return what ended a run, over several lines."""
    what = f"{failure.task} ended" if failure.task else "The run ended"
    where = f" in {failure.where}" if failure.where != Line() else ""
    return "\n".join([f"{what}{where}: {failure.message}", *(f"  {e}" for e in failure.detail)])


def summary(report: Report) -> str:
    """Return the last line of a run."""
    parts = [f"{report.count(verdict)} {verdict}" for verdict in Verdict if report.count(verdict)]
    counted = f" ({', '.join(parts)})" if parts else ""
    saved = f", saved {duration(report.saved)}" if report.saved >= _TELLING else ""
    return f"{steps(len(report.steps))}{counted} in {duration(report.seconds)}{saved}"
