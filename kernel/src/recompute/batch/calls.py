"""Tasks as a script calls them: arguments by name, the line that calls, what is told of it."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import FrameType
from typing import Protocol

from recompute.batch.model import Begun, Ended, Line, Remark
from recompute.batch.ports import Engine, Listener
from recompute.model import Place, Verdict

Original = Callable[[str], Callable[..., object]]
"""Gives the task that computes, by name."""


class Position(Protocol):
    """Knows where in a script or notebook the program is."""

    def line(self, frame: FrameType | None) -> Line:
        """Return the innermost line of the user's own that leads to a frame."""

    def place(self) -> Place:
        """Return where the running step stands."""


def bound(
    task: str, parameters: Sequence[str], given: Sequence[object], named: Mapping[str, object]
) -> dict[str, object]:
    """Return a call's arguments by name.

    Raises
    ------
    TypeError
        As a function does: too many arguments, or one twice.
    """
    if len(given) > len(parameters):
        raise TypeError(f"{task}() takes {len(parameters)} arguments, but {len(given)} were given")
    arguments = dict(zip(parameters, given, strict=False))
    twice = sorted(arguments.keys() & named.keys())
    if twice:
        raise TypeError(f"{task}() got several values for {', '.join(twice)}")
    return {**arguments, **named}


class Calls:
    """Makes memoised tasks, and tells a listener of each call.

    Parameters
    ----------
    engine : Engine
        What memoises.
    original : callable
        What computes.
    position : Position
        Where the script is.
    listener : Listener
        Is told.
    """

    def __init__(
        self, engine: Engine, original: Original, position: Position, listener: Listener
    ) -> None:
        self._engine = engine
        self._original = original
        self._position = position
        self._listener = listener
        self._numbers = count(1)
        self._inside = threading.local()
        self._costs = _costs(engine.last)
        self.failed: tuple[BaseException, str] | None = None

    def tasks(self) -> dict[str, Callable[..., object]]:
        """Return all tasks, memoised, by name."""
        return {name: self._task(name) for name in self._engine.tasks}

    def _task(self, name: str) -> Callable[..., object]:
        def task(*given: object, **named: object) -> object:
            # A task that calls another one is one step.
            if getattr(self._inside, "yes", False):
                return self._original(name)(*given, **named)
            names = self._engine.parameters(name) if given else ()
            arguments = bound(name, names, given, named)
            return self._step(name, arguments, lambda: self._compute(name, given, named))

        task.__name__ = task.__qualname__ = name
        task.__doc__ = f"CASA's task {name}, memoised."
        return task

    def _compute(self, name: str, given: Sequence[object], named: Mapping[str, object]) -> object:
        self._inside.yes = True
        try:
            return self._original(name)(*given, **named)
        finally:
            self._inside.yes = False

    def _step(
        self, name: str, arguments: Mapping[str, object], run: Callable[[], object]
    ) -> object:
        number = next(self._numbers)
        where = self._position.line(sys._getframe(2))  # noqa: SLF001 - the interpreter's way to see callers
        costs = self._costs.get(name)
        expected = costs.pop(0) if costs else None
        self._listener(Begun(number=number, task=name, where=where, expected=expected))
        try:
            done = self._engine.call(name, arguments, run, self._position.place())
        except BaseException as error:
            self.failed = (error, name)
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self._listener(_failed(number, name, where, told))
            raise
        for note in done.notes:
            self._listener(Remark(text=note))
        self._listener(
            Ended(
                number=number,
                task=name,
                where=where,
                verdict=done.verdict,
                seconds=done.seconds,
                cost=done.cost,
                why=done.why,
            )
        )
        return done.result


def _costs(last: Sequence[tuple[str, float]]) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {}
    for task, cost in last:
        costs.setdefault(task, []).append(cost)
    return costs


def _failed(number: int, task: str, where: Line, why: str) -> Ended:
    return Ended(
        number=number,
        task=task,
        where=where,
        verdict=Verdict.FAILED,
        seconds=0.0,
        cost=0.0,
        why=why,
    )
