"""The outermost layer: a request's id, its line in the log, its place in the metrics."""

import logging
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zfs_provisioner.calls import CALL, Call, Peer, request_id
from zfs_provisioner.connections import PEER
from zfs_provisioner.logs import FIELDS
from zfs_provisioner.metrics import Metrics

log = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
STATUS: Final = "status"  # in the ASGI state: what a stream, begun with 200, came to in the end
WATCHING: Final = "events"  # the route that never ends by itself, and would blur the latencies


class Observing:
    """Gives each request an id, which it answers with, and logs and counts it at its end."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        call = Call(
            request_id=request_id(Headers(scope=scope).get(HEADER)), peer=state.get(PEER, Peer())
        )
        CALL.set(call)  # a request has a task, and so a context, of its own
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = call.request_id
            await send(message)

        started = time.perf_counter()
        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, sending)
        except Exception:  # what answers it is `refusals`, which starlette raises on afterwards
            log.exception("the request failed")
        finally:
            self._metrics.in_flight.dec()
            seconds = time.perf_counter() - started
            self._tell(scope, state.get(STATUS, status), seconds)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        name, template = getattr(route, "name", "none"), getattr(route, "path", "-")
        if name != WATCHING:
            self._metrics.called(name, status, seconds)
        call = CALL.get()
        fields = {
            "method": scope["method"],
            "path": template,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        log.info(
            "%(method)s %(path)s %(status)d %(milliseconds).1f ms %(peer)s",
            fields | {"peer": call and call.peer},
            extra={FIELDS: fields},
        )
