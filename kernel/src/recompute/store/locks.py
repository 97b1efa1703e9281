"""Locks between processes and threads: flock(2), which the kernel releases however a holder ends.

They hold as far as flock does: on local filesystems, and on NFS from Linux 2.6.12 on, where the
server sees a lock of the whole file. On a share that is mounted with ``nolock`` or
``local_lock=flock``, processes of one host are kept apart, those of two are not: what they publish
is whole all the same, but a step may be computed twice, and only one host should evict.

The lock belongs to what open() returned. A child that was forked within a block holds it with its
parent until one of them leaves the block or both have ended.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recompute.errors import StoreError


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Keep out whoever wants a lock for itself. The file stays."""
    with _flocked(path, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep out everybody. The file stays."""
    with _flocked(path, fcntl.LOCK_EX):
        yield


@contextmanager
def passing(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep out everybody, with a file that is there only while it is needed.

    Parameters
    ----------
    waiting : callable, optional
        Called once if somebody else has it.
    """
    handle = acquire(path)
    if handle is None:
        if waiting:
            waiting()
        handle = _await(path)
    try:
        yield
    finally:
        release(path, handle)


def acquire(path: Path) -> int | None:
    """Return a handle if nobody has the lock, else None; `release` gives it back."""
    return _take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)


def release(path: Path, handle: int) -> None:
    """Give a lock back, and remove its file.

    Who waits on this file finds, once it has the lock, that the name means no file or another one,
    and begins anew.
    """
    path.unlink(missing_ok=True)
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _await(path: Path) -> int:
    while True:
        handle = _take(path, fcntl.LOCK_EX)
        if handle is not None:
            return handle


def _take(path: Path, how: int) -> int | None:
    """Lock the file that has this name; None if somebody has it, or it lost its name meanwhile."""
    handle = _open(path)
    try:
        fcntl.flock(handle, how)
        if _is_named(handle, path):
            return handle
    except BlockingIOError:
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _is_named(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise StoreError(
            f"{path} is somebody else's, who used this store; give the store's files back to the "
            "user whose store it is (chown)."
        ) from error


@contextmanager
def _flocked(path: Path, how: int) -> Iterator[None]:
    handle = _open(path)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        # Not by closing alone: a forked child may have the same handle.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
