"""The audit log: one JSON line for each change, with who asked for it.

A line is written when its change has happened, in one write(2), so that lines of several threads
do not mix and a killed provisioner loses none. They reach the disk within a second: an fsync for
every line would cost more than making a workspace does (`docs/operators/provisioner.md` has the
figures), so only a crash of the machine itself can lose the last second.

A line that cannot be written does not undo or fail its change: it is logged and counted.
"""

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from zfs_provisioner.calls import CALL
from zfs_provisioner.journal import Event

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 1.0


class AuditLog:
    """A sink for events in a file that only the provisioner's account can read.

    The file may be renamed or removed at any time, as logrotate does: the next line goes into a new
    one of its name.

    Parameters
    ----------
    written
        Told after each line whether it could be written.
    """

    def __init__(self, path: Path, written: Callable[[bool], None]) -> None:
        self._path = path
        self._written = written
        self._guard = threading.Lock()
        self._file = _opened(path)
        self._unsynced = False

    def write(self, event: Event) -> None:
        """Append the event's line."""
        line = _line(event)
        try:
            with self._guard:
                self._reopen_if_moved()
                done = os.write(self._file, line)
                self._unsynced = True
        except OSError as error:
            log.error("no audit line for %s (%s): %s", line.decode().strip(), self._path, error)  # noqa: TRY400
            self._written(False)
            return
        if done < len(line):
            log.error("half an audit line in %s, the disk is full: %s", self._path, line.decode())
        self._written(done == len(line))

    def flush(self) -> None:
        """Let what was written reach the disk; call it every `FLUSH_SECONDS`."""
        with self._guard:
            if not self._unsynced:
                return
            self._unsynced = False
            file = os.dup(self._file)  # writers need not wait for the disk
        try:
            os.fsync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        with self._guard:
            os.close(self._file)

    def _reopen_if_moved(self) -> None:
        ours = os.fstat(self._file)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            fresh = _opened(self._path)
            os.fsync(self._file)
            os.close(self._file)
            self._file = fresh


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _line(event: Event) -> bytes:
    call = CALL.get()
    values = {
        "time": event.at.isoformat(),
        "verb": event.verb,
        "subject": event.subject,
        "owner": event.owner,
        "detail": event.detail,
        "request_id": call.request_id if call else None,
        "peer": str(call.peer) if call else None,
    }
    return json.dumps(values, ensure_ascii=True).encode() + b"\n"
