"""What a headless run needs of the engine."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from recompute.batch.model import Event
from recompute.model import Place, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a step.

    Attributes
    ----------
    result : object
        What the task returned, now or when it was computed.
    seconds : float
        How long it took this time.
    cost : float
        How long computing it took.
    notes : tuple of str
        What the user has to know.
    """

    result: object
    verdict: Verdict
    seconds: float
    cost: float
    why: str = ""
    notes: tuple[str, ...] = ()


class Engine(Protocol):
    """Memoises the steps of one run of one pipeline."""

    @property
    def tasks(self) -> Collection[str]:
        """Names of all tasks; CASA is not imported."""

    @property
    def last(self) -> Sequence[tuple[str, float]]:
        """Tasks that the pipeline had and what they cost to compute, in seconds, in order."""

    def parameters(self, task: str) -> Sequence[str]:
        """Return the names of a task's parameters, in order."""

    def call(
        self,
        task: str,
        arguments: Mapping[str, object],
        run: Callable[[], object],
        place: Place,
    ) -> Done:
        """Give a step's outcome from the store, or run and record it.

        What ``run`` raises is raised, after the files are as they were before it.
        """

    def close(self) -> None:
        """End the run; idempotent."""


class Listener(Protocol):
    """Is told what happens in a run."""

    def __call__(self, event: Event) -> None:
        """Note an event."""
