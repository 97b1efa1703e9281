"""The engine of a headless run: a session of the store, the books and the eye of its user."""

import importlib
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from recompute import access, active
from recompute.access.definitions import parameters_of
from recompute.batch.model import NOTEBOOK
from recompute.batch.notebook import code_cells, read_notebook
from recompute.batch.past import latest
from recompute.batch.ports import Done
from recompute.casa.log import LogTail, replay
from recompute.engine import Session
from recompute.model import Outcome, Place, Verdict
from recompute.opening import new_run, open_history, open_workshop


class Headless:
    """Memoises the steps of one run, from the top of its script or notebook.

    Parameters
    ----------
    path : Path
        Of the script or notebook: its pipeline's name.
    """

    def __init__(self, path: Path) -> None:
        workshop = open_workshop()
        history = open_history(workshop)
        pipeline = str(path.resolve())
        self.last = [(step.task, step.cost) for step in latest(history.steps(pipeline))]
        self._session = Session(workshop, history, pipeline=pipeline, run=new_run())
        self._order = _cell_order(path)
        self._cell = ""
        self._session.restart()
        active.set_host(self)
        self.enable()

    @property
    def tasks(self) -> Collection[str]:
        """Names of all tasks; CASA is not imported."""
        return access.known_tasks()

    def parameters(self, task: str) -> Sequence[str]:
        """Return the names of a task's parameters, in order."""
        return tuple(parameters_of(task) or ())

    def enable(self) -> Session:
        """Let the tasks go through the session; a script may ask for it though it is so."""
        active.activate(self._session)
        return self._session

    def disable(self) -> None:
        """Let the tasks run plainly from now on."""
        self._session.note()
        active.activate(None)

    def call(
        self,
        task: str,
        arguments: Mapping[str, object],
        run: Callable[[], object],
        place: Place,
    ) -> Done:
        """Give a step's outcome from the store, or run and record it."""
        session = active.session()
        if session is None or session.is_inside:
            why = "memoisation is off" if session is None else "it is a part of another step"
            return _plainly(run, why)
        if place.cell != self._cell:
            session.begin(place.cell, self._order)
            self._cell = place.cell
        request = access.request(
            task, arguments, signature=None, cwd=Path.cwd(), versions=access.versions()
        )
        done = session.call(request, lambda: _outcome(run))
        if done.verdict is Verdict.CACHED and "casatools" in sys.modules:
            replay(done.outcome.log, _logger(), f"{task} is cached; its log of then:")
        return Done(
            result=done.outcome.result,
            verdict=done.verdict,
            seconds=done.step.seconds,
            cost=done.step.cost,
            why=done.step.why,
            notes=done.notes,
        )

    def close(self) -> None:
        """End the run; idempotent."""
        active.set_host(None)
        if active.session() is self._session:
            self.disable()


def start(path: Path) -> Headless:
    """Return the engine of a run that begins."""
    return Headless(path)


def _cell_order(path: Path) -> list[str]:
    if path.suffix != NOTEBOOK:
        return []
    return [each.identity for each in code_cells(read_notebook(path))]


def _plainly(run: Callable[[], object], why: str) -> Done:
    begun = time.monotonic()
    result = run()
    took = time.monotonic() - begun
    return Done(result=result, verdict=Verdict.UNMEMOISED, seconds=took, cost=took, why=why)


def _outcome(run: Callable[[], object]) -> Outcome:
    tail = LogTail(Path(_logger().logfile()))
    result = run()
    return Outcome(result, tail.lines())


def _logger() -> Any:  # noqa: ANN401 - casatools ships no types
    return importlib.import_module("casatasks").casalog
