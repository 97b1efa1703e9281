"""Long operations: plain JSON for who waits, server-sent events for who wants to watch.

The work runs in a thread. With `Accept: text/event-stream` the answer is a stream of `progress`
events that ends with one `result` or `error` event (the status is then 200, since it was sent
before the work was done).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from zfs_provisioner.api.models import ErrorAnswer
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import Progress
from zfs_provisioner.storage.protocol import Report

_ANYTHING: Final[TypeAdapter[Any]] = TypeAdapter(Any)  # the result's type is the caller's affair


def error_answer(error: ProvisionerError) -> ErrorAnswer:
    """Return the wire form of an error."""
    return ErrorAnswer(error=error.code, message=error.message, retry=error.retry)


async def long_answer(request: Request, work: Callable[[Report], object]) -> Response:
    """Run `work` in a thread and answer in the form that the request accepts."""
    if "text/event-stream" not in request.headers.get("accept", ""):
        result = await run_in_threadpool(work, lambda _progress: None)
        return JSONResponse(jsonable_encoder(result))
    return StreamingResponse(_events(work), media_type="text/event-stream")


async def _events(work: Callable[[Report], object]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    latest: asyncio.Queue[Progress | None] = asyncio.Queue()

    def report(progress: Progress) -> None:
        loop.call_soon_threadsafe(latest.put_nowait, progress)

    running = asyncio.ensure_future(run_in_threadpool(work, report))
    running.add_done_callback(lambda _task: latest.put_nowait(None))
    while (progress := await latest.get()) is not None:
        while not latest.empty() and (newer := latest.get_nowait()) is not None:
            progress = newer  # a slow reader gets the newest figures, not all of them
        yield _event("progress", progress)
        if running.done() and latest.empty():
            break
    try:
        yield _event("result", await running)
    except ProvisionerError as error:
        yield _event("error", error_answer(error))


def _event(name: str, data: object) -> bytes:
    return format_sse_event(event=name, data_str=_ANYTHING.dump_json(data).decode())
