"""What a headless run is, says and ends with, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from recompute.model import Verdict

Fields = dict[str, object]


class ExitCode(IntEnum):
    """How `recompute run` ends; a script's own ``sys.exit(n)`` is handed on.

    A process that crashed counts as 128 and the signal's number, as in a shell.
    """

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130
    TERMINATED = 143


NOTEBOOK: Final = ".ipynb"

ENGINE: Final = "recompute.batch.wiring:start"
"""What gives a child process its `recompute.batch.ports.Engine`, as ``module:callable``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a child process has to run.

    Attributes
    ----------
    path : str
        Of the script or notebook, absolute.
    arguments : tuple of str
        What it finds in ``sys.argv``.
    engine : str
        As `ENGINE`.
    output : str
        Where the executed notebook is written; empty for nowhere.
    """

    path: str
    arguments: tuple[str, ...] = ()
    engine: str = ENGINE
    output: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Where something happens: a line of a script, or of a notebook's cell.

    Attributes
    ----------
    cell : int
        Of the notebook, counted from 1 over all its cells; 0 in a script.
    line : int
        Counted from 1; 0 if it is not known.
    """

    cell: int = 0
    line: int = 0

    def __str__(self) -> str:
        """Return it as people say it."""
        if not self.cell:
            return f"line {self.line}"
        return f"cell {self.cell}, line {self.line}" if self.line else f"cell {self.cell}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A step that begins; ``expected`` is in seconds, from the last run, None if it is new."""

    number: int
    task: str
    where: Line
    expected: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step that ended.

    Attributes
    ----------
    seconds : float
        How long it took this time.
    cost : float
        How long computing it took.
    """

    number: int
    task: str
    where: Line
    verdict: Verdict
    seconds: float
    cost: float
    why: str = ""

    @property
    def saved(self) -> float:
        """Seconds that were not spent."""
        return max(0.0, self.cost - self.seconds) if self.verdict is Verdict.CACHED else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What ended a run.

    Attributes
    ----------
    task : str
        The step that failed; empty if the script itself did.
    detail : tuple of str
        Lines of the script's part of the traceback.
    """

    message: str
    where: Line
    task: str = ""
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known at the start: tasks that ran before with the seconds that they cost."""

    last: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A sentence for the user."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last thing that a child process says."""

    exit_code: int


Event = Begun | Ended | Failure | Outlook | Remark | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a run.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    """

    path: Path
    exit_code: int
    seconds: float
    steps: tuple[Ended, ...] = field(default=())
    failure: Failure | None = None

    @property
    def saved(self) -> float:
        """Seconds that were not spent computing."""
        return sum(each.saved for each in self.steps)

    def count(self, verdict: Verdict) -> int:
        """Return how many steps ended so."""
        return sum(each.verdict is verdict for each in self.steps)


def event_fields(event: Event) -> Fields:
    """Return an event as JSON has it."""
    return {"event": type(event).__name__.lower(), **asdict(event)}


def event_of(fields: Mapping[str, object]) -> Event:
    """Return the event that `event_fields` wrote.

    Raises
    ------
    ValueError
        It wrote no such thing.
    """
    given = dict(fields)
    kind = _EVENTS.get(str(given.pop("event", "")))
    if kind is None:
        raise ValueError(f"{fields!r} is no event of a run.")
    if isinstance(where := given.get("where"), dict):
        given["where"] = Line(**where)
    if "verdict" in given:
        given["verdict"] = Verdict(str(given["verdict"]))
    for name in ("detail", "last"):
        if isinstance(entries := given.get(name), list):
            given[name] = tuple(tuple(e) if isinstance(e, list) else e for e in entries)
    return kind(**given)  # type: ignore[no-any-return]  # fields were checked by the class


_EVENTS: Final[Mapping[str, type]] = {
    each.__name__.lower(): each for each in (Begun, Ended, Failure, Outlook, Remark, Finished)
}
