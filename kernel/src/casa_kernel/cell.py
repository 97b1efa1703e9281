"""The block of one cell: collects its log lines and decides when to show them.

Everything but the constructor runs in the reader thread of a `MarkedPipe`.
"""

import time
import uuid
from collections.abc import Callable
from typing import Protocol

from casa_kernel.log import Excerpt, LogRecord, Severity, parse_line
from casa_kernel.logfile import LogFile
from casa_kernel.render import render_final, render_live

# Four times a second looks live and stays far below Jupyter's limit of messages and bytes.
_INTERVAL = 0.25


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
        # Lines written between two cells, by a thread of the user's: the next cell shows them.
        self._held: list[LogRecord] = []

    def begin(self, publish: Publish) -> None:
        """Open the block of a cell; one that is still open is finished first."""
        self.end()
        self._publish = publish
        self._excerpt = Excerpt()
        self._display_id = uuid.uuid4().hex
        self._shown = False
        self._next = 0.0
        held, self._held = self._held, []
        self._add(held)

    def end(self) -> None:
        """Finish the block; without an open one, or without lines in it, nothing is shown."""
        publish, self._publish = self._publish, None
        self._changed = False
        if publish is not None and self._excerpt.last is not None:
            bundle = render_final(self._excerpt, str(self._log_file.path))
            publish(bundle, self._display_id, update=self._shown)

    def forget_startup(self) -> None:
        """Drop what CASA said while it was loaded, except warnings."""
        self._held = [record for record in self._held if record.severity >= Severity.WARN]

    def feed(self, data: bytes) -> None:
        """Take bytes of the log."""
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        records = [parse_line(line.decode(errors="replace")) for line in lines]
        failure = self._log_file.write(data)
        if failure is not None:
            records.append(LogRecord("", "WARN", "casa_kernel", failure))
        self._add([record for record in records if record is not None])

    def due(self) -> float | None:
        """Return the seconds until the next sending, None when there is nothing to send."""
        return max(0.0, self._next - self._clock()) if self._changed else None

    def refresh(self) -> None:
        """Show the running cell's lines so far."""
        self._changed = False
        if self._publish is None:
            return
        bundle = render_live(self._excerpt, str(self._log_file.path))
        self._publish(bundle, self._display_id, update=self._shown)
        self._shown = True
        self._next = self._clock() + _INTERVAL

    def _add(self, records: list[LogRecord]) -> None:
        if self._publish is None:
            self._held += records
            return
        for record in records:
            self._excerpt.add(record)
        self._changed = self._changed or bool(records)
