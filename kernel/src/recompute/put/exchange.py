"""Two names exchanged in one step."""

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
# <linux/fs.h>
_RENAME_NOREPLACE: Final = 1
_RENAME_EXCHANGE: Final = 2

_NEVER: Final = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
"""What the kernel answers for a filesystem that cannot: NFS, OpenZFS before 2.2, many by FUSE."""


class CannotExchangeError(OSError):
    """The filesystem cannot exchange two names, or not refuse to replace one."""


def exchange(one: Path, other: Path) -> None:
    """Let two paths change places, whatever they are; no instant shows less than both.

    Raises
    ------
    CannotExchangeError
        The filesystem has no such operation.
    OSError
        As the system says it.
    """
    _rename(one, other, _RENAME_EXCHANGE)


def move(old: Path, new: Path) -> None:
    """Rename to a name that is free.

    Raises
    ------
    FileExistsError
        It is not; nothing changed.
    OSError
        As the system says it.
    """
    try:
        _rename(old, new, _RENAME_NOREPLACE)
    except CannotExchangeError:
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from None
        old.rename(new)


def _rename(old: Path, new: Path, flag: int) -> None:
    """Call renameat2(2)."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        raise CannotExchangeError(errno.ENOSYS, "the C library has no renameat2")
    names = os.fsencode(old), os.fsencode(new)
    if library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], flag):
        number = ctypes.get_errno()
        kind = CannotExchangeError if number in _NEVER else OSError
        raise kind(number, os.strerror(number), str(old), None, str(new))
