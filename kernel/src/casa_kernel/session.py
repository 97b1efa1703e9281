"""CASA in one IPython shell: its names, its output, its tasks in workers."""

import os
from base64 import b64encode
from functools import partial
from typing import Any, Protocol

import casa_kernel.script_import
from casa_kernel import inputs, messages
from casa_kernel.casa import load_tools, quiet_import
from casa_kernel.casalog import LogControl
from casa_kernel.companions import magics
from casa_kernel.locks import relinquish
from casa_kernel.namespace import namespace
from casa_kernel.output.relays import CellOutput
from casa_kernel.remote import RemoteTask, catalogue
from casa_kernel.site import Site
from casa_kernel.worker.client import Running, Workers
from casa_kernel.worker.messages import Call, Surroundings


class Shell(inputs.Shell, magics.MagicShell, messages.Shell, Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    events: Any
    display_pub: Any

    def push(self, variables: dict[str, Any], *, interactive: bool) -> None:
        """Add names to the user's namespace."""


class NotebookSession:
    """CASA in a notebook; there is one, because CASA keeps its state per process.

    Tasks run in workers, tools in the notebook's own process.

    Parameters
    ----------
    shell : Shell
        Receives the names; its cells receive the log.
    site : Site
        From `casa_kernel.site.prepare`.
    workers : Workers
        Started with the same site.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """

    def __init__(self, shell: Shell, site: Site, workers: Workers) -> None:
        self._shell = shell
        self._workers = workers
        # Before CASA: a library that complains late about the closed port finds the relay in place.
        self._output = CellOutput(shell, site.log_file)
        self._tools = load_tools(site, self._output.log_target)
        self._log = LogControl(self._tools.log, self._output.move_log, self._output.log_path)
        found = catalogue(workers, self._output.log_descriptor)
        self._output.forget_startup()
        self._version = found.version
        tasks = {
            each.name: RemoteTask(
                each, self._start, self._surroundings, self._output.show_log, self._show_picture
            )
            for each in found.tasks
        }
        names = namespace(tasks, self._tools, self._show)
        names["casa_log"] = self._output.casa_log()
        names |= inputs.ClassicInterface(names, shell, self._show).install()
        casa_kernel.script_import.install(
            {name: names[name] for name in tasks}, self._tools.log, partial(quiet_import, site)
        )
        shell.push(names, interactive=False)
        magics.register(shell)
        messages.install(shell)
        shell.events.register("pre_execute", self.begin_cell)
        shell.events.register("post_execute", self._output.end_cell)

    @property
    def banner(self) -> str:
        """Which CASA this is and where its log goes."""
        return f"CASA {self._version}. The whole log is written to {self._output.log_path()}"

    def begin_cell(self) -> None:
        """Let what is logged from here on belong to the cell that starts now."""
        self._output.begin_cell()

    def _start(self, call: Call) -> Running:
        relinquish(self._tools.classes["table"]())
        return self._workers.start(call, self._output.log_descriptor)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            directory=os.getcwd(),  # noqa: PTH109 - may be gone, which only chdir finds out
            environment=dict(os.environ),
            log_calls=tuple(self._log.calls),
            data_path=tuple(self._tools.path()),
        )

    def _show(self, bundle: dict[str, str]) -> None:
        self._shell.display_pub.publish(bundle)

    def _show_picture(self, png: bytes) -> None:
        self._show({"image/png": b64encode(png).decode(), "text/plain": "<figure>"})
