"""One site at a time on a state directory, and its ports free before anything starts."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil

from casahub.errors import SiteError
from casahub.hub_ports import hub_ports
from casahub.settings import Settings
from casahub.state import ensure_state

_FURTHER: Final = 100  # from ports that are taken to those that are suggested
_LAST: Final = 65535


@contextmanager
def only_site(settings: Settings) -> Iterator[None]:
    """Hold the state directory's lock, which the kernel drops however the process ends.

    Raises
    ------
    SiteError
        A site runs on this state already, or the directory cannot be written.
    """
    ensure_state(settings)
    with settings.lock.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise SiteError(
                f"casahub runs already on {settings.state}: {lock.read().strip()}. Use that one, "
                "stop it with Ctrl-C, or start another with CASAHUB_STATE= and PORT=."
            ) from error
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}, {settings.url}\n")
        lock.flush()
        yield


def refuse_taken_ports(settings: Settings) -> None:
    """Raise SiteError when a port is in use."""
    ports = (settings.port, *hub_ports(settings.port).all())
    for port in ports:
        if not _taken(port):
            continue
        other = settings.port + (_FURTHER if settings.port + _FURTHER <= _LAST else -_FURTHER)
        raise SiteError(
            f"Port {port} on 127.0.0.1 is taken by {_listener(port)}. The site uses {min(ports)} "
            f"to {max(ports)}: stop that program, or choose other ports: make run PORT={other}"
        )


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise SiteError(
                f"Port {port} may not be used by this account: choose one from 1024 up with PORT=."
            ) from error
        except OSError:
            return True
    return False


def _listener(port: int) -> str:
    """Name who listens, as far as this account may see it."""
    with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid:
                return f"{psutil.Process(each.pid).name()} (pid {each.pid})"
    return "another program"
