"""Who asks, and under which request id: known wherever work is done for a call.

The REST interface sets it for each request; log lines and the audit log read it. Work that is done
in a thread for a request inherits it.
"""

import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is at the other end of a connection, as far as the kernel or a token tells.

    Attributes
    ----------
    uid, pid
        Account and process that connected to the Unix socket; None on TCP.
    address
        Host and port that connected over TCP; empty on a Unix socket.
    token
        The beginning of the SHA-256 of the token that was shown, which tells two tokens apart.
    """

    uid: int | None = None
    pid: int | None = None
    address: str = ""
    token: str = ""

    def __str__(self) -> str:
        if self.uid is not None:
            return f"uid={self.uid} pid={self.pid}"
        return f"{self.address or 'unknown'} token={self.token or 'none'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    request_id: str
    peer: Peer


CALL: Final[ContextVar[Call | None]] = ContextVar("call", default=None)


def request_id(wanted: str | None) -> str:
    """Return the id that the caller gave its request, or a fresh one unless that is harmless.

    It goes into log lines and headers, so anything but letters, digits, `.`, `_` and `-` is not
    taken over.
    """
    if wanted and _REQUEST_ID.fullmatch(wanted):
        return wanted
    return uuid.uuid4().hex
