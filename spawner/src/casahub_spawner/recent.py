"""How long starts took lately: what a user may expect of the next one."""

from collections import defaultdict, deque
from collections.abc import Hashable
from statistics import median
from typing import Final

_KEPT: Final = 20
_ENOUGH: Final = 3  # one or two say nothing about what is usual


class RecentStarts:
    """Seconds of the last starts of each kind; a hub that starts anew has seen none."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Hashable, deque[float]] = defaultdict(
            lambda: deque(maxlen=_KEPT)
        )

    def add(self, kind: Hashable, seconds: float) -> None:
        """Note a start that came to its end."""
        self._seconds[kind].append(seconds)

    def usual(self, kind: Hashable) -> float | None:
        """Return the median of this kind, None before there were enough."""
        seconds = self._seconds.get(kind, ())
        return median(seconds) if len(seconds) >= _ENOUGH else None
