"""What a plan needs of the engine; all of it only looks."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from recompute.model import Json, Output, Record, Request, StateId, Step


class Lookup(Protocol):
    """Answers for one pipeline; nothing that a user has is changed by asking."""

    @property
    def tasks(self) -> Collection[str]:
        """Names of all tasks."""

    @property
    def last(self) -> Sequence[Step]:
        """The last successful execution of each step of the pipeline, the last run's first."""

    def parameters(self, task: str) -> Sequence[str]:
        """Return the names of a task's parameters, in order."""

    def request(self, task: str, arguments: Mapping[str, object], cwd: Path) -> Request:
        """Return what a call asks for.

        Raises
        ------
        RecomputeError, TypeError, ValueError
            The arguments are not such as the task takes.
        """

    def beginnings(self) -> Mapping[Path, StateId]:
        """Return how each path is when the pipeline begins, where a run would put it back first."""

    def state(self, path: Path) -> StateId:
        """Return the state of what stands at a path now."""

    def find(self, request: Request, states: Mapping[Path, StateId]) -> Record | None:
        """Return the record of a step.

        Parameters
        ----------
        states : mapping
            For every path that the touches name, and every member of their families that is there.
        """

    def result(self, record: Record) -> Json:
        """Return what a task returned, as `recompute.codec` writes it."""

    def is_file(self, output: Output) -> bool | None:
        """Tell whether what a step left is a plain file; None if that is not known."""
