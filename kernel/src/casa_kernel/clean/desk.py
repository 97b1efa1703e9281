"""Where commands of a person wait for the thread that lets CASA work, and what became of them."""

import queue
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from casa_plots.cleaning.cleaning import Cleaning
from casa_plots.cleaning.controls import Controls
from casa_plots.errors import PlotError

from casa_kernel.clean.errors import StillOpenError
from casa_kernel.plots.worker import DRAWING

Result = dict[str, Any]


class Command(StrEnum):
    """What a person can ask for."""

    NEXT = "next"
    RUN = "run"
    BACK = "back"
    STOP = "stop"


class Phase(StrEnum):
    """What happens at the moment."""

    WAITING = "waiting"  # for a person
    RUNNING = "running"
    ENDING = "ending"
    DONE = "done"


_SAYS: Final = {
    Phase.RUNNING: "CASA is cleaning …",
    Phase.ENDING: "The image is being restored …",
    Phase.DONE: "Done.",
}


class Desk:
    """One interactive clean while it is open.

    `serve` runs in the thread whose work CASA's is, everything else in that of the front end's
    questions; both hold `DRAWING`.

    Parameters
    ----------
    cleaning : Cleaning
        Begun.
    told : callable
        Called after each change, in any thread.

    Attributes
    ----------
    phase : Phase
        See there.
    says : str
        The last that a person should know.
    problem : str
        What went wrong with the last command, empty if nothing did.
    changes : int
        Counts what CASA changed: images are to be drawn anew.
    """

    def __init__(self, cleaning: Cleaning, told: Callable[[], object]) -> None:
        self.cleaning = cleaning
        self.phase = Phase.WAITING
        self.says = "Draw around what is to be cleaned, then start a cycle."
        self.problem = ""
        self.changes = 0
        self._told = told
        self._commands: queue.Queue[Command] = queue.Queue()
        self._pause = threading.Event()

    def ask(self, command: Command) -> None:
        """Have a command done; while CASA is at work, only to stop makes sense."""
        if command is Command.STOP:
            self._pause.set()
        elif self.phase is not Phase.WAITING:
            return
        if self.phase in {Phase.WAITING, Phase.RUNNING}:
            self._commands.put(command)

    def enter(self, values: Mapping[str, object]) -> None:
        """Change controls for the next cycle.

        Raises
        ------
        InputError
            A value means nothing; nothing was changed.
        """
        self.cleaning.controls = self.cleaning.controls.changed(values)

    @property
    def controls(self) -> Controls:
        """For the next cycle."""
        return self.cleaning.controls

    def serve(self) -> Result:
        """Do what is asked until somebody stops it, or interrupts the kernel; return the result.

        Raises
        ------
        Exception
            CASA's own, if the image cannot be restored.
        """
        try:
            self._obey()
        except KeyboardInterrupt:
            print("Interrupted: stopped as by the button; the images are those of the last cycle.")
        self._set(Phase.ENDING)
        try:
            with DRAWING:
                result = self.cleaning.finish()
        finally:
            self.changes += 1
            self._set(Phase.DONE)
        return result

    def _obey(self) -> None:
        while True:
            command = self._commands.get()
            if command is Command.STOP:
                return
            self._pause.clear()
            self.problem = ""
            self._set(Phase.RUNNING)
            try:
                with DRAWING:
                    ended = self._do(command)
            except (PlotError, OSError) as error:  # OSError: no room for the state before it
                self.problem, ended = str(error), False
            finally:
                self.changes += 1
            if ended:
                return
            self.says = self._summary()
            self._set(Phase.WAITING)

    def _do(self, command: Command) -> bool:
        """Do a command; return whether nothing is left to do."""
        if command is Command.BACK:
            self.cleaning.undo_cycle()
            return False
        while True:
            self.cleaning.cycle()
            self.cleaning.find_mask()
            self.changes += 1
            if command is Command.NEXT or self._pause.is_set():
                return False
            if self.cleaning.reason:
                return True
            self.says = self._summary()
            self._told()

    def _summary(self) -> str:
        points, reason = self.cleaning.points, self.cleaning.reason
        if not self.cleaning.cycles or not points:
            return "No cycle was done yet."
        cycles = f"{self.cleaning.cycles} cycle{'s' * (self.cleaning.cycles > 1)}"
        text = (
            f"{cycles}, {points[-1].iterations} iterations; the peak in the mask is "
            f"{points[-1].peak:.4g} Jy/beam, the model has {points[-1].flux:.4g} Jy."
        )
        return f"{text} {reason}" if reason else text

    def _set(self, phase: Phase) -> None:
        self.phase = phase
        if phase is Phase.DONE:
            self.says = f"Done. {self._summary()}"
        elif phase in _SAYS:
            self.says = _SAYS[phase]
        self._told()


class Detached:
    """An interactive clean that a cell could not wait for: it goes on beside the cells.

    Parameters
    ----------
    desk : Desk
        Is served in a thread of its own from here on.
    finish : callable
        Makes the task's result of what `Desk.serve` returns.
    """

    def __init__(self, desk: Desk, finish: Callable[[Result], Any]) -> None:
        self._desk = desk
        self._finish = finish
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="clean", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until it is done, at most so long; return whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Any:  # noqa: ANN401 - what tclean returns
        """Return what `tclean` returns.

        Raises
        ------
        StillOpenError
            Nobody has pressed Stop yet.
        Exception
            CASA's own.
        """
        if self._error is not None:
            raise self._error
        if self._thread.is_alive():
            raise StillOpenError("It is still open: press Stop in the widget, then ask again.")
        return self._result

    def __repr__(self) -> str:
        return (
            f"<interactive tclean of {self._desk.cleaning.imagename}, {self._desk.phase}: the cell "
            "did not wait, because this front end's messages do not arrive while a cell runs "
            "(JupyterLab 4.4 and later can). result() returns what tclean returns once it was "
            "stopped. Without a widget use interactive=False with a mask.>"
        )

    def _serve(self) -> None:
        try:
            self._result = self._finish(self._desk.serve())
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error
