"""Tasks as a notebook calls them: each call in a process of its own.

The notebook's side of `casa_kernel.worker`. An interrupt is handed on; a task that does not listen
is killed, unless that would leave the user's data half-written: then the user is told, and decides.
"""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from casa_kernel.errors import ArgumentError, CasaImportError, TaskCrashedError
from casa_kernel.harm import at_risk
from casa_kernel.output.tee import LogTee
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


class TaskTraceback(Exception):  # noqa: N818 - it is not what went wrong, but where
    """Where in CASA a task raised its error: the cause of that error in the notebook."""

    def __init__(self, trace: str) -> None:
        super().__init__(f"in the task's own process:\n\n{trace}")


class Start(Protocol):
    """Starts a request in a worker."""

    def __call__(self, call: Call, tee: LogTee | None, /) -> Running:
        """Return the call under way; what it logs goes through the tee, if there is one."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What is lost if a task is ended.

    Attributes
    ----------
    changed : str or None
        The user's data that it changes in place, None if it changes none.
    restored : bool
        Whoever called it puts everything back as it was if it fails.
    """

    changed: str | None
    restored: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether it may be ended unasked."""
        return self.restored or self.changed is None

    @property
    def left(self) -> str:
        """What is there after it was ended, a sentence with a space before it."""
        if self.restored:
            return " All files are as they were before the call."
        if self.changed is None:
            return " A file that it was writing is incomplete: delete it before you try again."
        return (
            f" {self.changed} may be half-written: check it, or restore it from a checkpoint or a "
            "copy."
        )


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
    returned : callable
        Called when the task has ended, before anything of it is shown.
    show : callable
        Shows its figures.
    """

    def __init__(
        self,
        description: TaskDescription,
        start: Start,
        surroundings: Callable[[], Surroundings],
        returned: Callable[[], object],
        show: Picture,
    ) -> None:
        self.__name__ = self.__qualname__ = description.name
        self.__doc__ = description.documentation
        self.__signature__ = description.signature
        self._start = start
        self._surroundings = surroundings
        self._returned = returned
        self._show = show

    def __repr__(self) -> str:
        return f"<CASA task {self.__name__}>"

    def __call__(self, *arguments: Any, **parameters: Any) -> object:
        """Run the task, show its figures, and return what it returns.

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
        finished = self.run(arguments, parameters)
        for figure in finished.figures:
            self._show(figure)
        return finished.result

    def run(
        self,
        arguments: tuple[Any, ...],
        parameters: Mapping[str, Any],
        *,
        tee: LogTee | None = None,
        restored: bool = False,
    ) -> Finished:
        """Run the task, and return its answer; raises what a call does.

        Parameters
        ----------
        arguments, parameters
            As the user gave them.
        tee : LogTee, optional
            Takes what it logs, and hands it on.
        restored : bool
            The caller puts all files back as they were if the task fails: it may be ended unasked.
        """
        stake = Stake(at_risk(self.__name__, self.bound(arguments, parameters)), restored)
        writes = stake.changed is not None
        call = Call(self.__name__, arguments, dict(parameters), self._surroundings(), writes)
        try:
            running = self._start(call, tee)
        except (AttributeError, TypeError, ValueError) as error:
            raise ArgumentError(
                f"{self.__name__} runs in a process of its own, and an argument cannot be sent to "
                f"it ({error}): pass plain values, such as a file's name."
            ) from error
        outcome = self._outcome(running, stake)
        self._returned()
        if not isinstance(outcome, Finished):
            raise _failure(outcome, self.__name__, stake) from _trace(outcome)
        return outcome

    def bound(self, arguments: tuple[Any, ...], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters by name, those with defaults included.

        Raises
        ------
        TypeError
            The task cannot be called like this.
        """
        try:
            bound = self.__signature__.bind(*arguments, **parameters)
        except TypeError as error:
            raise TypeError(f"{self.__name__}() {error}") from None
        bound.apply_defaults()
        return bound.arguments

    def _outcome(self, running: Running, stake: Stake) -> Answer | Ended | None:
        try:
            return running.wait()
        except KeyboardInterrupt:
            try:
                return self._interrupted(running, stake)
            except KeyboardInterrupt:  # asked again: now it has to end
                _end(running)
                return None

    def _interrupted(self, running: Running, stake: Stake) -> Answer | Ended | None:
        running.interrupt()
        outcome = running.wait(_GRACE)
        if outcome is not None:
            return outcome
        if stake.is_nothing:
            _end(running)
            return None
        print(
            f"{self.__name__} is in a part of CASA that cannot be interrupted; it stops when that "
            f"part is done. Interrupt once more to end it now: {stake.changed} may then be "
            "half-written.",
            file=sys.stderr,
            flush=True,
        )
        return running.wait()


def _failure(outcome: Answer | Ended | None, task: str, stake: Stake) -> BaseException:
    if isinstance(outcome, Failed):
        return outcome.error
    if isinstance(outcome, Interrupted):
        return KeyboardInterrupt(f"{task} was stopped; its tables are closed.")
    if outcome is None:
        return KeyboardInterrupt(f"{task} was ended at once.{stake.left}")
    if isinstance(outcome, Ended):
        return TaskCrashedError(
            f"{task} crashed inside CASA ({_reason(outcome)}). Your variables are as before, and "
            f"no table is locked.{stake.left}"
        )
    return TypeError(f"a task does not answer with {outcome!r}")


def _trace(outcome: Answer | Ended | None) -> Exception | None:
    return TaskTraceback(outcome.trace) if isinstance(outcome, Failed) else None


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


def _reason(ended: Ended) -> str:
    if ended.code is None:
        return "its process could not be started"
    if ended.code == -signal.SIGKILL:
        return "killed from outside; most likely the machine ran out of memory"
    if ended.code < 0:
        return signal.strsignal(-ended.code) or f"signal {-ended.code}"
    return f"exit code {ended.code}"
