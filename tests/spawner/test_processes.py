"""The end of a process, as the kernel tells it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from casahub_spawner.processes import describe_end, process_ended

# Starts a process that outlives it, and tells its number.
ORPHAN = "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=-3).pid)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as child:
        yield child
        child.kill()


@pytest.fixture
def stranger() -> int:
    """A process that is no child of ours."""
    return int(subprocess.check_output([sys.executable, "-c", ORPHAN]))


async def test_the_end_of_a_child_is_told(child: subprocess.Popen[bytes]) -> None:
    waiting = asyncio.create_task(process_ended(child.pid))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    child.kill()
    async with asyncio.timeout(10):
        await waiting
    assert child.wait() == -signal.SIGKILL


async def test_the_end_of_a_stranger_is_told(stranger: int) -> None:
    waiting = asyncio.create_task(process_ended(stranger))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    os.kill(stranger, signal.SIGKILL)
    async with asyncio.timeout(10):
        await waiting


async def test_a_process_that_is_gone_has_ended(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    async with asyncio.timeout(10):
        await process_ended(child.pid)


async def test_a_wait_that_is_cancelled_leaves_no_file_open() -> None:
    open_files = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are compared
    waiting = asyncio.create_task(process_ended(os.getpid()))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert set(os.listdir("/proc/self/fd")) == open_files  # noqa: PTH208


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "ended"),
        (0, "ended"),
        (3, "ended with status 3"),
        (-9, "was ended by SIGKILL"),
        (137, "was ended by SIGKILL"),
        (143, "was ended by SIGTERM"),
        (255, "ended with status 255"),
    ],
)
def test_a_status_is_said_in_words(status: int | None, said: str) -> None:
    assert describe_end(status) == said
