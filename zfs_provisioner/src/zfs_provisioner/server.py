"""Serve one storage root on a Unix socket that only its owner can open."""

import asyncio
import fcntl
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from zfs_provisioner.api.app import Provisioner, create_app
from zfs_provisioner.archive import Archive
from zfs_provisioner.checkpoints import Checkpoints
from zfs_provisioner.custody import Custody
from zfs_provisioner.errors import RootInUseError
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.workspaces import Workspaces

log = logging.getLogger(__name__)


def serve(root: Path, socket_path: Path) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    Raises
    ------
    RootInUseError
        Another provisioner owns the root.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    # uvicorn raises the signal again after its own shutdown; as an exception it lets us clean up.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    with _owning(root):
        app = create_app(_provisioner(root))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        with _listening(socket_path) as listener:
            log.info("serving %s on %s", root, socket_path)
            asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def _provisioner(root: Path) -> Provisioner:
    storage = DirectoryStorage(root)
    for done in storage.reconcile():
        log.warning("after an interrupted run: %s", done)
    archive = Archive(storage, _now)
    custody = Custody(storage, _now)
    return Provisioner(
        root, storage, archive, Workspaces(custody, archive), Checkpoints(custody, archive)
    )


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _owning(root: Path) -> Iterator[None]:
    """Hold the root's lock, which the kernel drops however the process ends."""
    with (root / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise RootInUseError(
                f"{root} is served by another provisioner (pid {lock.read().strip()}): stop that "
                "one, or name another root."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Listen on a socket file; the caller owns the root, so an old file is a dead one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen()  # from here on callers wait for the application, they are not refused
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)
