"""What uvicorn does not tell an application: who connected, and how to end a connection.

On a Unix socket the kernel knows the peer's account (SO_PEERCRED in unix(7)); uvicorn leaves that
where the application cannot see it. `Connection` below puts it into the ASGI state of each request.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zfs_provisioner.api.models import ErrorAnswer
from zfs_provisioner.calls import Peer
from zfs_provisioner.errors import InvalidRequestError

PEER: Final = "peer"
ABORT: Final = "abort"
_CREDENTIALS: Final = struct.Struct("=iII")  # struct ucred of unix(7): pid, uid, gid


def peer_of(transport: asyncio.Transport) -> Peer:
    """Return who connected, by the kernel's word."""
    connected: socket.socket = transport.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _gid = _CREDENTIALS.unpack(told)
        return Peer(uid=uid, pid=pid)
    host, port = transport.get_extra_info("peername")[:2]
    return Peer(address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


class Connection(H11Protocol):
    """One connection; each request on it has `peer` and `abort` in its ASGI state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember who connected; uvicorn's own class narrows the type in the same way."""
        super().connection_made(transport)
        ours: dict[str, Any] = {PEER: peer_of(transport), ABORT: transport.abort}
        self.app_state = {**self.app_state, **ours}

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP in the form of every other refusal."""
        error = InvalidRequestError(f"{msg} Speak HTTP/1.1 as RFC 9112 says.")
        answer = ErrorAnswer(error=error.code, message=error.message, retry=error.retry)
        content = json.dumps(answer.model_dump()).encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(content))),
            ("connection", "close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason="Bad Request"),
            h11.Data(data=content),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it stops: it waits for streams that nobody else ends."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the endless streams, then let uvicorn finish the requests under way."""
        self._stopping()
        await super().shutdown(sockets)
