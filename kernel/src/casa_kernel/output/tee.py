"""Pipes beside the notebook's own: what comes through goes on into those, and is kept.

A task that writes into a tee of its own has exactly its own lines there, whatever else is logged
and printed at the same time.
"""

import os
import threading
from collections.abc import Callable
from typing import Final

from casa_kernel.output.stdout import is_about_solutions

_READ_BYTES: Final = 1 << 16
# Writes of at most this size into a pipe are never mixed with another's (POSIX, PIPE_BUF of Linux).
_WHOLE: Final = 4096
# A program that a task left behind may hold a pipe open; nobody waits for it.
_PATIENCE: Final = 5.0  # seconds


class LogTee:
    """What one task logs: into its log, and about solutions past it, to stdout.

    Parameters
    ----------
    log, stdout : int
        Descriptors of the notebook's pipes.
    """

    def __init__(self, log: int, stdout: int) -> None:
        self._lines: list[str] = []
        self._log = _Pipe(lambda data: _write_lines(log, data), self._lines.append)
        self._stdout = _Pipe(lambda data: _write(stdout, data), self._take_report)

    @property
    def log(self) -> int:
        """The descriptor that takes the log."""
        return self._log.descriptor

    @property
    def stdout(self) -> int:
        """The descriptor that takes what is printed."""
        return self._stdout.descriptor

    def close(self) -> tuple[str, ...]:
        """Return the lines, once all are handed on; call it when the task has ended."""
        self._log.close()
        self._stdout.close()
        return tuple(line for line in self._lines if line)

    def _take_report(self, line: str) -> None:
        if is_about_solutions(line):
            self._lines.append(line)


class _Pipe:
    """A pipe, and the thread that hands on what comes and tells each line."""

    def __init__(self, hand_on: Callable[[bytes], bytes], tell: Callable[[str], object]) -> None:
        self._hand_on = hand_on
        self._tell = tell
        self._read_fd, self.descriptor = os.pipe()
        self._thread = threading.Thread(target=self._run, name="casa-tee", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the writing end, and wait until all has come."""
        os.close(self.descriptor)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        kept, line = b"", b""
        with open(self._read_fd, "rb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor
            while data := pipe.read(_READ_BYTES):
                *lines, line = (line + data).split(b"\n")
                for each in lines:
                    self._tell(each.decode(errors="replace"))
                kept = self._hand_on(kept + data)
        self._hand_on(kept + b"\n" if kept else b"")
        self._tell(line.decode(errors="replace"))


def _write_lines(descriptor: int, data: bytes) -> bytes:
    """Write whole lines, so that no other writer's begins inside of one, and return the rest."""
    batch = b""
    *lines, rest = data.split(b"\n")
    for line in lines:
        if batch and len(batch) + len(line) >= _WHOLE:
            _write(descriptor, batch)
            batch = b""
        batch += line + b"\n"
    _write(descriptor, batch)
    return rest


def _write(descriptor: int, data: bytes) -> bytes:
    while data:
        data = data[os.write(descriptor, data) :]
    return data
