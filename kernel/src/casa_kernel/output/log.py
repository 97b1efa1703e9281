"""CASA's log as data: one line becomes one `LogRecord`; what a cell's block keeps of them."""

import re
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

# 2026-11-22 10:36:29 <tab> WARN <tab> listobs::ms::summary+ <tab> text
# Only what is before the text, and greedy: every line of a long log goes through here.
_START: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\t([A-Z]+)\d*\t([^\t]*)\t?")
_RULE: Final = re.compile(r"#{5,}")
_FRAME: Final = re.compile(r"#{3,} (?P<text>(?:Begin|End) Task: \S+) *#{3,}")


class Severity(IntEnum):
    """How much a message should worry its reader."""

    DEBUG = 0
    INFO = 1
    WARN = 2
    SEVERE = 3


_SEVERITIES: Final = {
    "DEBUG": Severity.DEBUG,
    "WARN": Severity.WARN,
    "SEVERE": Severity.SEVERE,
    "ERROR": Severity.SEVERE,
}


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of CASA's log.

    Attributes
    ----------
    time : str
        Date and time as CASA prints them; empty when the line has none.
    priority : str
        CASA's word without its level: ``INFO``, ``WARN``, ``SEVERE``, ``DEBUG``.
    origin : str
        Task, class and function, separated by ``::``.
    message : str
        The text.
    continued : bool
        The line belongs to the message of the line before.
    task : str
        The task that ran, empty for none: the origin names it on some lines only.
    """

    time: str
    priority: str
    origin: str
    message: str
    continued: bool = False
    task: str = ""

    @property
    def severity(self) -> Severity:
        """The priority as an ordered value; an unknown word counts as INFO."""
        return _SEVERITIES.get(self.priority, Severity.INFO)


def parse_line(line: str, task: str = "") -> LogRecord | None:
    """Return the record of one line; None for a line that only decorates.

    The task is the one that runs; a line about its begin or end tells its own.

    A line in no known form is kept as an INFO message: it is better shown than lost.
    """
    match = _START.match(line)
    if match is None:
        return LogRecord("", "INFO", "", line, task=task) if line.strip() else None
    time, priority, origin = match.groups()
    message = line[match.end() :].rstrip()
    continued = origin.endswith("+")
    if continued:
        origin = origin[:-1]
    elif not message:
        return None
    if message.startswith("#"):
        if _RULE.fullmatch(message):
            return None
        if frame := _FRAME.fullmatch(message):
            message = frame["text"]
            task = message.rpartition(" ")[2]
    return LogRecord(time, priority, origin.strip(), message, continued, task)


def is_log_line(line: str) -> bool:
    """Whether a line on stderr is CASA's copy of a warning that the log has already."""
    match = _START.match(line)
    return match is not None and match[2] in {"WARN", "SEVERE"}


@dataclass(slots=True)
class Excerpt:
    """The head and the tail of a long log, and counts of all of it.

    Attributes
    ----------
    head_limit, tail_limit : int
        How many lines are kept from the start and from the end.
    """

    # A notebook stays small enough to open, and the interesting end is the longer part.
    head_limit: int = 500
    tail_limit: int = 1500
    messages: int = 0
    warnings: int = 0
    errors: int = 0
    omitted: int = 0
    head: list[LogRecord] = field(default_factory=list)
    tail: deque[LogRecord] = field(default_factory=deque)

    def add(self, record: LogRecord) -> None:
        """Take one more line."""
        if not record.continued:
            self.messages += 1
            self.warnings += record.severity is Severity.WARN
            self.errors += record.severity is Severity.SEVERE
        if len(self.head) < self.head_limit:
            self.head.append(record)
            return
        self.tail.append(record)
        if len(self.tail) > self.tail_limit:
            self.tail.popleft()
            self.omitted += 1

    @property
    def last(self) -> LogRecord | None:
        """The newest line."""
        if self.tail:
            return self.tail[-1]
        return self.head[-1] if self.head else None
