"""The ends of containers, as the daemon's events tell of them."""

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from casahub_spawner.docker_ends import Ends
from tests_docker import client, daemon_away, left_behind


@pytest.fixture
def ends() -> Ends:
    return Ends(lambda: docker.APIClient(version="auto", base_url=os.environ["DOCKER_HOST"]))


@pytest.fixture
def sleeper() -> Iterator[Any]:
    """A container that sleeps until it is killed."""
    container = client().containers.run(
        os.environ["CASAHUB_TEST_IMAGE"], ["sleep", "600"], entrypoint="", detach=True
    )
    try:
        yield container
    finally:
        container.remove(force=True)
        assert left_behind() == []


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for each in threading.enumerate():
        if each.name == "docker-ends":
            each.join(10)
            assert not each.is_alive()


async def test_an_end_is_told_with_its_status(ends: Ends, sleeper: Any) -> None:
    waits = [asyncio.create_task(ends.of(sleeper.id)) for _ in range(2)]
    done, _ = await asyncio.wait(waits, timeout=1)
    assert not done
    await asyncio.to_thread(sleeper.kill)
    assert await asyncio.wait_for(asyncio.gather(*waits), 30) == [137, 137]


async def test_an_end_that_was_before_is_told_at_once(ends: Ends, sleeper: Any) -> None:
    await asyncio.to_thread(sleeper.kill)
    await asyncio.to_thread(sleeper.wait)
    assert await asyncio.wait_for(ends.of(sleeper.id), 30) == 137


async def test_a_container_that_is_gone_ended_somehow(ends: Ends) -> None:
    assert await asyncio.wait_for(ends.of("f" * 64), 30) is None


async def test_an_end_while_the_daemon_is_away_is_told_when_it_is_back(
    ends: Ends, sleeper: Any
) -> None:
    wait = asyncio.create_task(ends.of(sleeper.id))
    await asyncio.sleep(0)

    def restart() -> None:
        with daemon_away():
            pass  # it takes its containers along

    await asyncio.to_thread(restart)
    assert await asyncio.wait_for(wait, 30) is not None


async def test_who_waits_no_longer_leaves_nothing(ends: Ends, sleeper: Any) -> None:
    wait = asyncio.create_task(ends.of(sleeper.id))
    await asyncio.wait([wait], timeout=1)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
