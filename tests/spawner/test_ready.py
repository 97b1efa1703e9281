"""The sign of a server that listens: its file in Jupyter's runtime directory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from casahub_spawner.ready import first_of, server_files, server_listens


@asynccontextmanager
async def waiting(directory: Path) -> AsyncIterator[asyncio.Task[None]]:
    """Wait for a server that is not there yet; the wait has begun when the block does."""
    task = asyncio.create_task(server_listens(directory, server_files(directory)))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        yield task


async def test_a_new_file_is_the_sign(tmp_path: Path) -> None:
    async with waiting(tmp_path) as task:
        (tmp_path / "jpserver-7.json").write_text("{}")
        await task


async def test_a_file_that_came_before_the_wait_is_one_too(tmp_path: Path) -> None:
    earlier = server_files(tmp_path)
    (tmp_path / "jpserver-7.json").write_text("{}")
    async with asyncio.timeout(10):
        await server_listens(tmp_path, earlier)


async def test_what_an_earlier_server_left_is_none(tmp_path: Path) -> None:
    (tmp_path / "jpserver-6.json").write_text("{}")
    async with waiting(tmp_path) as task:
        (tmp_path / "kernel-1.json").write_text("{}")
        (tmp_path / "jpserver-7-open.html").write_text("")
        (tmp_path / "jpserver-6.json").unlink()
        await asyncio.sleep(0.1)  # all of it was heard
        assert not task.done()
        (tmp_path / "jpserver-7.json").write_text("{}")
        await task


async def test_a_file_of_the_same_name_that_is_written_anew_is_one(tmp_path: Path) -> None:
    """In a container every server has the same number."""
    file = tmp_path / "jpserver-7.json"
    file.write_text("{}")
    async with waiting(tmp_path) as task:
        file.unlink()
        file.write_text("{}")
        await task


async def test_a_directory_that_is_gone_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await server_listens(tmp_path / "gone", {})


async def test_the_first_of_several_waits_ends_the_others() -> None:
    cancelled = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    await first_of(long(), asyncio.sleep(0))
    assert cancelled.is_set()


async def test_an_error_of_the_first_is_raised() -> None:
    async def failing() -> None:
        raise LookupError("nobody there")

    with pytest.raises(LookupError, match="nobody there"):
        await first_of(failing(), asyncio.Event().wait())


async def test_a_cancelled_wait_leaves_nothing_that_waits(tmp_path: Path) -> None:
    task = asyncio.create_task(first_of(server_listens(tmp_path, {}), asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
