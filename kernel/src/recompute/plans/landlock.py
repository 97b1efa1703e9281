"""Linux's own fence around a process that is only to look: Landlock.

It holds for libraries in C as well, of which Python's audit hooks see nothing. See landlock(7) and
``linux/landlock.h``; the numbers of the system calls are those of every architecture.
"""

import ctypes
import os
import sys
from pathlib import Path
from struct import pack
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVS: Final = 38  # prctl(2)

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_CHANGES: Final = _EXECUTE | _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_REFER: Final = 1 << 13  # since version 2
_TRUNCATE: Final = 1 << 14  # since version 3
_NET: Final = 0b11  # bind and connect by TCP, since version 4
_SCOPES: Final = 0b11  # abstract sockets and signals, since version 6
_REFER_SINCE, _TRUNCATE_SINCE, _NET_SINCE, _SCOPES_SINCE = 2, 3, 4, 6


def version() -> int:
    """Return which Landlock the kernel has, 0 if it has none."""
    if sys.platform != "linux":
        return 0
    found = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION)
    return max(0, int(found))


def confine(scratch: Path) -> bool:
    """Let this process change nothing outside a directory from now on, nor start a program.

    Returns
    -------
    bool
        Whether the kernel does that; False where it does not know Landlock.
    """
    known = version()
    if not known:
        return False
    system = ctypes.CDLL(None, use_errno=True)
    handled = _handled(known)
    ruleset = system.syscall(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return False
    try:
        rights = int.from_bytes(handled[:8], sys.byteorder) & ~_EXECUTE
        _allow(system, ruleset, scratch, rights)
        _allow(system, ruleset, Path(os.devnull), _WRITE_FILE)
        system.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(system.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _handled(known: int) -> bytes:
    changes = _CHANGES
    changes |= _REFER if known >= _REFER_SINCE else 0
    changes |= _TRUNCATE if known >= _TRUNCATE_SINCE else 0
    fields = [changes]
    if known >= _NET_SINCE:
        fields.append(_NET)
    if known >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    return pack(f"={len(fields)}Q", *fields)


def _allow(system: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = pack("=Qi", rights, descriptor)
        system.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
