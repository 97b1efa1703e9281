"""How long starts took lately: what a user may expect of the next one.

The hub keeps the last few of each server with the server's state. One that starts anew takes them
up from there.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final

Kind = tuple[str, ...]  # of starts that take about as long as each other
Started = Sequence[Any]  # the words of its kind, and how many seconds it took: as JSON has it

_KEPT: Final = 20
_ENOUGH: Final = 3  # one or two say nothing about what is usual


def with_start(starts: Sequence[Started], kind: Kind, seconds: float) -> list[Started]:
    """Return what is kept of one server's starts after one more: as many as are enough."""
    return [*starts, [*kind, round(seconds, 1)]][-_ENOUGH:]


class RecentStarts:
    """Seconds of the last starts of each kind."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Kind, deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._recalled = False

    def recall(self, kept: Iterable[Sequence[Started]]) -> None:
        """Take up what an earlier hub kept of each server, the first time that this is called."""
        if self._recalled:
            return
        self._recalled = True
        for starts in kept:
            for *kind, seconds in starts:
                self.add(tuple(kind), seconds)

    def add(self, kind: Kind, seconds: float) -> None:
        """Note a start that came to its end."""
        self._seconds[kind].append(seconds)

    def usual(self, kind: Kind) -> float | None:
        """Return the median of this kind, None before there were enough."""
        seconds = self._seconds.get(kind, ())
        return median(seconds) if len(seconds) >= _ENOUGH else None
