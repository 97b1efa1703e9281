"""The block of one cell: collects its log lines and decides when to show them.

Everything but the constructor runs in the reader thread of a `MarkedPipe`.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from casa_kernel.output.history import History
from casa_kernel.output.log import Excerpt, LogRecord, Severity, parse_line
from casa_kernel.output.logfile import LogFile
from casa_kernel.output.progress import Progress
from casa_kernel.output.render import render_final, render_live

# Four times a second looks live and stays far below Jupyter's limit of messages and bytes.
_INTERVAL = 0.25
# A cell that takes its time is watched less closely, and streaming costs it half as much.
_LONG = 10.0
_LONG_INTERVAL = 0.5
# The clock of a running task goes on while its log is silent.
_TICK = 1.0


class Publish(Protocol):
    """Shows a block in the cell that it belongs to."""

    def __call__(self, bundle: dict[str, str], display_id: str, *, update: bool) -> None:
        """Send the block for the first time, or in place of the one sent before."""


class CellLog:
    """Consumer of the log pipe: everything to the log file, each cell's part to its block.

    Parameters
    ----------
    log_file : LogFile
        Takes every byte of the log.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, log_file: LogFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._log_file = log_file
        self._clock = clock
        self._partial = b""
        self._publish: Publish | None = None
        self._excerpt = Excerpt()
        self._display_id = ""
        self._shown = False
        self._changed = False
        self._next = 0.0
        self._sent = 0.0
        self._begun = 0.0
        # Lines written between two cells, by a thread of the user's: the next cell shows them.
        self._held: list[LogRecord] = []
        self._progress = Progress(clock)
        self.history = History()

    def begin(self, publish: Publish) -> None:
        """Open the block of a cell; one that is still open is finished first."""
        self.end()
        self._publish = publish
        self._excerpt = Excerpt()
        self._display_id = uuid.uuid4().hex
        self._shown = False
        self._next = 0.0
        self._sent = 0.0
        self._begun = self._clock()
        self._progress.begin_cell()
        self.history.begin_cell()
        held, self._held = self._held, []
        self._add(held)

    def end(self) -> None:
        """Finish the block; without an open one, or without lines in it, nothing is shown."""
        publish, self._publish = self._publish, None
        self._changed = False
        self._progress.end_cell()
        if publish is not None and (self._shown or self._excerpt.last is not None):
            # Only a block that was shown before has a state to keep.
            key = self._display_id if self._shown else ""
            finished = self._progress.finished
            bundle = render_final(self._excerpt, str(self._log_file.path), finished, key)
            publish(bundle, self._display_id, update=self._shown)

    def forget_startup(self) -> None:
        """Drop what CASA said while it was loaded, except warnings."""
        self._held = [record for record in self._held if record.severity >= Severity.WARN]
        self.history.clear()

    def feed(self, data: bytes) -> None:
        """Take bytes of the log."""
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        decoded = [line.decode(errors="replace") for line in lines]
        records = _parsed(decoded, self._progress)
        failure = self._log_file.write(data)
        if failure is not None:
            records.append(LogRecord("", "WARN", "casa_kernel", failure))
        self._add(records)

    def report(self, lines: list[str]) -> None:
        """Take lines that a task printed past the log."""
        task = self._progress.task
        self._add([LogRecord("", "INFO", task, line.strip(), task=task) for line in lines])

    def replay(self, task: str, lines: Sequence[str]) -> None:
        """Take a task's log that was written at another time; no bar is shown for it."""
        parsed = _parsed(lines, Progress(self._clock))
        # What it printed past the log has neither time nor origin; `report` gives it the task's.
        records = [
            each if each.time else replace(each, origin=task, message=each.message.strip())
            for each in parsed
        ]
        self._progress.replay(task, records)
        failure = self._log_file.write(
            "".join(f"{line}\n" for line in lines).encode(errors="replace")
        )
        if failure is not None:
            records.append(LogRecord("", "WARN", "casa_kernel", failure))
        self._add(records)

    def measure(self, percent: int) -> None:
        """Take a figure of casacore's progress meter."""
        self._progress.measure(percent)
        self._changed = self._publish is not None

    def due(self) -> float | None:
        """Return the seconds until the next sending, None when there is nothing to send."""
        if self._changed:
            return max(0.0, self._next - self._clock())
        wait = None if self._publish is None else self._progress.wait()
        if wait is None:
            return None
        return max(wait, self._sent + _TICK - self._clock())

    def show(self) -> None:
        """Show the running cell's lines so far, if there are new ones."""
        if self._changed:
            self.refresh()

    def refresh(self) -> None:
        """Show the running cell's lines so far."""
        self._changed = False
        if self._publish is None:
            return
        gauge = self._progress.gauge()
        path = str(self._log_file.path)
        bundle = render_live(self._excerpt, path, gauge, self._display_id)
        self._publish(bundle, self._display_id, update=self._shown)
        self._shown = True
        self._sent = self._clock()
        long = self._sent - self._begun >= _LONG
        self._next = self._sent + (_LONG_INTERVAL if long else _INTERVAL)

    def _add(self, records: list[LogRecord]) -> None:
        self.history.add(records)
        if self._publish is None:
            self._held += records
            return
        for record in records:
            self._excerpt.add(record)
        self._changed = self._changed or bool(records)


def _parsed(lines: Sequence[str], progress: Progress) -> list[LogRecord]:
    records = []
    for line in lines:
        record = parse_line(line, progress.task)
        if record is not None:
            progress.see(record)
            records.append(record)
    return records
