"""CASA in one IPython shell: its names, its output, its tasks in workers."""

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import recompute

import casa_kernel.script_import
from casa_kernel import inputs, messages
from casa_kernel.casa import load_tools, quiet_import
from casa_kernel.casalog import LogControl
from casa_kernel.companions import magics
from casa_kernel.locks import relinquish
from casa_kernel.memo import engine, start
from casa_kernel.memo import magics as recompute_magic
from casa_kernel.memo.memory import NotebookMemory
from casa_kernel.memo.place import cell_of
from casa_kernel.memo.screen import Screen
from casa_kernel.memo.task import MemoisedTask
from casa_kernel.namespace import namespace
from casa_kernel.output.relays import CellOutput
from casa_kernel.output.tee import LogTee
from casa_kernel.plots import magics as plots_magic
from casa_kernel.plots import tasks as plotting
from casa_kernel.plots.screen import NO_METADATA
from casa_kernel.plots.show import Shower
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
    memoise : bool
        Whether tasks are memoised from the first cell on.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """

    def __init__(
        self, shell: Shell, site: Site, workers: Workers, *, memoise: bool = False
    ) -> None:
        self._shell = shell
        self._workers = workers
        # Before CASA: a library that complains late about the closed port finds the relay in place.
        self._output = CellOutput(shell, site.log_file)
        self._tools = load_tools(site, self._output.log_target)
        self._log = LogControl(self._tools.log, self._output.move_log, self._output.log_path)
        if memoise:
            engine.load()
        found = catalogue(workers, self._output.log_descriptor)
        self._output.forget_startup()
        self._version = found.version
        self.memory = self._opened_memory()
        self.plots = Shower(self._publish, self._cell)
        self._pictures_unseen = False
        tasks = {
            each.name: MemoisedTask(
                RemoteTask(
                    each, self._start, self._surroundings, self._output.show_log, self._show_picture
                ),
                self.memory,
            )
            for each in found.tasks
        }
        names = namespace(tasks, self._tools, self._show)
        plots = plotting.names(tasks, self.plots.show, self._unseen)
        names |= plots
        names["casa_log"] = self._output.casa_log()
        names["recompute"] = recompute
        names |= inputs.ClassicInterface(names, shell, self._show).install()
        casa_kernel.script_import.install(
            {name: names[name] for name in tasks}, self._tools.log, partial(quiet_import, site)
        )
        casa_kernel.script_import.install_plots({name: names[name] for name in plots})
        shell.push(names, interactive=False)
        magics.register(shell)
        recompute_magic.register(shell, self.memory, self._show)
        plots_magic.register(shell, self.plots)
        messages.install(shell)
        if memoise:
            self.memory.enable_with_the_next_cell()
        shell.events.register("pre_execute", self.begin_cell)
        shell.events.register("post_execute", self.end_cell)

    @property
    def banner(self) -> str:
        """Which CASA this is and where its log goes."""
        return f"CASA {self._version}. The whole log is written to {self._output.log_path()}"

    def begin_cell(self) -> None:
        """Let what is logged from here on belong to the cell that starts now."""
        self._output.begin_cell()
        self.memory.begin_cell()
        self.plots.begin_cell()

    def end_cell(self) -> None:
        """Let everything that belongs to the cell appear in it."""
        self.memory.end_cell()
        self._output.end_cell()

    def _opened_memory(self) -> NotebookMemory:
        screen = Screen(
            tee=lambda: LogTee(self._output.log_descriptor, 1),
            show_log=self._output.show_log,
            replay_log=self._output.replay_log,
            picture=self._show_picture,
            display=self._display,
        )
        return start.memory(self._shell, screen, self._let_go, self._tools.path, self._log.quiet)

    def _let_go(self) -> None:
        relinquish(self._tools.classes["table"]())

    def _start(self, call: Call, tee: LogTee | None) -> Running:
        self._let_go()
        if tee is None:
            return self._workers.start(call, self._output.log_descriptor)
        return self._workers.start(call, tee.log, tee.stdout)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            directory=os.getcwd(),  # noqa: PTH109 - may be gone, which only chdir finds out
            environment=dict(os.environ),
            log_calls=tuple(self._log.calls),
            data_path=tuple(self._tools.path()),
        )

    def _show(self, bundle: dict[str, str]) -> None:
        self._shell.display_pub.publish(bundle)

    def _display(self, bundle: dict[str, str], display_id: str, *, update: bool) -> None:
        self._shell.display_pub.publish(bundle, transient={"display_id": display_id}, update=update)

    def _publish(
        self,
        bundle: Mapping[str, str],
        *,
        metadata: Mapping[str, Any] = NO_METADATA,
        display_id: str,
        update: bool = False,
    ) -> None:
        self._shell.display_pub.publish(
            dict(bundle), dict(metadata), transient={"display_id": display_id}, update=update
        )

    def _cell(self) -> str | None:
        # IPython has no requests outside of Jupyter.
        request: dict[str, Any] = getattr(self._shell, "get_parent", dict)()
        return cell_of(request) or None

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        self._pictures_unseen = True
        try:
            yield
        finally:
            self._pictures_unseen = False

    def _show_picture(self, png: bytes) -> None:
        if not self._pictures_unseen:
            self._show({"image/png": b64encode(png).decode(), "text/plain": "<figure>"})
