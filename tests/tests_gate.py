"""A gate between a client and the provisioner, which can be shut at a chosen moment."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from zfs_provisioner.api.refusals import refusal
from zfs_provisioner.errors import StorageUnavailableError

_BODY: Final = refusal(StorageUnavailableError("The storage is being put in order.")).body
_UNPREPARED: Final = b"HTTP/1.1 503 \r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


class Gate:
    """Listens on a socket and passes everything on to the provisioner's.

    A request that begins with `held` reaches the provisioner, which does what it says; the answer
    waits until the gate is open again.
    """

    def __init__(self, path: Path, behind: Path) -> None:
        self.path, self._behind = path, behind
        self._held: str | None = None
        self._refused: str | None = None
        self._caught = threading.Event()
        self._opened = asyncio.Event()
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def listening(self) -> Iterator["Gate"]:
        """Pass on what comes, in the block."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._run(asyncio.start_unix_server(self._meet, self.path))
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @contextmanager
    def holding(self, request: str) -> Iterator[threading.Event]:
        """Keep back answers to such requests in the block; the event tells of the first one."""
        self._held = request
        self._caught.clear()
        self._opened.clear()
        try:
            yield self._caught
        finally:
            self._held = None
            self._loop.call_soon_threadsafe(self._opened.set)

    @contextmanager
    def refusing(self, request: str) -> Iterator[threading.Event]:
        """Answer such requests in the block as a provisioner does that is only just starting."""
        self._caught.clear()
        self._refused = request
        try:
            yield self._caught
        finally:
            self._refused = None

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner, outer = await asyncio.open_unix_connection(self._behind)
        except OSError:
            writer.close()
            return
        shut = asyncio.Event()
        back = asyncio.create_task(self._answers(inner, writer, shut))
        with contextlib.suppress(ConnectionError):
            while sent := await reader.read(65536):
                if self._refused and sent.decode(errors="replace").startswith(self._refused):
                    writer.write(_UNPREPARED)
                    self._caught.set()
                    continue
                if self._held and sent.decode(errors="replace").startswith(self._held):
                    shut.set()
                outer.write(sent)
        back.cancel()
        outer.close()

    async def _answers(
        self, inner: asyncio.StreamReader, writer: asyncio.StreamWriter, shut: asyncio.Event
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while answer := await inner.read(65536):
                if shut.is_set():
                    self._caught.set()
                    await self._opened.wait()
                    shut.clear()
                writer.write(answer)
        writer.close()
