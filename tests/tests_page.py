"""A browser tab with a notebook, as far as a session's server can tell."""

import asyncio
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from jupyter_client.session import Session as Messages
from tests_hub import TOKEN
from tests_sessions import Session
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

POLLED: Final = ("api/kernels", "api/sessions", "api/terminals", "api/contents", "api/status")


class Page:
    """One kernel of a session, over its websocket; all of the work is in a thread of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.new_event_loop()
        self.closed = threading.Event()

    @contextmanager
    def open(self, path: str = "reduction.ipynb", kernel: str = "python3") -> Iterator["Page"]:
        """Start a kernel for a notebook, and look at it as JupyterLab does, in the block."""
        body = {"path": path, "name": "", "type": "notebook", "kernel": {"name": kernel}}
        self._kernel = self._session.ask("POST", "api/sessions", body)["kernel"]["id"]
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._socket: WebSocketClientConnection = self._run(self._connect())
        polling = asyncio.run_coroutine_threadsafe(self._poll(), self._loop)
        try:
            yield self
        finally:
            polling.cancel()
            self._loop.call_soon_threadsafe(self._socket.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()

    def run(self, code: str) -> None:
        """Ask the kernel to execute code; do not wait for it."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        self._run(self._send("execute_request", content))

    def _run(self, work: Any) -> Any:  # a coroutine and what it returns
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _request(self, path: str, scheme: str = "http") -> HTTPRequest:
        site, session = self._session.site, self._session
        url = f"{site.url}/user/{session.user}/{session.name}/{path}"
        headers = {"Authorization": f"token {TOKEN}"}
        return HTTPRequest(url.replace("http", scheme, 1), headers=headers)

    async def _connect(self) -> WebSocketClientConnection:
        path = f"api/kernels/{self._kernel}/channels?session_id={uuid.uuid4()}"
        return await websocket_connect(self._request(path, "ws"), on_message_callback=self._heard)

    def _heard(self, message: str | bytes | None) -> None:
        if message is None:
            self.closed.set()

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        message = Messages().msg(kind, content) | {"channel": "shell", "buffers": []}
        await self._socket.write_message(json.dumps(message, default=str))

    async def _poll(self) -> None:
        client = AsyncHTTPClient()
        while not self.closed.is_set():
            await self._send("kernel_info_request", {})
            for path in POLLED:
                try:
                    await client.fetch(self._request(path))
                except (HTTPClientError, OSError):
                    continue  # the session is stopping
            await asyncio.sleep(0.2)
