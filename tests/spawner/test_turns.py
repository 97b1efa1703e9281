"""Whose turn it is to start."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from casahub_spawner.turns import Turns


class Crowd:
    """Starts that take turns, two at once, and what each was told."""

    def __init__(self, turns: Turns, at_once: int = 2) -> None:
        self.turns, self.at_once = turns, at_once
        self.told: dict[str, list[int]] = {}
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        for name in names:
            self.told[name], self._ends[name] = [], asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._start(name))
            await settled()

    async def _start(self, name: str) -> None:
        async with self.turns.turn(self.at_once, self.told[name].append):
            self.begun.append(name)
            await self._ends[name].wait()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks.pop(name)
        await settled()

    async def cancel(self, name: str) -> None:
        self._tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self._tasks.pop(name)
        await settled()


async def settled() -> None:
    """Let everything that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_they_start_in_the_order_they_came_and_hear_who_is_before() -> None:
    crowd = Crowd(Turns(longest=60))
    await crowd.come("a", "b", "c", "d")
    assert crowd.begun == ["a", "b"]
    await crowd.end("b")
    assert crowd.begun == ["a", "b", "c"]
    await crowd.end("a")
    assert crowd.begun == ["a", "b", "c", "d"]
    assert crowd.told == {"a": [], "b": [], "c": [1], "d": [2, 1]}


@pytest.mark.parametrize("who", ["a", "c"])
async def test_one_that_is_cancelled_makes_room(who: str) -> None:
    crowd = Crowd(Turns(longest=60))
    await crowd.come("a", "b", "c", "d")
    await crowd.cancel(who)
    assert crowd.told["d"] == [2, 1]
    await crowd.end("b")
    assert crowd.begun[-1] == "d"


async def test_one_that_hangs_keeps_nobody_for_long() -> None:
    crowd = Crowd(Turns(longest=0.01))
    await crowd.come("a", "b", "c")
    async with asyncio.timeout(10):
        while "c" not in crowd.begun:
            await asyncio.sleep(0.001)
    await crowd.end("a")
    await crowd.come("d")
    assert crowd.begun == ["a", "b", "c", "d"]


async def test_without_a_limit_nobody_waits() -> None:
    turns = Turns(longest=60)
    refuse: Callable[[int], None] = pytest.fail  # type: ignore[assignment]
    async with AsyncExitStack() as stack:
        for _ in range(50):
            await stack.enter_async_context(turns.turn(0, refuse))
