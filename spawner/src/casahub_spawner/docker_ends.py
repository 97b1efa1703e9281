"""Ends of containers, from Docker's own events.

One stream serves all sessions of a hub, in a thread that lives as long as somebody waits. Events
are hints: whenever a stream begins, the daemon is asked for every container that is waited for, so
that nothing is missed while it was away.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

import docker
from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException

_PAUSE: Final = 0.5  # seconds between two tries to reach a daemon that is away
_FILTERS: Final = {"type": "container", "event": ["die", "destroy"]}

_log = logging.getLogger(__name__)

# What docker-py raises when the daemon does not answer, or not as it should.
DOCKER_ERRORS: Final = (DockerException, RequestException)


class Ends:
    """Tells of the ends of containers.

    Parameters
    ----------
    client
        Returns a client of the daemon; raises while that is away.
    """

    def __init__(self, client: Callable[[], docker.APIClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Callable[[int | None], None]]] = {}
        self._stream: Any = None  # docker.types.CancellableStream
        self._nobody_waits = threading.Event()
        self._thread: threading.Thread | None = None

    async def of(self, container_id: str) -> int | None:
        """Wait for the end of a container and return its status, None if that is not known.

        A daemon that does not answer says nothing: the wait goes on until it is back.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[int | None] = loop.create_future()

        def set_ended(status: int | None) -> None:
            if not ended.done():  # its events may tell of it twice
                ended.set_result(status)

        def tell(status: int | None) -> None:
            loop.call_soon_threadsafe(set_ended, status)

        self._join(container_id, tell)
        try:
            # It may have ended before the stream was asked to tell.
            looking = asyncio.ensure_future(asyncio.to_thread(self._look_at_once, container_id))
            status = await ended
            await looking
            return status
        finally:
            self._leave(container_id, tell)

    def _join(self, container_id: str, tell: Callable[[int | None], None]) -> None:
        with self._lock:
            self._waiting.setdefault(container_id, []).append(tell)
            self._nobody_waits.clear()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._listen, name="docker-ends", daemon=True
                )
                self._thread.start()

    def _leave(self, container_id: str, tell: Callable[[int | None], None]) -> None:
        with self._lock:
            self._waiting[container_id].remove(tell)
            if not self._waiting[container_id]:
                del self._waiting[container_id]
            if not self._waiting:
                self._nobody_waits.set()
                self._close()

    def _close(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):  # the daemon was faster
                self._stream.close()

    # In the thread

    def _listen(self) -> None:
        while True:
            try:
                self._follow()
            except DOCKER_ERRORS as error:
                _log.debug("Docker's events ended: %s", error)
            with self._lock:
                self._stream = None
            self._nobody_waits.wait(_PAUSE)
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return

    def _follow(self) -> None:
        stream = self._client().events(decode=True, filters=_FILTERS)
        with self._lock:
            self._stream = stream
            waited_for = list(self._waiting)
            if not waited_for:
                self._close()
        for each in waited_for:
            self._look_at(each)
        for event in stream:
            actor = event["Actor"]
            status = actor["Attributes"].get("exitCode")
            self._tell(actor["ID"], int(status) if status is not None else None)

    def _look_at_once(self, container_id: str) -> None:
        try:
            self._look_at(container_id)
        except DOCKER_ERRORS as error:
            _log.debug("Container %s is looked at when Docker is back: %s", container_id, error)

    def _look_at(self, container_id: str) -> None:
        try:
            state = self._client().inspect_container(container_id)["State"]
        except NotFound:
            self._tell(container_id, None)
            return
        # One that is only created has yet to begin.
        if not state["Running"] and state["Status"] != "created":
            self._tell(container_id, int(state["ExitCode"]))

    def _tell(self, container_id: str, status: int | None) -> None:
        with self._lock:
            waiting = list(self._waiting.get(container_id, ()))
        for tell in waiting:
            tell(status)
