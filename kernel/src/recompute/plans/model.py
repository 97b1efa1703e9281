"""What a plan says, as data."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recompute.batch.model import Line


class Fate(StrEnum):
    """What would become of a step."""

    CACHED = "cached"
    RUNS = "would run"
    DEPENDS = "may run"
    """It reads what an earlier step that would run leaves: if that comes out as it was, it is
    cached."""

    @property
    def costs(self) -> bool:
        """Whether time has to be expected for it."""
        return self is not Fate.CACHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A step of a plan.

    Attributes
    ----------
    number : int
        Counted from 1.
    why : str
        Why it would run; empty if it is cached.
    seconds : float or None
        How long computing it took last time; None if it was never computed.
    writes : tuple of str
        The paths that it leaves, relative to the working directory if they are below it.
    """

    number: int
    task: str
    where: Line
    fate: Fate
    why: str = ""
    seconds: float | None = None
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a plan ends before the script does: what is there cannot be known without doing it."""

    where: Line
    reason: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        place = str(self.where) if self.where != Line() else "The script"
        return f"{place[0].upper()}{place[1:]} {self.reason}: from here on the plan cannot tell."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a script or notebook would compute if it ran now.

    Attributes
    ----------
    stop : Stop or None
        Why nothing is known of what comes after the last step; None if that is the script's end.
    """

    path: Path
    steps: tuple[Foreseen, ...]
    stop: Stop | None = None

    @property
    def seconds(self) -> float:
        """What the steps that would or may run took last time."""
        return sum(each.seconds or 0.0 for each in self.steps if each.fate.costs)

    @property
    def saved(self) -> float:
        """What the cached steps took when they were computed."""
        return sum(each.seconds or 0.0 for each in self.steps if not each.fate.costs)

    @property
    def unknown(self) -> int:
        """How many steps would run of which nobody knows how long they take."""
        return sum(each.fate.costs and each.seconds is None for each in self.steps)

    def count(self, fate: Fate) -> int:
        """Return how many steps have a fate."""
        return sum(each.fate is fate for each in self.steps)

    def _repr_html_(self) -> str:
        from recompute.plans.table import html  # noqa: PLC0415 - only where it is shown

        return html(self)
