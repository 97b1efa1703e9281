"""CASA wired to one IPython shell: names, log blocks, stderr."""

import contextvars
import ctypes
import os
from pathlib import Path
from typing import Any, Protocol

from casa_kernel.casa import Casa, load
from casa_kernel.cell import CellLog
from casa_kernel.interrupt import release_tools
from casa_kernel.logfile import LogFile
from casa_kernel.namespace import namespace
from casa_kernel.pipe import MarkedPipe
from casa_kernel.site import Site
from casa_kernel.stderr import StderrRelay


class CellResult(Protocol):
    """What is used of IPython's ``ExecutionResult``."""

    error_in_exec: BaseException | None


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    events: Any
    display_pub: Any

    def push(self, variables: dict[str, Any], *, interactive: bool) -> None:
        """Add names to the user's namespace."""


class NotebookSession:
    """CASA in a notebook's process; there is one, because CASA keeps its state per process.

    Parameters
    ----------
    shell : Shell
        Receives the names; its cells receive the log.
    site : Site
        From `casa_kernel.site.prepare`.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """

    def __init__(self, shell: Shell, site: Site) -> None:
        self._shell = shell
        self._log_file = LogFile(site.log_file)
        self._cells = CellLog(self._log_file)
        self._pipe = MarkedPipe("casa-log", self._cells)
        # Before CASA: a library that complains late about the closed port finds the relay in place.
        self._relay = StderrRelay()
        self.casa = load(site, self._pipe.path)
        self._pipe.call(self._cells.forget_startup)
        self._let_log_file_be_chosen(self.casa)
        shell.push(namespace(self.casa, self._show), interactive=False)
        shell.events.register("pre_execute", self.begin_cell)
        shell.events.register("post_execute", self.end_cell)
        shell.events.register("post_run_cell", self.clean_up)

    @property
    def banner(self) -> str:
        """Which CASA this is and where its log goes."""
        return f"CASA {self.casa.version}. The whole log is written to {self._log_file.path}"

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

    def end_cell(self) -> None:
        """Show all that was logged before the cell counts as finished."""
        # C's own buffers: what a library printed to stdout belongs to this cell.
        ctypes.CDLL(None).fflush(None)
        self._relay.drain()
        self._pipe.call(self._cells.end)

    def clean_up(self, result: CellResult) -> None:
        """Leave no MeasurementSet locked by an interrupted task."""
        if isinstance(result.error_in_exec, KeyboardInterrupt):
            release_tools(result.error_in_exec)

    def _show(self, bundle: dict[str, str]) -> None:
        self._shell.display_pub.publish(bundle)

    def _let_log_file_be_chosen(self, casa: Casa) -> None:
        # CASA itself writes to the pipe for good: its two methods about the log file get the
        # meaning that a user expects, for scripts that call casalog.setlogfile("reduction.log").
        def setlogfile(filename: str = "casapy.log") -> bool:
            path = Path(os.path.expandvars(filename))
            self._pipe.call(lambda: self._log_file.move(path))
            return bool(self._log_file.path == path.expanduser().absolute())

        def logfile() -> str:
            return str(self._log_file.path)

        casa.log.setlogfile = setlogfile
        casa.log.logfile = logfile
