"""Whatever a script does beside asking and looking ends the plan, before it is done.

A library that wants to write while it is imported, such as a font cache, is told instead that the
disk is read-only, which libraries know how to live with.
"""

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from recompute.plans.asking import Asking
from recompute.plans.looking import Looking

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_IMPORTING: Final = "<frozen importlib"

# Python's table of audit events has them all; what is not here only looks.
_EVENTS: Final[Mapping[str, str]] = {
    "ctypes.dlopen": "loads a library",
    "ftplib.connect": "uses the network",
    "http.client.connect": "uses the network",
    "builtins.input": "asks its user",
    "os.chflags": "changes a file's flags",
    "os.chmod": "changes a file's permissions",
    "os.chown": "changes a file's owner",
    "os.exec": "runs a program",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.kill": "signals a process",
    "os.killpg": "signals a process",
    "os.link": "links a file",
    "os.mkdir": "makes a directory",
    "os.posix_spawn": "runs a program",
    "os.remove": "removes a file",
    "os.removexattr": "changes a file's attributes",
    "os.rename": "renames a file",
    "os.rmdir": "removes a directory",
    "os.setxattr": "changes a file's attributes",
    "os.spawn": "runs a program",
    "os.symlink": "links a file",
    "os.system": "runs a shell command",
    "os.truncate": "changes a file",
    "os.utime": "changes a file's times",
    "pty.spawn": "runs a program",
    "shutil.chown": "changes a file's owner",
    "shutil.make_archive": "writes an archive",
    "shutil.unpack_archive": "unpacks an archive",
    "signal.pthread_kill": "signals a process",
    "smtplib.connect": "uses the network",
    "socket.bind": "uses the network",
    "socket.connect": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.gethostbyaddr": "uses the network",
    "socket.gethostbyname": "uses the network",
    "socket.sendmsg": "uses the network",
    "socket.sendto": "uses the network",
    "sqlite3.connect": "opens a database",
    "subprocess.Popen": "runs a program",
    "syslog.syslog": "writes to the system's log",
    "urllib.Request": "uses the network",
}


class Fence:
    """Python's audit hook of a process that is only to look.

    Parameters
    ----------
    asking : Asking
        Ends the plan.
    looking : Looking
        Knows what is not as on disk.
    scratch : Path
        A directory of this process's own, where it may write.
    """

    def __init__(self, asking: Asking, looking: Looking, scratch: Path) -> None:
        self._asking = asking
        self._looking = looking
        self._scratch = scratch

    def close(self) -> None:
        """Let nothing pass from now on; it cannot be opened again."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._open(*arguments)
        elif event in _EVENTS:
            self._refuse(event, arguments)

    def _open(self, path: object, mode: object, flags: int) -> None:
        del mode
        absolute = self._looking.path(path)
        if absolute is None:  # a descriptor, which is open already
            return
        if flags & _WRITING:
            if not self._is_own(absolute):
                self._refuse_write(f"writes {absolute.name}")
        elif self._asking.is_touched(absolute):
            self._refuse_read(absolute)

    def _refuse_read(self, path: Path) -> None:
        if self._looking.foreseen(path) is not None:
            self._asking.stop(f"reads {path.name}, which is not on disk as it would be by then")

    def _refuse(self, event: str, arguments: tuple[Any, ...]) -> None:
        named = self._looking.path(arguments[0]) if arguments else None
        is_own = event.startswith(("os.", "shutil.")) and named is not None and self._is_own(named)
        if is_own or _is_harmless(event, arguments):
            return
        self._refuse_write(_EVENTS[event])

    def _refuse_write(self, reason: str) -> None:
        if is_importing():
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        self._asking.stop(reason)

    def _is_own(self, path: Path) -> bool:
        return path.is_relative_to(self._scratch) or str(path) == os.devnull


def _is_harmless(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether this case of an event changes nothing."""
    if event == "ctypes.dlopen":
        return arguments[0] is None or is_importing()
    if event == "sqlite3.connect":
        return bool(arguments[0] == ":memory:")
    return event == "os.kill" and arguments[1] == 0


def is_importing() -> bool:
    """Tell whether a module is being imported, by a look at the callers."""
    frame = sys._getframe(1)  # noqa: SLF001 - the interpreter's way to see callers
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
