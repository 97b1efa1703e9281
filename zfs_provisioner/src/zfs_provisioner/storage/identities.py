"""What tells a directory from another one that was put in its place."""

import ctypes
import hashlib
import os
import struct
import sys
from pathlib import Path
from typing import Final

_LONGEST_HANDLE: Final = 128  # MAX_HANDLE_SZ of fcntl.h
_HERE: Final = -100  # AT_FDCWD
_NO_FOLLOW: Final = 0x100  # AT_SYMLINK_NOFOLLOW
_BIRTH: Final = 0x800  # STATX_BTIME

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)


def identity_of(directory: Path) -> int:
    """Return a number that no other directory has or had; a rename or a remount keeps it.

    Inode numbers alone will not do: ext4 gives a number to the next directory as soon as it is
    free, and on btrfs the root of every subvolume has the number 256. The kernel's file handle
    holds what is missing, a generation and the subvolume's number.
    """
    handle = _handle(directory)
    if handle is None:  # a filesystem without handles, or a container that may not ask for them
        status = directory.lstat()
        handle = f"{status.st_dev} {status.st_ino} {_birth(directory)}".encode()
    return int.from_bytes(hashlib.sha256(handle).digest()[:8], "big")


def _handle(path: Path) -> bytes | None:
    """Return the file handle: name_to_handle_at(2); it does not follow a symbolic link."""
    # struct file_handle: handle_bytes, handle_type, f_handle[].
    handle = bytearray(_LONGEST_HANDLE.to_bytes(4, sys.byteorder) + bytes(4 + _LONGEST_HANDLE))
    buffer = (ctypes.c_char * len(handle)).from_buffer(handle)
    mount = ctypes.c_int()
    if _LIBRARY.name_to_handle_at(_HERE, os.fsencode(path), buffer, ctypes.byref(mount), 0):
        return None
    return bytes(handle[4 : 8 + int.from_bytes(handle[:4], sys.byteorder)])


def _birth(path: Path) -> tuple[int, int]:
    """Return when it was made, in seconds and nanoseconds: statx(2); zeros if that is not kept."""
    buffer = ctypes.create_string_buffer(256)  # struct statx; stx_btime is at 80
    if _LIBRARY.statx(_HERE, os.fsencode(path), _NO_FOLLOW, _BIRTH, buffer):
        return 0, 0
    seconds, nanoseconds = struct.unpack_from("=qI", buffer, 80)
    return seconds, nanoseconds
