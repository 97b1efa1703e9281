import asyncio
import contextlib

import pytest
from casahub_spawner.progress import Event, StartLog
from zfs_provisioner.model import Progress


async def heard(log: StartLog) -> list[str]:
    return [event["message"].rpartition(" (")[0] async for event in log.follow()]


async def collected(log: StartLog) -> list[Event]:
    return [event async for event in log.follow()]


async def test_a_late_follower_hears_everything() -> None:
    log = StartLog()
    log.tell(5, "Preparing")
    log.tell(70, "Starting")
    log.end()
    assert await heard(log) == ["Preparing", "Starting"]


async def test_followers_hear_what_comes_and_then_the_end() -> None:
    log = StartLog()
    log.tell(5, "Preparing")
    early = [asyncio.create_task(heard(log)) for _ in range(2)]
    await asyncio.sleep(0)
    log.tell(50, "Copying")
    await asyncio.sleep(0)
    late = asyncio.create_task(heard(log))
    log.tell(90, "Waiting")
    log.end()
    async with asyncio.timeout(5):
        for follower in (*early, late):
            assert await follower == ["Preparing", "Copying", "Waiting"]


async def test_a_follower_who_leaves_does_not_disturb_the_others() -> None:
    log = StartLog()
    leaving, staying = (asyncio.create_task(heard(log)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    log.tell(5, "Preparing")
    log.end()
    async with asyncio.timeout(5):
        assert await staying == ["Preparing"]


async def test_a_start_that_says_nothing_ends() -> None:
    log = StartLog()
    log.end()
    async with asyncio.timeout(5):
        assert await heard(log) == []


async def test_a_stage_tells_the_seconds_since_the_start() -> None:
    log = StartLog()
    log.tell(5, "Preparing")
    log.end()
    [event] = await collected(log)
    assert event["progress"] == 5
    assert event["message"].endswith(" s)")


@pytest.mark.parametrize(
    ("steps", "percents"),
    [
        ([(0, 0)], []),
        ([(50, 100), (51, 100), (52, 100)], [35]),
        ([(n, 1000) for n in range(1001)], [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]),
        ([(100, 100), (10, 100)], [60]),
    ],
)
async def test_copying_moves_the_bar_in_steps(
    steps: list[tuple[int, int]], percents: list[int]
) -> None:
    log = StartLog()
    for done, total in steps:
        log.tell_progress(Progress(stage="copying", done=done * 10**6, total=total * 10**6))
    log.end()
    events = await collected(log)
    assert [event["progress"] for event in events] == percents
    assert all(event["message"].startswith("Copying: ") for event in events)


async def test_what_is_usual_is_said_from_when_it_is_known() -> None:
    log = StartLog()
    log.tell(5, "Asking")
    log.expect(6.2)
    log.tell(70, "Starting")
    log.expect(0.26)
    log.tell(75, "Waiting")
    log.end()
    messages = [event["message"] for event in await collected(log)]
    assert messages[0].endswith(" s)")
    assert messages[1].endswith(" s, usually 6 s)")
    assert messages[2].endswith(" s, usually 0.3 s)")


async def test_the_bar_never_moves_backwards() -> None:
    log = StartLog()
    for percent in (70, 5, 75):
        log.tell(percent, "Stage")
    log.end()
    assert [event["progress"] for event in await collected(log)] == [70, 70, 75]


async def test_the_bar_goes_on_by_what_is_usual_and_stops_before_its_end() -> None:
    log = StartLog()
    log.expect(2.1)
    log.tell(20, "Waiting")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(3.5):
            await log.go_on()
    log.end()
    percents = [event["progress"] for event in await collected(log)]
    assert percents[0] == 20
    assert percents == sorted(set(percents))
    assert percents[-1] == 95
