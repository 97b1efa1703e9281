"""The stages of a start, as the hub's progress page shows them."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final, NotRequired, TypedDict

from zfs_provisioner.model import Progress

_CLONING: Final = (10, 60)  # percent of the bar that cloning takes
_WAITING: Final = 95  # percent up to which the bar moves by what is usual
_STEP: Final = 1.0  # seconds between two steps of the bar while nothing happens


class Event(TypedDict):
    """One event of JupyterHub's progress stream; `progress` is in percent.

    Without a message only the bar moves.
    """

    progress: int
    message: NotRequired[str]


class StartLog:
    """Collects the stages of one start; any number of pages may follow it, also late."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._usual: float | None = None
        self._events: list[Event] = []
        self._changed = asyncio.Event()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the start is over."""
        return self._ended

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._started

    def begin(self) -> None:
        """Count the seconds from now: pages may have followed before the start."""
        self._started = time.monotonic()

    def expect(self, seconds: float | None) -> None:
        """Say from now on how long such a start usually takes, if that is known."""
        self._usual = seconds

    def tell(self, percent: int, message: str) -> None:
        """Add a stage with the seconds since the start. The bar never moves backwards."""
        usually = f", usually {_rounded(self._usual)} s" if self._usual else ""
        told = f"{message} ({self.seconds:.1f} s{usually})"
        self._events.append(Event(progress=max(percent, self._percent), message=told))
        self._wake()

    def tell_progress(self, progress: Progress) -> None:
        """Add how far the provisioner is; it calls often, so only whole steps are kept."""
        if not progress.total:
            return
        low, high = _CLONING
        percent = low + (high - low) * progress.done // progress.total
        if percent >= self._percent + 5:
            done, total = progress.done / 1e6, progress.total / 1e6
            self.tell(percent, f"{progress.stage.capitalize()}: {done:.0f} of {total:.0f} MB")

    async def go_on(self) -> None:
        """Move the bar while nothing happens, until cancelled: by the time it usually takes."""
        while self._usual:
            await asyncio.sleep(_STEP)
            percent = min(_WAITING, int(100 * self.seconds / self._usual))
            if percent > self._percent:
                self._events.append(Event(progress=percent))
                self._wake()
        await asyncio.Event().wait()

    @property
    def _percent(self) -> int:
        return self._events[-1]["progress"] if self._events else 0

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


def _rounded(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 1 else f"{seconds:.1f}"
