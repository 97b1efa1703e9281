"""What CASA logs and prints, in whichever process, led into the cell that runs."""

import contextvars
import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from casa_kernel.output.cell import CellLog
from casa_kernel.output.history import CasaLog
from casa_kernel.output.log import LogRecord
from casa_kernel.output.logfile import LogFile
from casa_kernel.output.pipe import MarkedPipe
from casa_kernel.output.stderr import StderrRelay
from casa_kernel.output.stdout import StdoutRelay


class DisplayShell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    display_pub: Any


class CellOutput:
    """Three pipes (log, stdout, stderr) of this process and its workers, read by threads.

    Parameters
    ----------
    shell : DisplayShell
        Its cells receive what is read.
    log_file : Path
        Takes the whole log.
    """

    def __init__(self, shell: DisplayShell, log_file: Path) -> None:
        self._shell = shell
        self._log_file = LogFile(log_file)
        self._cells = CellLog(self._log_file)
        self._pipe = MarkedPipe("casa-log", self._cells)
        self._stderr = StderrRelay(
            lambda percent: self._pipe.post(lambda: self._cells.measure(percent))
        )
        self._stdout = StdoutRelay(lambda lines: self._pipe.post(lambda: self._cells.report(lines)))

    @property
    def log_target(self) -> str:
        """What CASA in this process opens as its log file."""
        return self._pipe.path

    @property
    def log_descriptor(self) -> int:
        """The descriptor that takes the log."""
        return self._pipe.write_fd

    def log_path(self) -> Path:
        """Return where the whole log is."""
        return self._log_file.path

    def move_log(self, path: Path) -> None:
        """Continue the whole log in another file."""
        self._pipe.call(lambda: self._log_file.move(path))

    def forget_startup(self) -> None:
        """Drop what CASA said while it was loaded, except warnings."""
        self._pipe.call(self._cells.forget_startup)

    def begin_cell(self) -> None:
        """Let the log lines from here on belong to the cell that starts now."""
        # The message that a cell answers to is a context variable: the copy holds this cell's.
        context = contextvars.copy_context()
        displays: list[Any] = []

        def publish(bundle: dict[str, str], display_id: str, *, update: bool) -> None:
            if not displays:
                # Asked at the first line, and kept: %%capture exchanges it while the cell runs.
                displays.append(self._shell.display_pub)
            context.run(
                displays[0].publish, bundle, transient={"display_id": display_id}, update=update
            )

        self._pipe.call(lambda: self._cells.begin(publish))

    def show_log(self) -> None:
        """Show what is logged so far: it stands above what the cell shows next."""
        self._pipe.call(self._cells.show)

    def replay_log(self, task: str, lines: Sequence[str]) -> None:
        """Show the log of a task that was written at another time, and write it to the file."""
        self._pipe.call(lambda: self._cells.replay(task, lines))

    def end_cell(self) -> None:
        """Show all that was logged and printed before the cell counts as finished."""
        # C's own buffers: what a library printed to stdout belongs to this cell.
        ctypes.CDLL(None).fflush(None)
        self._stdout.drain()
        self._stderr.drain()
        self._pipe.call(self._cells.end)

    def casa_log(self) -> CasaLog:
        """Return the log for Python."""
        return CasaLog(self._read, lambda: str(self._log_file.path))

    def _read(self, last_cell: bool) -> tuple[LogRecord, ...]:
        lines: list[LogRecord] = []
        history = self._cells.history
        take = history.cell if last_cell else history.session
        self._pipe.call(lambda: lines.extend(take()))
        return tuple(lines)
