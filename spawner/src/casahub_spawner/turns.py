"""Turns of starting servers: a class of fifty that presses start together must not all time out.

On one machine, more servers that load at once are no sooner ready, but each is later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Turns:
    """A line of starts, of which the first ones go on and the others wait, in the order they came.

    Parameters
    ----------
    longest
        Seconds after which a start no longer keeps others from theirs: it may hang, or fetch an
        image, and needs no processor then.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._line: list[object] = []
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def turn(self, at_once: int, tell: Callable[[int], None]) -> AsyncIterator[None]:
        """Run the block when fewer than `at_once` others are in theirs.

        Parameters
        ----------
        at_once
            How many may go on; 0 is no limit.
        tell
            Called with how many have to end before, when one has to wait and when that changes.
        """
        loop, me = asyncio.get_running_loop(), object()
        self._line.append(me)
        ends = None
        try:
            if at_once:
                await self._in_front(me, at_once, tell)
            ends = loop.call_later(self._longest, self._leave, me)
            yield
        finally:
            if ends:
                ends.cancel()
            self._leave(me)

    async def _in_front(self, me: object, at_once: int, tell: Callable[[int], None]) -> None:
        told = 0
        while (before := self._line.index(me) + 1 - at_once) > 0:
            if before != told:
                told = before
                tell(before)
            await self._moved.wait()

    def _leave(self, me: object) -> None:
        if me in self._line:
            self._line.remove(me)
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
