"""One place that starts and stops whatever the provisioner does beside answering."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Work that is repeated, in a thread, `seconds` after it was done last."""

    name: str
    seconds: float
    work: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Work that has to succeed once before any loop begins; until then it is tried again."""

    seconds: float
    work: Callable[[], object]


class Background:
    """Runs the preparation, then the loops, side by side.

    An error is logged and counted, and the loop goes on: what failed now may work next time.

    Parameters
    ----------
    failed
        Told the name of a loop that failed.
    """

    def __init__(
        self, preparation: Preparation, loops: Sequence[Loop], failed: Callable[[str], None]
    ) -> None:
        self._preparation = preparation
        self._loops = loops
        self._failed = failed

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run in the block; at its end work under way is finished.

        Nothing is cancelled, because a thread cannot be: it would go on with the storage after the
        root was given up.
        """
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop), name="background")
        try:
            yield
        finally:
            stop.set()
            await task

    async def _run(self, stop: asyncio.Event) -> None:
        first = self._preparation
        while not await self._done("preparation", first.work):
            if await _stopped(stop, first.seconds):
                return
        await asyncio.gather(*(self._repeat(loop, stop) for loop in self._loops))

    async def _repeat(self, loop: Loop, stop: asyncio.Event) -> None:
        while not await _stopped(stop, loop.seconds):
            await self._done(loop.name, loop.work)

    async def _done(self, name: str, work: Callable[[], object]) -> bool:
        try:
            await run_in_threadpool(work)
        except Exception:
            log.exception("%s failed and will be tried again", name)
            self._failed(name)
            return False
        return True


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for so long, or until it is time to stop; return whether it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
