"""A whole execution of a pipeline beside the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from recompute.graphs.alignment import counterparts
from recompute.graphs.comparison import phrase
from recompute.graphs.words import amount, duration, label
from recompute.model import Step, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """What became of a run's steps, and how they differ from the run before.

    Attributes
    ----------
    counts : tuple of (Verdict, int)
        Of the verdicts that occur.
    seconds, saved : float
        What the run took, and what it did not take because steps were cached.
    stored : int
        Bytes that the store took on.
    added, removed, changed : tuple of str
        Steps that are new, were taken out, or were given something else.
    """

    counts: tuple[tuple[Verdict, int], ...]
    seconds: float
    saved: float
    stored: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {verdict}" for verdict, count in self.counts) or "no steps"
        told = [f"took {duration(self.seconds)}", f"saved {duration(self.saved)}"]
        lines = [f"{counted} · {' · '.join(told)} · stored {amount(self.stored)}"]
        for word in ("added", "removed", "changed"):
            lines += [f"  {word}: {each}" for each in getattr(self, word)]
        return "\n".join(lines)


def last_difference(now: Sequence[Step], then: Sequence[Step]) -> RunDifference:
    """Return how one run differs from the one before it, of which there may be none."""
    pairs = counterparts(then, now)
    new = set(range(len(now))) - set(pairs.values())
    phrases = [(now[at], phrase(now[at], then[was])) for was, at in sorted(pairs.items())]
    verdicts = [each.verdict for each in now]
    cached = [each for each in now if each.verdict is Verdict.CACHED]
    return RunDifference(
        counts=tuple((each, verdicts.count(each)) for each in Verdict if each in verdicts),
        seconds=sum(each.seconds for each in now),
        saved=sum(max(0.0, each.cost - each.seconds) for each in cached),
        stored=sum(each.stored for each in now),
        added=tuple(label(now[n]) for n in sorted(new)),
        removed=tuple(label(each) for n, each in enumerate(then) if n not in pairs),
        changed=tuple(f"{label(each)} {told}" for each, told in phrases if told),
    )
