"""Running a program that talks for long: its words live, an interrupt that it cannot ignore.

It runs on a terminal of its own, for two reasons: programs hold back what they write to a pipe, and
when the kernel dies the terminal goes with it, and hangs up the program.
"""

import codecs
import collections
import errno
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ptyprocess import PtyProcess

from casa_kernel.companions.errors import ProgramFailedError

# A program may end well on SIGINT; what remains of the three seconds after this is for the kernel.
GRACE: Final = 1.5
_READ_BYTES: Final = 1 << 16
_LAST_LINES: Final = 12
# Wide, or programs that ask for the width break their lines.
_ROWS_COLUMNS: Final = (40, 160)


def run(argv: Sequence[str], write: Callable[[str], object], grace: float = GRACE) -> None:
    """Run a program to its end, in the working directory.

    Parameters
    ----------
    argv : sequence of str
        Path of the program, and its arguments; no shell is involved.
    write : callable
        Takes the program's text, standard output and standard error, as it comes.
    grace : float
        Seconds between SIGINT and SIGKILL after an interrupt.

    Raises
    ------
    ProgramFailedError
        The program ended with another status than 0, or by a signal; the message has its last
        words.
    KeyboardInterrupt
        The user interrupted; the program and all that it started have ended.
    """
    last = _LastLines()

    def show(text: str) -> None:
        last.add(text)
        write(text)

    program = PtyProcess.spawn(list(argv), echo=False, dimensions=_ROWS_COLUMNS)
    program.delayafterclose = 0  # it is closed when the program has ended
    try:
        _relay(program, show)
        program.wait()
    except KeyboardInterrupt:
        _interrupt(program, show, grace)
        raise
    finally:
        _end(program)
    if program.exitstatus != 0:
        raise ProgramFailedError(_failure(argv[0], program, last.text))


class _LastLines:
    """The last lines of a program's text; a carriage return starts a line anew."""

    def __init__(self) -> None:
        self._lines = collections.deque([""], maxlen=_LAST_LINES + 1)

    def add(self, text: str) -> None:
        first, *others = text.split("\n")
        self._lines[-1] = (self._lines[-1] + first).rpartition("\r")[2]
        self._lines.extend(line.rpartition("\r")[2] for line in others)

    @property
    def text(self) -> str:
        return "\n".join(line for line in self._lines if line.strip())


def _relay(program: PtyProcess, write: Callable[[str], object], seconds: float = 1e9) -> bool:
    """Pass on the program's text until it ends; return whether it did within the time."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([program.fd], [], [], min(left, 3600))
        if not ready:
            continue
        data = _read(program.fd)
        # A terminal ends lines with \r\n; a lone \r is a progress display's.
        write(decoder.decode(data).replace("\r\n", "\n"))
        if not data:
            return True
    return False


def _read(fd: int) -> bytes:
    """Return what a terminal holds; nothing when no program has it open any more."""
    try:
        return os.read(fd, _READ_BYTES)
    except OSError as error:
        if error.errno != errno.EIO:  # Linux's way to say the end
            raise
        return b""


def _interrupt(program: PtyProcess, write: Callable[[str], object], grace: float) -> None:
    """Ask the program's group to end, listen to its last words, and see to it that it ends."""
    _signal_group(program, signal.SIGINT)
    if not _relay(program, write, grace):
        _signal_group(program, signal.SIGKILL)
        _relay(program, write, grace / 4)


def _end(program: PtyProcess) -> None:
    if program.isalive():
        _signal_group(program, signal.SIGKILL)
        program.wait()
    program.close()


def _signal_group(program: PtyProcess, number: signal.Signals) -> None:
    # ptyprocess makes the program the leader of a session, and so of a group. It has not been
    # waited for yet: no other process can have its number.
    os.killpg(program.pid, number)


def _failure(path: str, program: PtyProcess, words: str) -> str:
    name = Path(path).name
    if program.signalstatus is not None:
        how = f"was ended by {signal.Signals(program.signalstatus).name}"
    else:
        how = f"ended with status {program.exitstatus}"
    return f"{name} {how}. Its last words:\n{words}" if words else f"{name} {how}, without a word."
