"""Upstream's spawner for Docker, made to tell what it does not know from what is gone.

A daemon that is away, or answers that it cannot, says nothing about a container. Every call may be
repeated, and what a call that nobody waits for any longer still makes is taken away.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from docker.errors import APIError, NotFound
from dockerspawner import DockerSpawner
from traitlets import default

from casahub_spawner.docker_ends import DOCKER_ERRORS

Answer = TypeVar("Answer")

_THREADS: Final = (
    8  # for the calls of all spawners; with upstream's one, a pull holds up every stop
)
_AWAY: Final = 60.0  # seconds for a daemon that is being restarted to come back
_PAUSE: Final = 0.5  # seconds between two tries meanwhile
_CONFLICT: Final = 409
# Calls that leave something behind, whether or not anybody waits for their answer.
_MAKING: Final = frozenset({"create_container", "start"})


class CarefulDockerSpawner(DockerSpawner):  # type: ignore[misc]  # dockerspawner ships no types
    """A DockerSpawner for a daemon that may be restarted at any moment."""

    _making: "Future[Any] | None" = None

    @default("remove")
    def _default_remove(self) -> bool:
        return True

    @default("use_internal_ip")
    def _default_use_ip(self) -> bool:
        # Docker's own proxy, through which a port of this machine leads, ends with the daemon.
        return bool(self.network_name != "host")

    @property
    def will_resume(self) -> bool:
        """Whether a container is used again: never, its mounts and token are those of one start."""
        return False

    @property
    def executor(self) -> ThreadPoolExecutor:
        """The threads in which all spawners of the hub call Docker."""
        cls = type(self)
        if cls._executor is None:
            cls._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")
        threads: ThreadPoolExecutor = cls._executor
        return threads

    def docker(self, method: str, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        """Call Docker in a thread; the arguments are docker-py's."""
        if method == "create_container":
            kwargs = self.container_request(kwargs)
        call = self.executor.submit(self._docker, method, *args, **kwargs)
        if method in _MAKING:
            self._making = call
        return asyncio.wrap_future(call)

    def container_request(self, configured: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments for the container that is made next, from the configured ones."""
        return configured

    def is_ours(self, container: dict[str, Any]) -> bool:  # noqa: ARG002  # for subclasses
        """Return whether a container that has our name is this session's."""
        return True

    async def get_object(self) -> dict[str, Any] | None:
        """Return the session's container as Docker describes it, None when there is none.

        Raises
        ------
        DockerException, RequestException
            Nothing is known. (Upstream takes the answer 500 for a container that is gone.)
        """
        try:
            found: dict[str, Any] = await self.docker("inspect_container", self.object_name)
        except NotFound:
            found = {}
        if found and not self.is_ours(found):
            self.log.warning(
                "%s is somebody else's, not that of %s", self.object_name, self._log_name
            )
            found = {}
        self.object_id = found.get("Id", "")
        return found or None

    async def poll(self) -> int | None:
        """Return None while the container runs, else its status.

        Raises
        ------
        DockerException, RequestException
            Nothing is known.
        """
        found = await self.get_object()
        if found is None:
            return 0
        state = found["State"]
        return None if state["Running"] else int(state["ExitCode"])

    async def stop_object(self) -> None:
        """Stop the container; one that is gone is fine."""
        if await self._settled():
            await super().stop_object()

    async def remove_object(self) -> None:
        """Remove the container and its anonymous volumes; one that is gone is fine."""
        if not self.object_id:
            return
        try:
            await self.docker("remove_container", self.object_id, v=True, force=True)
        except NotFound:
            self.log.debug("%s is gone already", self.object_name)
        except APIError as error:
            if error.status_code != _CONFLICT:  # somebody removes it at this moment
                raise
        self.object_id = ""

    async def stop(self, now: bool = False) -> None:
        """Stop and remove the container; waits for a daemon that is being restarted."""
        await self._patiently(partial(super().stop, now=now))

    async def ensure_removed(self) -> None:
        """Leave no container of the session, in whatever state; waits as `stop` does."""

        async def removed() -> None:
            if await self._settled():
                await self.remove_object()

        await self._patiently(removed)

    async def _settled(self) -> dict[str, Any] | None:
        """Return the container, when the calls that a cancelled start left have come to an end."""
        if self._making is not None:
            await asyncio.gather(asyncio.wrap_future(self._making), return_exceptions=True)
            self._making = None
        return await self.get_object()

    async def _patiently(self, act: Callable[[], Awaitable[Answer]]) -> Answer:
        deadline = time.monotonic() + _AWAY
        while True:
            try:
                return await act()
            except DOCKER_ERRORS as error:
                refused = isinstance(error, APIError) and error.is_client_error()
                if refused or time.monotonic() > deadline:
                    raise
                self.log.info("Docker is asked again for %s: %s", self._log_name, error)
            await asyncio.sleep(_PAUSE)
