"""Those who watch: every event goes to each listener, and the last ones are kept for replay.

All state belongs to the event loop's thread. `publish` may be called from any thread: it hands over
to the loop, which keeps the order, so there is nothing to lock.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from zfs_provisioner.journal import Event, NumberedEvent

KEPT: Final = 1000  # for replay: minutes of a busy site, a reader's reconnection takes seconds
WAITING: Final = 256  # for one listener: a burst of 64 callers fits, a reader that sleeps does not


class Listener:
    """What one watcher has not read yet.

    Attributes
    ----------
    lagged
        Some events are missing: it was too slow, or asked for events that are no longer kept.
    closed
        The provisioner stops.
    """

    def __init__(self, owner: str | None, limit: int) -> None:
        self._owner = owner
        self._limit = limit
        self._waiting: deque[NumberedEvent] = deque()
        self._news = asyncio.Event()
        self.lagged = False
        self.closed = False

    def offer(self, numbered: NumberedEvent) -> bool:
        """Let it hear an event of its owner; return whether it became too slow by it."""
        if self.lagged or (self._owner is not None and numbered.event.owner != self._owner):
            return False
        if len(self._waiting) == self._limit:
            self.lagged = True
        else:
            self._waiting.append(numbered)
        self._news.set()
        return self.lagged

    def end(self, *, lagged: bool = False) -> None:
        """Let it hear nothing more."""
        self.lagged = self.lagged or lagged
        self.closed = not lagged
        self._news.set()

    async def heard(self, seconds: float) -> list[NumberedEvent]:
        """Return the events since the last call, none if there were none for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        if not (self.lagged or self.closed):
            self._news.clear()
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting


class Events:
    """The events of one provisioner.

    Parameters
    ----------
    first
        Number of the first event. It has to be above those of earlier runs, or a watcher that
        reconnects after a restart would not notice what it missed.
    lost
        Told of each listener that became too slow.
    """

    def __init__(
        self,
        first: int,
        *,
        lost: Callable[[], None] = lambda: None,
        kept: int = KEPT,
        waiting: int = WAITING,
    ) -> None:
        self._next = first
        self._lost = lost
        self._kept: deque[NumberedEvent] = deque(maxlen=kept)
        self._waiting = waiting
        self._listeners: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many watch."""
        return len(self._listeners)

    @property
    def newest(self) -> int:
        """Number of the last event; before the first one, the number before it."""
        return self._next - 1

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to this loop from now on; before, everything has to happen in one thread."""
        self._loop = loop

    def publish(self, event: Event) -> None:
        """Tell everybody who watches; returns at once, whatever they do."""
        if self._loop is None:
            self._deliver(event)
        else:
            self._loop.call_soon_threadsafe(self._deliver, event)

    def _deliver(self, event: Event) -> None:
        numbered = NumberedEvent(number=self._next, event=event)
        self._next += 1
        self._kept.append(numbered)
        for listener in self._listeners:
            if listener.offer(numbered):
                self._lost()

    @contextmanager
    def listening(self, owner: str | None, after: int | None) -> Iterator[Listener]:
        """Give a listener for an owner's events, for everybody's with None.

        Parameters
        ----------
        after
            Number of the last event that it knows: those since come first. Without it, only what
            happens from now on.
        """
        replayed = 0 if after is None else len(self._kept)
        listener = Listener(owner, self._waiting + replayed)
        if after is not None:
            oldest = self._next - len(self._kept)
            # A number that we have not given yet is another provisioner's.
            if not oldest - 1 <= after <= self.newest:
                listener.end(lagged=True)
            for numbered in self._kept:
                if numbered.number > after:
                    listener.offer(numbered)
        if self._closed:
            listener.end()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener: the provisioner stops."""
        self._closed = True
        for listener in self._listeners:
            listener.end()
