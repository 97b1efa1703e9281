"""Long operations: plain JSON for who waits, server-sent events for who wants to watch.

The work runs in a thread. With `Accept: text/event-stream` the answer is a stream of `progress`
events that ends with one `result` or `error` event (the status is then 200, since it was sent
before the work was done).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Send

from zfs_provisioner.api.observing import STATUS
from zfs_provisioner.api.refusals import error_answer
from zfs_provisioner.connections import ABORT
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import Progress
from zfs_provisioner.storage.protocol import Report

PATIENCE: Final = 20.0  # seconds; who reads nothing for so long is gone or stuck

_ANYTHING: Final[TypeAdapter[Any]] = TypeAdapter(Any)  # the result's type is the caller's affair


class PatientStream(StreamingResponse):
    """A stream of events that gives up on who does not read it.

    Otherwise a reader that sleeps would hold the provisioner back from stopping.
    """

    media_type = "text/event-stream"

    def __init__(self, request: Request, content: AsyncIterator[bytes]) -> None:
        super().__init__(content, headers={"Cache-Control": "no-cache"})
        self._abort: Callable[[], None] = getattr(request.state, ABORT, lambda: None)

    async def stream_response(self, send: Send) -> None:
        """Send what there is; end the connection when it is not taken."""

        async def sending(message: Message) -> None:
            async with asyncio.timeout(PATIENCE):
                await send(message)

        try:
            await super().stream_response(sending)
        except TimeoutError:
            self._abort()


class Works:
    """What goes on in threads for streams. Its watcher may leave, the work is finished anyway."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()

    def start(self, work: Callable[[Report], object], report: Report) -> asyncio.Task[object]:
        """Begin work."""
        task = asyncio.create_task(run_in_threadpool(work, report))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def finished(self) -> None:
        """Return when nothing goes on: the root must not be given up earlier."""
        if self._running:
            await asyncio.wait(self._running)


async def long_answer(request: Request, work: Callable[[Report], object]) -> Response:
    """Run `work` in a thread and answer in the form that the request accepts."""
    if "text/event-stream" not in request.headers.get("accept", ""):
        result = await run_in_threadpool(work, lambda _progress: None)
        return Response(_ANYTHING.dump_json(result), media_type="application/json")
    return PatientStream(request, _events(request, work))


async def _events(request: Request, work: Callable[[Report], object]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    latest: asyncio.Queue[Progress | None] = asyncio.Queue()

    def report(progress: Progress) -> None:
        loop.call_soon_threadsafe(latest.put_nowait, progress)

    works: Works = request.app.state.works
    running = works.start(work, report)
    running.add_done_callback(lambda _task: latest.put_nowait(None))
    while (progress := await latest.get()) is not None:
        while not latest.empty() and (newer := latest.get_nowait()) is not None:
            progress = newer  # a slow reader gets the newest figures, not all of them
        yield event_text("progress", progress)
        if running.done() and latest.empty():
            break
    try:
        yield event_text("result", await running)
    except ProvisionerError as error:
        setattr(request.state, STATUS, error.status)
        yield event_text("error", error_answer(error))


def event_text(name: str, data: object, number: str | None = None) -> bytes:
    """Return one server-sent event with its data as JSON."""
    return format_sse_event(event=name, data_str=_ANYTHING.dump_json(data).decode(), id=number)
