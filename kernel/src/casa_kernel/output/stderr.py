"""What CASA's libraries write to file descriptor 2, without the copies of log lines.

CASA prints each warning to its log and once more to stderr, and no setting stops it. A relay in
front of descriptor 2 drops the copies, takes casacore's progress meters for a bar in the cell's
block, and passes everything else on.
"""

import codecs
import os
import re
import sys
from collections.abc import Callable
from typing import Final

from casa_kernel.output.log import is_log_line
from casa_kernel.output.meter import MeterParser
from casa_kernel.output.pipe import MarkedPipe

# gRPC's complaint about the listener that `listener.close_listeners` has stopped.
_CLOSED_LISTENER: Final = re.compile(r"E\d{4} .*tcp_server_posix\.cc:\d+\] +Failed accept4: .*")
# As much of a copied line as can be told from other text before its end has arrived.
_COPY_START: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\t(WARN|SEVERE)")
_UNDECIDED: Final = re.compile(
    r"[-0-9:. ]{1,19}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.0-9]*\t?[A-Z]*|E\d{0,4}"
)


def is_noise(line: str) -> bool:
    """Whether a complete line tells nothing that the user has not got already."""
    return is_log_line(line) or _CLOSED_LISTENER.fullmatch(line) is not None


class NoiseFilter:
    """Consumer of stderr's bytes that forwards text as it comes, minus the noise.

    Parameters
    ----------
    forward : callable
        Takes text to show.
    measure : callable, optional
        Takes each figure of a progress meter in per cent; without it a meter is text like any.
    """

    def __init__(
        self, forward: Callable[[str], object], measure: Callable[[int], object] | None = None
    ) -> None:
        self._forward = forward
        self._measure = measure
        self._meter = MeterParser()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""

    def feed(self, data: bytes) -> None:
        """Take bytes; a last line without its end waits only if it may turn out to be noise."""
        lines = (self._pending + self._without_meter(self._decoder.decode(data))).split("\n")
        tail = lines.pop()
        text = "".join(f"{line}\n" for line in lines if not is_noise(line))
        waits = _COPY_START.match(tail) or tail.startswith("E1") or _UNDECIDED.fullmatch(tail)
        self._pending = tail if waits else ""
        self._send(text + ("" if waits else tail))

    def flush(self) -> None:
        """Show what waits: no more of it is coming."""
        pending, self._pending = self._pending + self._meter.flush(), ""
        self._send("" if is_noise(pending) else pending)

    def due(self) -> float | None:
        """Return None: nothing is put off."""
        return None

    def refresh(self) -> None:
        """Do nothing: see `due`."""

    def _without_meter(self, text: str) -> str:
        if self._measure is None:
            return text
        rest, percents = self._meter.feed(text)
        # The newest is as good as all of them.
        for percent in percents[-1:]:
            self._measure(percent)
        return rest

    def _send(self, text: str) -> None:
        if text:
            self._forward(text)


class StderrRelay:
    """Descriptor 2 led through a `NoiseFilter` into the notebook's stderr stream.

    Parameters
    ----------
    measure : callable
        Takes each figure of a progress meter in per cent.
    """

    def __init__(self, measure: Callable[[int], object]) -> None:
        # The stream of today: a user's redirect_stderr later must not receive other cells' text.
        stream = sys.stderr
        self._filter = NoiseFilter(stream.write, measure)
        self._pipe = MarkedPipe("casa-stderr", self._filter)
        stream.flush()
        os.dup2(self._pipe.write_fd, 2)

    def drain(self) -> None:
        """Wait until everything written so far is in the stream."""
        self._pipe.call(self._filter.flush)
