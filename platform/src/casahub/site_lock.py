"""One site at a time on a state directory, and its ports free before anything starts."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from casahub.errors import SiteError
from casahub.hub_ports import hub_ports
from casahub.settings import Settings


@contextmanager
def only_site(settings: Settings) -> Iterator[None]:
    """Hold the state directory's lock, which the kernel drops however the process ends.

    Raises
    ------
    SiteError
        A site runs on this state already, or the directory cannot be written.
    """
    try:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = settings.lock.open("a+")
    except OSError as error:
        raise SiteError(
            f"{settings.state} cannot be used for the site's state ({error.strerror}): name a "
            "directory that you can write with CASAHUB_STATE=."
        ) from error
    with lock:
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
    """Raise SiteError when a port is in use; end what a crashed run of this very site left on it.

    Call it while holding `only_site`: then a process that carries this state in its environment
    belongs to no running site.
    """
    for port in (settings.port, *hub_ports(settings.port).all()):
        if not _taken(port):
            continue
        holder = _listener(port)
        if holder is not None and _is_leftover(holder, settings):
            holder.terminate()
            holder.wait(timeout=10)
            continue
        who = f"by {holder.name()} (pid {holder.pid})" if holder else "by another program"
        raise SiteError(
            f"Port {port} on 127.0.0.1 is taken {who}. The site uses {settings.port} to "
            f"{settings.port + 3}: stop that program, or choose other ports: make run "
            f"PORT={settings.port + 100}"
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


def _listener(port: int) -> psutil.Process | None:
    """Return who listens, as far as this account may see it."""
    with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid:
                return psutil.Process(each.pid)
    return None


def _is_leftover(process: psutil.Process, settings: Settings) -> bool:
    with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
        return bool(process.environ().get("CASAHUB_STATE") == str(settings.state))
    return False
