"""The server of a session: its start until it listens, and its end as soon as it ended.

What is asked of an engine is here. Nothing in this module knows of workspaces.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from jupyterhub.spawner import Spawner
from jupyterhub.utils import make_ssl_context
from tornado.web import HTTPError

from casahub_spawner.compat import refused
from casahub_spawner.processes import describe_end
from casahub_spawner.progress import Event, StartLog
from casahub_spawner.ready import ServerFiles, first_of, server_files, server_listens
from casahub_spawner.stopping import stop_in_order

stop_in_order()

_SAFETY: Final = 5.0  # seconds between two questions, for whoever was told nothing
_REMEDY: Final = "Try again; if it stays so, tell the site's administrators."


class ServerMixin(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """Lets events of the engine beside it tell of the server, where upstream asks again and again.

    Engines override `exited` and what they can of the rest.
    """

    unreachable: ClassVar[tuple[type[Exception], ...]] = ()
    """What the engine raises when it does not answer, which says nothing about the server."""

    api_token: str  # of the server, at the hub

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._starting = False
        self._log_of_start = StartLog()
        self._watch: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None  # kept, or nothing would keep it running
        super().__init__(*args, **kwargs)

    # What an engine may tell

    @property
    def runtime_directory(self) -> Path | None:
        """Where the server tells that it listens, as a path of this machine; None for elsewhere."""
        return None

    async def exited(self) -> int | None:
        """Wait for the end of the running server and return its status, None if it is not known.

        Engines tell at once; without one, nothing does, and the hub's own polling finds out.
        """
        await asyncio.Event().wait()
        return None

    async def last_words(self) -> str:
        """Return the end of what a server wrote that ended by itself, or why it did not start."""
        return ""

    @property
    def log_place(self) -> str:
        """Where all that the server wrote can be read; empty when there is no such place."""
        return ""

    async def start_server(self) -> str | tuple[str, int]:
        """Let the engine start the server and return its address."""
        where: str | tuple[str, int] = await super().start()
        return where

    # Start

    async def start(self) -> str | tuple[str, int]:
        """Start the server and return its address as soon as it listens.

        Raises
        ------
        HTTPError
            It ended, or did not answer in `http_timeout`; with its own words.
        """
        directory = self.runtime_directory
        earlier = server_files(directory) if directory else {}
        where = await self.start_server()
        self._keep_address(where)
        self.remember()
        self.tell_stage(75, "Waiting for the notebook server to answer")
        signs = [self.ended(), self._answers(), self._log_of_start.go_on()]
        if directory:
            signs.append(self._listens(directory, earlier))
        try:
            async with asyncio.timeout(self.http_timeout):
                await first_of(*signs)
        except TimeoutError:
            raise await self._failure(f"did not answer in {self.http_timeout} s") from None
        status = await self._engine_status()
        if status is not None:
            raise await self._failure(f"{describe_end(status)} before it answered")
        return where

    async def _listens(self, directory: Path, earlier: ServerFiles) -> None:
        try:
            await server_listens(directory, earlier)
        except OSError as error:
            self.log.warning("%s is asked, because nothing tells: %s", self._log_name, error)
            await asyncio.Event().wait()

    async def _answers(self) -> None:
        """Return when the server answers: not all tell that they listen."""
        await asyncio.sleep(_SAFETY)
        hub = self.user.settings
        tls = make_ssl_context(
            hub.get("internal_ssl_key"),
            hub.get("internal_ssl_cert"),
            cafile=hub.get("internal_ssl_ca"),
        )
        await self.server.wait_up(
            http=True, timeout=self.http_timeout, ssl_context=tls, extra_path="api"
        )

    async def _failure(self, what: str) -> HTTPError:
        words, place = await self.last_words(), self.log_place
        said = f" Its last words: “{words}”." if words else ""
        log = f" All that it wrote: {place}." if place else ""
        return refused(f"The notebook server {what}.{said} {_REMEDY}{log}", "server_ended", 500)

    def _keep_address(self, where: str | tuple[str, int]) -> None:
        """Give the hub the address already, as it does itself when `start` returned."""
        server = self.server
        if isinstance(where, str):
            url = urlsplit(where)
            server.proto, server.ip = url.scheme, url.hostname
            server.port = url.port or (443 if url.scheme == "https" else 80)
        else:
            server.proto = "https" if self.internal_ssl else "http"
            server.ip, server.port = where

    def remember(self) -> None:
        """Put the state into the hub's database now.

        The hub does so when a start is over. One that was killed before would not know of what it
        started.
        """
        self.orm_spawner.state = self.get_state()
        self.user.db.commit()

    # Progress

    def tell_stage(self, percent: int, message: str) -> None:
        """Show a stage of the start on its page."""
        self._log_of_start.tell(percent, message)

    async def progress(self) -> AsyncIterator[Event]:
        """Yield the stages of the start; it only reads what `start` told."""
        async for event in self._log_of_start.follow():
            yield event

    # While it runs, and its end

    async def poll(self) -> int | None:
        """Return None while the server runs, or may run: an engine may not answer."""
        return None if self._starting else await self._engine_status()

    async def _engine_status(self) -> int | None:
        token: str = self.api_token
        try:
            status: int | None = await super().poll()
        except self.unreachable as error:
            self.log.warning("%s is taken as running: %s", self._log_name, error)
            return None
        finally:
            # Upstream forgets it with a server that ended, and the hub could not revoke it.
            self.api_token = token
        return status

    async def ended(self) -> int:
        """Return the server's status as soon as it ended."""
        while True:
            try:
                await self.exited()
            except self.unreachable as error:
                self.log.warning("Nothing tells of the end of %s: %s", self._log_name, error)
            status = await self._engine_status()
            if status is not None:
                return status
            await asyncio.sleep(_SAFETY)

    async def poll_and_notify(self) -> int | None:
        """Return the status of a server that ended, and tell who asked to be told.

        The hub asks before it stops a server. One that is being stopped by now is as good as ended:
        the hub would take a second stop for an error.
        """
        status: int | None = await super().poll_and_notify()
        return 0 if status is None and self.pending == "stop" else status

    def add_poll_callback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Let the hub be told of the end at once. It asks when it knows the server, also anew."""
        super().add_poll_callback(callback, *args, **kwargs)
        self._cease_to_watch()
        self._watch = asyncio.create_task(self._tell_of_the_end())

    async def _tell_of_the_end(self) -> None:
        await self.ended()
        # What the hub does when it is told ceases to watch: that must not interrupt the telling.
        self._telling, self._watch = self._watch, None
        await self.poll_and_notify()

    def _cease_to_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def stop(self, now: bool = False) -> None:  # JupyterHub's call
        """Stop the server, whose end is no news then."""
        self._cease_to_watch()
        await super().stop(now=now)

    async def clear_away(self) -> bool:
        """Leave nothing of a server that was stopped or ended; return whether all of it ended.

        JupyterHub forgets the server after this, also one whose `stop` failed.
        """
        return await self._engine_status() is not None

    def run_post_stop_hook(self) -> object:
        """Watch no server that is no more, however it ended."""
        self._cease_to_watch()
        return super().run_post_stop_hook()
