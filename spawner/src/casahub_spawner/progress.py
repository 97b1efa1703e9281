"""The stages of a start, as the hub's progress page shows them."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final, TypedDict

from zfs_provisioner.model import Progress

_CLONING: Final = (10, 60)  # percent of the bar that cloning takes


class Event(TypedDict):
    """One event of JupyterHub's progress stream; `progress` is in percent."""

    progress: int
    message: str


class StartLog:
    """Collects the stages of one start; any number of pages may follow it, also late."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._events: list[Event] = []
        self._changed = asyncio.Event()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the start is over."""
        return self._ended

    def begin(self) -> None:
        """Count the seconds from now: pages may have followed before the start."""
        self._started = time.monotonic()

    def tell(self, percent: int, message: str) -> None:
        """Add a stage with the seconds since the start."""
        elapsed = time.monotonic() - self._started
        self._events.append(Event(progress=percent, message=f"{message} ({elapsed:.1f} s)"))
        self._wake()

    def tell_progress(self, progress: Progress) -> None:
        """Add how far the provisioner is; it calls often, so only whole steps are kept."""
        if not progress.total:
            return
        low, high = _CLONING
        percent = low + (high - low) * progress.done // progress.total
        if percent >= (self._events[-1]["progress"] if self._events else 0) + 5:
            done, total = progress.done / 1e6, progress.total / 1e6
            self.tell(percent, f"{progress.stage.capitalize()}: {done:.0f} of {total:.0f} MB")

    def end(self) -> None:
        """Let the followers finish."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        """Wake every follower; each then waits for the next event object."""
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def follow(self) -> AsyncIterator[Event]:
        """Yield all stages from the first one, until the start ended."""
        seen = 0
        while True:
            changed = self._changed
            for event in self._events[seen:]:
                seen += 1
                yield event
            if self._ended and seen == len(self._events):
                return
            if changed is self._changed:
                await changed.wait()
