"""What goes on beside the calls: in order, again after errors, and to its end."""

import asyncio
import threading
from collections.abc import Callable

from zfs_provisioner.background import Background, Loop, Preparation

SOON = 0.001


def _noted(notes: list[str], note: str) -> Callable[[], None]:
    return lambda: notes.append(note)


async def test_loops_begin_after_the_preparation_and_go_on_after_errors() -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    notes, failed = list[str](), list[str]()

    def prepare() -> None:
        notes.append("prepare")
        if notes.count("prepare") < 3:
            raise OSError("not yet")

    def work() -> None:
        notes.append("work")
        if notes.count("work") == 3:
            loop.call_soon_threadsafe(done.set)
        raise ValueError("always")

    background = Background(
        Preparation(seconds=SOON, work=prepare),
        [Loop(name="sweep", seconds=SOON, work=work)],
        failed.append,
    )
    async with background.running():
        await asyncio.wait_for(done.wait(), 10)
    assert notes[:6] == ["prepare"] * 3 + ["work"] * 3
    assert failed[:5] == ["preparation"] * 2 + ["sweep"] * 3


async def test_the_end_waits_for_work_under_way_and_starts_nothing_new() -> None:
    loop, begun, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    notes: list[str] = []

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        assert may_end.wait(10)
        notes.append("finished")

    background = Background(
        Preparation(seconds=SOON, work=lambda: None),
        [
            Loop(name="slow", seconds=SOON, work=work),
            Loop(name="never", seconds=3600, work=_noted(notes, "never")),
        ],
        notes.append,
    )
    async with background.running():
        await begun.wait()
        loop.call_later(SOON, may_end.set)
    assert notes == ["finished"]


async def test_a_preparation_that_never_succeeds_does_not_hold_back_the_end() -> None:
    loop, tried = asyncio.get_running_loop(), asyncio.Event()

    def prepare() -> None:
        loop.call_soon_threadsafe(tried.set)
        raise OSError("the disk is gone")

    background = Background(Preparation(seconds=3600, work=prepare), [], lambda _name: None)
    async with background.running():
        await tried.wait()
