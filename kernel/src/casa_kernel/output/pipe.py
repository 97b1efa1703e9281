"""A pipe with a reader thread of its own, in which other threads can place marks.

CASA writes its log into such a pipe while the main thread is inside C++. A mark is an action that
the reader runs when it has consumed everything written before: the order in the pipe is the order
of events, and what the consumer holds needs no lock, because only the reader thread touches it.
"""

import itertools
import logging
import os
import re
import select
import threading
from collections.abc import Callable
from typing import Final, Protocol

logger = logging.getLogger(__name__)

_MARK: Final = re.compile(rb"\x00casa-kernel mark (\d+)\x00")
_MARK_LENGTH: Final = 40
_READ_BYTES: Final = 1 << 16


class Consumer(Protocol):
    """What takes the bytes; every method is called in the reader thread."""

    def feed(self, data: bytes) -> None:
        """Take bytes, marks removed; a line may be cut anywhere."""

    def due(self) -> float | None:
        """Return the seconds until `refresh` is wanted, None for not at all."""

    def refresh(self) -> None:
        """Do what was put off."""


class MarkedPipe:
    """The pipe, its reader thread and its marks.

    Parameters
    ----------
    name : str
        Name of the thread.
    consumer : Consumer
        Takes what is read. If it raises, the error is logged and reading goes on: a reader that
        stopped would block CASA as soon as the pipe is full.
    """

    def __init__(self, name: str, consumer: Consumer) -> None:
        self._consumer = consumer
        self._read_fd, self.write_fd = os.pipe()
        self._rest = b""
        self._numbers = itertools.count(1)
        self._actions: dict[int, tuple[Callable[[], None], threading.Event]] = {}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """A path that opens the writing end in this process and in its children."""
        return f"/dev/fd/{self.write_fd}"

    def call(self, action: Callable[[], None], timeout: float = 5.0) -> bool:
        """Run the action in the reader thread after everything written so far.

        Parameters
        ----------
        action : callable
            Runs even if the caller gives up waiting.
        timeout : float
            Seconds to wait.

        Returns
        -------
        bool
            Whether the action has run.
        """
        done = threading.Event()
        number = next(self._numbers)
        self._actions[number] = (action, done)
        # Shorter than PIPE_BUF, therefore never mixed with what CASA writes at the same moment.
        os.write(self.write_fd, b"\x00casa-kernel mark %d\x00" % number)
        return done.wait(timeout)

    def post(self, action: Callable[[], None]) -> None:
        """Run the action in the reader thread after everything written so far; do not wait."""
        self.call(action, timeout=0)

    def _run(self) -> None:
        while True:
            self._guarded(self._step)

    def _step(self) -> None:
        ready, _, _ = select.select([self._read_fd], [], [], self._consumer.due())
        if ready:
            self._split(self._rest + os.read(self._read_fd, _READ_BYTES))
        due = self._consumer.due()
        if due is not None and due <= 0:
            self._consumer.refresh()

    def _split(self, data: bytes) -> None:
        self._rest = b""
        position = 0
        for mark in _MARK.finditer(data):
            self._feed(data[position : mark.start()])
            self._reach(int(mark[1]))
            position = mark.end()
        # The beginning of a mark that was cut by the size of the read waits for its other half.
        cut = data.rfind(b"\x00", max(position, len(data) - _MARK_LENGTH))
        if cut < 0:
            self._feed(data[position:])
        else:
            self._feed(data[position:cut])
            self._rest = data[cut:]

    def _feed(self, data: bytes) -> None:
        if data:
            self._guarded(lambda: self._consumer.feed(data))

    def _reach(self, number: int) -> None:
        action, done = self._actions.pop(number)
        self._guarded(action)
        done.set()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            logger.exception("what CASA wrote could not be shown; reading goes on")
