"""The log for Python: what a user asks in a cell, such as ``casa_log.filter(level="WARN")``."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from casa_kernel.errors import LogLevelError
from casa_kernel.output.log import Excerpt, LogRecord, Severity
from casa_kernel.output.render import render_final, render_text

# About 20 MB when it is full.
_KEPT_LINES: Final = 50_000


def severity_named(level: str) -> Severity:
    """Return the severity of a name in any case, such as ``"warn"``.

    Raises
    ------
    LogLevelError
        There is none of that name.
    """
    try:
        return Severity[level.upper()]
    except KeyError:
        names = ", ".join(severity.name for severity in Severity)
        raise LogLevelError(f"There is no level {level!r}; use one of {names}.") from None


class History:
    """The newest lines of a session, and where those of the last cell begin."""

    def __init__(self, limit: int = _KEPT_LINES) -> None:
        self._lines: deque[LogRecord] = deque(maxlen=limit)
        self._of_cell = 0
        self._new_cell = True

    def begin_cell(self) -> None:
        """Let the next line be the first of a cell; without one the cell before stays the last."""
        self._new_cell = True

    def add(self, records: Sequence[LogRecord]) -> None:
        """Take lines."""
        if records and self._new_cell:
            self._of_cell, self._new_cell = 0, False
        self._lines.extend(records)
        self._of_cell += len(records)

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()
        self._of_cell = 0

    def session(self) -> tuple[LogRecord, ...]:
        """Return all lines that are kept."""
        return tuple(self._lines)

    def cell(self) -> tuple[LogRecord, ...]:
        """Return the lines of the last cell that had any."""
        lines = tuple(self._lines)
        return lines[max(0, len(lines) - self._of_cell) :]


@dataclass(frozen=True, slots=True)
class LogView:
    """Lines of the log; the value of a cell shows them.

    Attributes
    ----------
    records : tuple of LogRecord
        Each has ``time``, ``priority``, ``origin``, ``message`` and ``task``.
    log_file : str
        Where the whole log is.
    """

    records: tuple[LogRecord, ...]
    log_file: str

    def filter(self, *, level: str = "DEBUG", task: str = "", text: str = "") -> "LogView":
        """Return the lines that are at least of a level, of a task, and hold a text.

        Parameters
        ----------
        level : str
            ``DEBUG``, ``INFO``, ``WARN`` or ``SEVERE``.
        task : str
            A task's name; empty for all.
        text : str
            Part of the message; empty for all.

        Raises
        ------
        LogLevelError
            There is no such level.
        """
        least = severity_named(level)
        chosen = (
            record
            for record in self.records
            if record.severity >= least
            and (not task or record.task == task)
            and text in record.message
        )
        return LogView(tuple(chosen), self.log_file)

    def __len__(self) -> int:
        return len(self.records)

    def __str__(self) -> str:
        return render_text(self._excerpt(), self.log_file)

    def _excerpt(self) -> Excerpt:
        excerpt = Excerpt()
        for record in self.records:
            excerpt.add(record)
        return excerpt

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        del kwargs  # IPython's include and exclude: it drops what it does not want by itself
        return render_final(self._excerpt(), self.log_file)


class CasaLog:
    """The log of this session: ``records``, ``filter``, and ``last`` for the last cell.

    Parameters
    ----------
    read : callable
        Returns the lines of the whole session, or with True those of the last cell.
    log_file : callable
        Returns the path of the log file of now.
    """

    def __init__(
        self,
        read: Callable[[bool], tuple[LogRecord, ...]],
        log_file: Callable[[], str],
    ) -> None:
        self._read = read
        self._log_file = log_file

    @property
    def session(self) -> LogView:
        """The newest 50,000 lines of the session."""
        return LogView(self._read(False), self._log_file())

    @property
    def last(self) -> LogView:
        """The lines of the last cell that had any."""
        return LogView(self._read(True), self._log_file())

    @property
    def records(self) -> tuple[LogRecord, ...]:
        """The session's lines."""
        return self.session.records

    def filter(self, *, level: str = "DEBUG", task: str = "", text: str = "") -> LogView:
        """Return the session's lines that `LogView.filter` chooses."""
        return self.session.filter(level=level, task=task, text=text)

    def __str__(self) -> str:
        return str(self.session)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return self.session._repr_mimebundle_(**kwargs)
