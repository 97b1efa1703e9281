"""Tasks as a notebook calls them: each call in a process of its own.

The notebook's side of `casa_kernel.worker`. An interrupt is handed on; a task that does not listen
is killed, unless that would leave the user's data half-written: then the user is told, and decides.
"""

import signal
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from casa_kernel.errors import ArgumentError, CasaImportError, TaskCrashedError
from casa_kernel.harm import at_risk
from casa_kernel.worker.client import Running, Workers
from casa_kernel.worker.messages import (
    Answer,
    Call,
    Catalogue,
    Describe,
    Ended,
    Failed,
    Finished,
    Interrupted,
    Surroundings,
    TaskDescription,
)

# CASA answers an interrupt when the C++ that runs returns: within this time, or not for long.
_GRACE: Final = 2.0  # seconds

Picture = Callable[[bytes], object]
"""Shows a PNG in the running cell."""


class Start(Protocol):
    """Starts a request in a worker."""

    def __call__(self, call: Call, /) -> Running:
        """Return the call under way."""


class RemoteTask:
    """A task of CASA that runs in a worker.

    Parameters
    ----------
    description : TaskDescription
        Name, parameters, help.
    start : Start
        Starts a call.
    surroundings : callable
        What the task is to find around it.
    show : callable
        Shows its figures.
    """

    def __init__(
        self,
        description: TaskDescription,
        start: Start,
        surroundings: Callable[[], Surroundings],
        show: Picture,
    ) -> None:
        self.__name__ = self.__qualname__ = description.name
        self.__doc__ = description.documentation
        self.__signature__ = description.signature
        self._start = start
        self._surroundings = surroundings
        self._show = show

    def __repr__(self) -> str:
        return f"<CASA task {self.__name__}>"

    def __call__(self, *arguments: Any, **parameters: Any) -> object:
        """Run the task, and return what it returns.

        Raises
        ------
        Exception
            What the task raises.
        KeyboardInterrupt
            It was stopped.
        TaskCrashedError
            CASA's code ended the process.
        ArgumentError
            An argument cannot leave the notebook's process.
        """
        self._refuse_unknown(arguments, parameters)
        call = Call(self.__name__, arguments, parameters, self._surroundings())
        try:
            running = self._start(call)
        except (AttributeError, TypeError, ValueError) as error:
            raise ArgumentError(
                f"{self.__name__} runs in a process of its own, and an argument cannot be sent to "
                f"it ({error}): pass plain values, such as a file's name."
            ) from error
        outcome = self._outcome(running, call)
        if not isinstance(outcome, Finished):
            raise self._failure(outcome, call) from None
        for figure in outcome.figures:
            self._show(figure)
        return outcome.result

    def _refuse_unknown(self, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> None:
        try:
            self.__signature__.bind(*arguments, **parameters)
        except TypeError as error:
            raise TypeError(f"{self.__name__}() {error}") from None

    def _outcome(self, running: Running, call: Call) -> Answer | Ended | None:
        try:
            return running.wait()
        except KeyboardInterrupt:
            try:
                return self._interrupted(running, call)
            except KeyboardInterrupt:  # asked again: now it has to end
                _end(running)
                return None

    def _interrupted(self, running: Running, call: Call) -> Answer | Ended | None:
        running.interrupt()
        outcome = running.wait(_GRACE)
        if outcome is not None:
            return outcome
        harmed = self._at_risk(call)
        if harmed is None:
            _end(running)
            return None
        print(
            f"{call.task} is in a part of CASA that cannot be interrupted; it stops when that part "
            f"is done. Interrupt once more to end it now: {harmed} may then be half-written.",
            file=sys.stderr,
            flush=True,
        )
        return running.wait()

    def _failure(self, outcome: Answer | Ended | None, call: Call) -> BaseException:
        if isinstance(outcome, Failed):
            outcome.error.casa_traceback = outcome.trace  # type: ignore[attr-defined]
            return outcome.error
        if isinstance(outcome, Interrupted):
            return KeyboardInterrupt(f"{call.task} was stopped; its tables are closed.")
        if outcome is None:
            return KeyboardInterrupt(f"{call.task} was ended at once.{self._left(call)}")
        if isinstance(outcome, Ended):
            return TaskCrashedError(
                f"{call.task} crashed inside CASA ({_cause(outcome)}). Your variables are as "
                f"before, and no table is locked.{self._left(call)}"
            )
        return TypeError(f"a task does not answer with {outcome!r}")

    def _left(self, call: Call) -> str:
        harmed = self._at_risk(call)
        if harmed is None:
            return " A file that it was writing is incomplete: delete it before you try again."
        return (
            f" {harmed} may be half-written: check it, or restore it from a checkpoint or a copy."
        )

    def _at_risk(self, call: Call) -> str | None:
        bound = self.__signature__.bind_partial(*call.arguments, **call.parameters)
        bound.apply_defaults()
        return at_risk(call.task, bound.arguments)


def catalogue(workers: Workers, log: int) -> Catalogue:
    """Return what there is to call, once CASA is loaded.

    Raises
    ------
    CasaImportError
        CASA does not load.
    """
    outcome = workers.start(Describe(), log).wait()
    if isinstance(outcome, Catalogue):
        return outcome
    if isinstance(outcome, Failed):
        raise outcome.error
    raise CasaImportError(
        "CASA's own code ended the process that loaded it: `python -m casa_kernel doctor` tells "
        f"what is in the way, and {workers.log_file} what was printed."
    )


def _end(running: Running) -> None:
    running.kill()
    running.wait()


def _cause(ended: Ended) -> str:
    if ended.code is None:
        return "its process could not be started"
    if ended.code == -signal.SIGKILL:
        return "killed from outside; most likely the machine ran out of memory"
    if ended.code < 0:
        return signal.strsignal(-ended.code) or f"signal {-ended.code}"
    return f"exit code {ended.code}"
