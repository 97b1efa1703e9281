"""Server-sent events (the HTML standard, section 9.2) of every change."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from zfs_provisioner.api.refusals import error_answer
from zfs_provisioner.api.streaming import PatientStream, event_text
from zfs_provisioner.errors import EventsLostError
from zfs_provisioner.events import Events

HEARTBEAT: Final = 15.0  # seconds; proxies give up silent connections after 30 to 60

_LOST: Final = (
    "Some events are missing, because they were not read in time or are no longer kept: read what "
    "they are about anew, and listen again."
)


def add_event_routes(app: FastAPI, events: Events, heartbeat: float = HEARTBEAT) -> None:
    """Add the stream of events."""

    @app.get("/v1/events", response_class=_EventStream, name="events")
    async def watch(
        request: Request,
        owner: Annotated[str | None, Query(description="Without it: everybody's")] = None,
        last_event_id: Annotated[
            int | None, Header(description="Number of the last event that was heard")
        ] = None,
    ) -> StreamingResponse:
        """Stream what happens to an owner's workspaces, until one side ends it.

        The first event is `listening`, with the number of the last thing that happened before. Then
        each change is one `change` event. A `lagged` event, the last one, says that some are lost.
        """
        return PatientStream(request, _stream(events, owner, last_event_id, heartbeat))


class _EventStream(StreamingResponse):
    """Names the media type in the description of the interface."""

    media_type = "text/event-stream"


async def _stream(
    events: Events, owner: str | None, after: int | None, heartbeat: float
) -> AsyncIterator[bytes]:
    with events.listening(owner, after) as listener:
        start = events.newest if after is None else after
        yield format_sse_event(event="listening", id=str(start), data_str=str(start))
        while True:
            heard = await listener.heard(heartbeat)
            for each in heard:
                yield event_text("change", each.event, str(each.number))
            if listener.lagged:
                yield event_text("lagged", error_answer(EventsLostError(_LOST)))
                return
            if listener.closed:
                return
            if not heard:
                yield format_sse_event(comment="still there")
