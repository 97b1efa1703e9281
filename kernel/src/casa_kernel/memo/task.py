"""A task as the notebook calls it: through the engine while memoisation is on, else plainly."""

from collections.abc import Mapping
from typing import Any, Protocol

from casa_kernel.output.tee import LogTee
from casa_kernel.worker.messages import Finished


class PlainTask(Protocol):
    """What is used of `casa_kernel.remote.RemoteTask`."""

    __name__: str
    __doc__: str | None
    __signature__: Any

    def __call__(self, *arguments: Any, **parameters: Any) -> object:
        """Run it, and show its figures."""

    def run(
        self,
        arguments: tuple[Any, ...],
        parameters: Mapping[str, Any],
        *,
        tee: LogTee | None = None,
        restored: bool = False,
    ) -> Finished:
        """Run it, and return its answer."""

    def bound(self, arguments: tuple[Any, ...], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters by name."""


class Memory(Protocol):
    """What is used of `casa_kernel.memo.memory.NotebookMemory`."""

    @property
    def is_on(self) -> bool:
        """Whether tasks are memoised."""

    def call(
        self, task: PlainTask, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> object:
        """Return what a memoised call gives."""


class MemoisedTask:
    """A task that may be memoised.

    Parameters
    ----------
    task : PlainTask
        Runs it.
    memory : Memory
        Knows whether, and what was.
    """

    def __init__(self, task: PlainTask, memory: Memory) -> None:
        self.__name__ = self.__qualname__ = task.__name__
        self.__doc__ = task.__doc__
        self.__signature__ = task.__signature__
        self._task = task
        self._memory = memory

    def __repr__(self) -> str:
        return repr(self._task)

    def __call__(self, *arguments: Any, **parameters: Any) -> object:
        """Run the task, or put in place what it did before; raises what the task does."""
        if not self._memory.is_on:
            return self._task(*arguments, **parameters)
        return self._memory.call(self._task, arguments, parameters)
