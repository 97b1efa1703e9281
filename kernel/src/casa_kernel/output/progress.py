"""Which task runs, how far it is and how long it may still take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from casa_kernel.output.figures import Figure, FigureReader
from casa_kernel.output.log import LogRecord

_BEGIN: Final = "Begin Task: "
_END: Final = "End Task: "
# A task that reports nothing is worth a line only when one begins to wonder.
_QUIET: Final = 3.0
_TOOL: Final = "CASA"


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a running task shows.

    Attributes
    ----------
    name : str
        The task.
    elapsed : float
        Seconds since it began.
    done : float or None
        From 0 to 1; None if CASA reports nothing.
    remaining : float or None
        Estimated seconds to its end.
    detail : str
        What was counted.
    """

    name: str
    elapsed: float
    done: float | None = None
    remaining: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that came to its end.

    Attributes
    ----------
    name : str
        The task.
    seconds : float
        How long it took.
    stopped : bool
        CASA's line about its end is missing: it was interrupted, or it crashed.
    replayed : str
        Date and time of its log, if it did not run now; empty if it did.
    """

    name: str
    seconds: float
    stopped: bool = False
    replayed: str = ""


@dataclass(slots=True)
class _Stage:
    kind: str
    since: float
    base: float
    at: float
    figure: Figure

    def remaining(self, now: float) -> float | None:
        """Return the estimated seconds, if the stage went on as it did so far."""
        gained = self.figure.done - self.base
        if gained <= 0 or self.at <= self.since:
            return None
        left = (1 - self.figure.done) * (self.at - self.since) / gained
        return max(0.0, left - (now - self.at))


@dataclass(slots=True)
class _Running:
    name: str
    begun: float
    reader: FigureReader = field(default_factory=FigureReader)
    stage: _Stage | None = None

    def advance(self, kind: str, figure: Figure, now: float) -> None:
        """Take a figure; one that falls back, or of another kind, begins a stage of its own."""
        stage = self.stage
        if stage is None:
            self.stage = _Stage(kind, self.begun, 0.0, now, figure)
        elif stage.kind != kind or figure.done < stage.figure.done:
            self.stage = _Stage(kind, now, figure.done, now, figure)
        else:
            if figure.done > stage.figure.done:
                stage.at = now
            stage.figure = figure


class Progress:
    """Follows the tasks of one cell by their lines in the log.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.begin_cell()

    def begin_cell(self) -> None:
        """Forget what was before."""
        self._begun = self._clock()
        self._running: list[_Running] = []
        self._tool: _Running | None = None
        self.finished: list[Finished] = []

    def end_cell(self) -> None:
        """Count what still runs as stopped: nothing of it is left after its cell."""
        while self._running:
            self._finish(stopped=True)
        self._tool = None

    @property
    def task(self) -> str:
        """The running task, empty without one."""
        return self._running[-1].name if self._running else ""

    def see(self, record: LogRecord) -> None:
        """Take a line of the log."""
        message = record.message
        if message.startswith(_BEGIN):
            self._running.append(_Running(message[len(_BEGIN) :], self._clock()))
        elif message.startswith(_END):
            self._end(message[len(_END) :])
        elif self._running and not record.continued:
            running = self._running[-1]
            figure = running.reader.read(record)
            if figure is not None:
                running.advance("log", figure, self._clock())

    def replay(self, name: str, records: Sequence[LogRecord]) -> None:
        """Count a task whose recorded log is shown; what ran inside of it is not counted."""
        time = next((each.time for each in records if each.time), "")
        if time:
            self.finished.append(Finished(name, 0.0, replayed=time))

    def measure(self, percent: int) -> None:
        """Take a figure of casacore's meter."""
        if self._running:
            running = self._running[-1]
        elif percent >= 100:  # noqa: PLR2004  # the end of a tool's work, or of a task that ended
            self._tool = None
            return
        else:
            running = self._tool = self._tool or _Running(_TOOL, self._begun)
        running.advance("meter", Figure(percent / 100), self._clock())

    def gauge(self) -> Gauge | None:
        """Return what to show now, None for nothing."""
        running = self._current
        if running is None:
            return None
        now = self._clock()
        elapsed, stage = now - running.begun, running.stage
        if stage is not None:
            figure = stage.figure
            left = stage.remaining(now)
            return Gauge(running.name, elapsed, figure.done, left, figure.detail)
        return Gauge(running.name, elapsed) if elapsed >= _QUIET else None

    def wait(self) -> float | None:
        """Return the seconds until there is something to show; None while nothing runs."""
        running = self._current
        if running is None:
            return None
        if running.stage is not None:
            return 0.0
        return max(0.0, running.begun + _QUIET - self._clock())

    @property
    def _current(self) -> _Running | None:
        return self._running[-1] if self._running else self._tool

    def _end(self, name: str) -> None:
        if name not in {running.name for running in self._running}:
            return
        # A task inside of it that ended without a line, by an error for instance, ended before.
        while self._running[-1].name != name:
            self._finish(stopped=True)
        self._finish(stopped=False)

    def _finish(self, *, stopped: bool) -> None:
        running = self._running.pop()
        seconds = self._clock() - running.begun
        self.finished.append(Finished(running.name, seconds, stopped))
