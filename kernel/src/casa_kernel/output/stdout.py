"""What CASA's libraries write to file descriptor 1, without the flood of failed solutions.

`gaincal` and its kin print a line for every solution that fails, past the log: hundreds of them.
They belong into the block of the log; everything else is shown as it comes.
"""

import codecs
import os
import re
import sys
from collections.abc import Callable
from typing import Final

from casa_kernel.output.pipe import MarkedPipe

# Numbers are compared as one `#`.
_HEADS: Final = (
    "# of # solutions flagged due to ",
    " Insufficient unflagged antennas to proceed with this solve",
    "   (time=",
)
_NUMBER: Final = re.compile(r"\d+")


def is_about_solutions(line: str) -> bool:
    """Whether a complete line is one of a solver's reports."""
    return _NUMBER.sub("#", line).startswith(_HEADS)


def _may_be(tail: str) -> bool:
    text = _NUMBER.sub("#", tail)
    return text.startswith(_HEADS) or any(head.startswith(text) for head in _HEADS)


class SolutionFilter:
    """Consumer of stdout's bytes that keeps the solvers' reports apart.

    Parameters
    ----------
    forward : callable
        Takes text to show.
    report : callable
        Takes complete lines about solutions, without their ends.
    """

    def __init__(
        self, forward: Callable[[str], object], report: Callable[[list[str]], object]
    ) -> None:
        self._forward = forward
        self._report = report
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""
        self._within = False  # of a line of which the beginning was shown

    def feed(self, data: bytes) -> None:
        """Take bytes; a last line without its end waits only if it may be a report."""
        *lines, tail = (self._pending + self._decoder.decode(data)).split("\n")
        reports, shown = [], []
        for line in lines:
            if is_about_solutions(line) and not self._within:
                reports.append(line)
            else:
                shown.append(f"{line}\n")
            self._within = False
        waits = not self._within and _may_be(tail)
        self._pending = tail if waits else ""
        self._within = not waits
        self._send("".join(shown) + ("" if waits else tail))
        if reports:
            self._report(reports)

    def flush(self) -> None:
        """Show what waits: no more of it is coming."""
        pending, self._pending = self._pending, ""
        self._within = self._within or bool(pending)
        self._send(pending)

    def due(self) -> float | None:
        """Return None: nothing is put off."""
        return None

    def refresh(self) -> None:
        """Do nothing: see `due`."""

    def _send(self, text: str) -> None:
        if text:
            self._forward(text)


class StdoutRelay:
    """Descriptor 1 led through a `SolutionFilter` into the notebook's stdout stream.

    With a pipe of our own it can be waited for: what C++ prints appears in its cell.

    Parameters
    ----------
    report : callable
        Takes the lines about solutions.
    """

    def __init__(self, report: Callable[[list[str]], object]) -> None:
        stream = sys.stdout
        self._filter = SolutionFilter(stream.write, report)
        self._pipe = MarkedPipe("casa-stdout", self._filter)
        stream.flush()
        os.dup2(self._pipe.write_fd, 1)

    def drain(self) -> None:
        """Wait until everything written so far is in the stream."""
        self._pipe.call(self._filter.flush)
