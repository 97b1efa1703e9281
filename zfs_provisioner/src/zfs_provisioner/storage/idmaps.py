"""Mounts on which one account's files appear as another's: idmapped mounts of mount_setattr(2).

The files of a release belong to the account that sessions ran as when it was imported. Where
sessions run as another one by now, an idmapped mount lets them own the files all the same, and
nothing on disk is changed. The kernel has it since 5.12, ZFS since 2.2.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from zfs_provisioner.storage.equality import Account

# Numbers of system calls, the same on every architecture: all later than their unification.
_OPEN_TREE: Final = 428
_MOVE_MOUNT: Final = 429
_MOUNT_SETATTR: Final = 442
# From linux/mount.h and fcntl.h.
_AT_FDCWD: Final = -100
_AT_EMPTY_PATH: Final = 0x1000
_OPEN_TREE_CLONE: Final = 1
_MOVE_MOUNT_F_EMPTY_PATH: Final = 4
_MOUNT_ATTR_IDMAP: Final = 0x00100000

_UNSHARE: Final = "/usr/bin/unshare"  # of util-linux

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    """`struct mount_attr`."""

    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def map_mount(place: Path, disk: Account, seen: Account) -> None:
    """Exchange what is mounted for the same with `disk`'s files appearing as `seen`'s.

    Raises
    ------
    OSError
        It is mounted as it was: the kernel or the filesystem has no idmapped mounts, or a process
        uses it already.
    """
    # Only a mount that is not attached anywhere yet can be given a map.
    tree = _call(_OPEN_TREE, _AT_FDCWD, os.fsencode(place), _OPEN_TREE_CLONE | os.O_CLOEXEC)
    try:
        with _namespace(disk, seen) as namespace:
            wanted = _Attributes(attr_set=_MOUNT_ATTR_IDMAP, userns_fd=namespace)
            size = ctypes.c_size_t(ctypes.sizeof(wanted))
            _call(_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, ctypes.byref(wanted), size)
        if _LIBRARY.umount2(os.fsencode(place), 0):
            raise _error()
        _call(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(place), _MOVE_MOUNT_F_EMPTY_PATH)
    finally:
        os.close(tree)


@contextmanager
def _namespace(disk: Account, seen: Account) -> Iterator[int]:
    """Give a user namespace that maps one account to the other: what the kernel takes a map from.

    A namespace is made by a process, which may end as soon as the map is on the mount.
    """
    with subprocess.Popen(
        [_UNSHARE, "--user", "sh", "-c", "echo made; cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != b"made\n":
                raise OSError(0, "no user namespace can be made", "unshare")
            of_process = Path("/proc", str(process.pid))
            (of_process / "uid_map").write_text(_map(disk.uid, seen.uid))
            (of_process / "gid_map").write_text(_map(disk.gid, seen.gid))
            namespace = os.open(of_process / "ns" / "user", os.O_RDONLY | os.O_CLOEXEC)
            try:
                yield namespace
            finally:
                os.close(namespace)
        finally:
            process.kill()


def _map(disk: int, seen: int) -> str:
    """Return a line of user_namespaces(7) for the account, and one that leaves root root."""
    root = "" if 0 in (disk, seen) else "0 0 1\n"
    return f"{root}{disk} {seen} 1\n"


def _call(number: int, *arguments: object) -> int:
    answer: int = _LIBRARY.syscall(ctypes.c_long(number), *arguments)
    if answer < 0:
        raise _error()
    return answer


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code), "idmapped mount")
