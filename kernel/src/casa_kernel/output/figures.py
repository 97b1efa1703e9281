"""What CASA's log says about how far a task is: lines in, figures out."""

import math
import re
from dataclasses import dataclass
from typing import Final

from casa_kernel.output.log import LogRecord

_PER_CENT: Final = re.compile(r"(?:regridSpw|combineSpws) progress: (\d{1,12})% processed")
_CHUNK: Final = re.compile(r"Chunk = (\d{1,12}) \[progress: (\d{1,12})%\]")
_PLANE: Final = re.compile(r"Channel (\d{1,12}) of (\d{1,12}), Polarization \d+ of \d+ ")
_INTERVALS: Final = re.compile(r"For solint = .*, found (\d{1,12}) solution intervals\.")
_FRINGES: Final = re.compile(r"Solving for fringes for spw=")
_CALL: Final = re.compile(r"(?:tclean|deconvolve)\( .*?\bniter=(\d{1,12})")
_THRESHOLD: Final = re.compile(r"\bthreshold='?([0-9.eE+-]+) *([mun]?)(?:Jy)?")
_PEAK: Final = re.compile(r" Absolute Peak residual within mask : ([0-9.e+-]+), over full image")
_MINOR: Final = re.compile(r"\[[^]]*\] iters=\d+->(\d{1,12}) \[")
_COMPLETED: Final = re.compile(r"Completed (\d{1,12}) iterations\.")
_MAJOR: Final = re.compile(r"-+ Run Major Cycle (\d{1,12}) -+")
# What the messages above begin with: most lines need no closer look.
_FIRST: Final = frozenset("rcCFStd[- ")
_PREFIXES: Final = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


@dataclass(frozen=True, slots=True)
class Figure:
    """How far a task is.

    Attributes
    ----------
    done : float
        From 0 to 1.
    detail : str
        What was counted, in CASA's words.
    """

    done: float
    detail: str = ""


def jansky(value: str, prefix: str) -> float:
    """Return a flux density in Jy, 0 for what is no finite number."""
    try:
        flux = float(value) * _PREFIXES[prefix]
    except ValueError:
        return 0.0
    return flux if math.isfinite(flux) else 0.0


@dataclass(slots=True)
class _Clean:
    niter: int = 0
    threshold: float = 0.0  # Jy/beam
    first_peak: float = 0.0
    peak: float = 0.0
    completed: int = 0
    iterations: int = 0
    major: int = 0
    done: float = 0.0

    def figure(self) -> Figure | None:
        """Return how near the nearer one of the two ends is: iterations, or the threshold."""
        if not self.niter or not self.peak:
            return None
        done = self.iterations / self.niter
        detail = f"major cycle {self.major} · " if self.major else ""
        detail += f"{self.iterations} of {self.niter} iterations"
        detail += f" · peak {1e3 * self.peak:.3g} mJy/beam"
        if 0 < self.threshold < self.first_peak:
            # Cleaning with a constant gain takes the peak down exponentially.
            span = math.log(self.first_peak / self.threshold)
            reached = max(self.threshold, min(self.peak, self.first_peak))
            done = max(done, math.log(self.first_peak / reached) / span)
            detail += f", threshold {1e3 * self.threshold:.3g}"
        # A major cycle may lift the peak again; the bar does not go back for that.
        self.done = min(1.0, max(self.done, done))
        return Figure(self.done, detail)


class FigureReader:
    """Reads one task's log, line by line."""

    def __init__(self) -> None:
        self._clean = _Clean()
        self._chunk = Figure(0.0)
        self._intervals = 0
        self._solved = 0

    def read(self, record: LogRecord) -> Figure | None:
        """Return the figure of a line, None for most lines."""
        message = record.message
        if message[:1] not in _FIRST:
            return None
        if message.startswith("Chunk = "):
            return self._chunk_begins(message)
        if match := _PLANE.match(message):
            plane, planes = int(match[1]), max(1, int(match[2]))
            return Figure(min(1.0, plane / planes), f"channel {plane} of {planes}")
        if match := _PER_CENT.match(message):
            return Figure(min(1.0, int(match[1]) / 100))
        return self._solving(message) or self._cleaning(message)

    def _chunk_begins(self, message: str) -> Figure | None:
        match = _CHUNK.match(message)
        if match is None:
            return None
        # CASA counts a chunk when it begins: what is done is what the line before said.
        before = self._chunk
        self._chunk = Figure(min(1.0, int(match[2]) / 100))
        if self._chunk.done < before.done:
            before = Figure(0.0)
        return Figure(before.done, f"chunk {int(match[1])}")

    def _solving(self, message: str) -> Figure | None:
        if match := _INTERVALS.match(message):
            self._intervals, self._solved = int(match[1]), 0
        elif self._intervals and _FRINGES.match(message):
            begun = self._solved + 1
            done, self._solved = min(1.0, self._solved / self._intervals), begun
            return Figure(done, f"solution interval {begun} of {self._intervals}")
        return None

    def _cleaning(self, message: str) -> Figure | None:
        clean = self._clean
        if match := _CALL.match(message):
            threshold = _THRESHOLD.search(message)
            flux = jansky(threshold[1], threshold[2]) if threshold else 0.0
            self._clean = _Clean(int(match[1]), flux)
            return None
        if not clean.niter:
            return None
        if match := _MAJOR.match(message):
            clean.major = int(match[1])
        elif match := _COMPLETED.match(message):
            clean.completed = clean.iterations = int(match[1])
        elif match := _MINOR.match(message):
            clean.iterations = max(clean.iterations, clean.completed + int(match[1]))
        elif match := _PEAK.match(message):
            clean.peak = jansky(match[1], "") or clean.peak
            clean.first_peak = clean.first_peak or clean.peak
        else:
            return None
        return clean.figure()
