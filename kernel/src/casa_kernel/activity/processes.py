"""The programs below a notebook server, and which of them compute."""

from dataclasses import dataclass
from typing import Final

import psutil

_GONE: Final = (psutil.NoSuchProcess, psutil.AccessDenied)


@dataclass(frozen=True, slots=True)
class Computing:
    """A program that computes.

    Attributes
    ----------
    name
        Of the program, as the system has it.
    share
        How much of a core it used since the last look.
    """

    name: str
    share: float


class Processes:
    """All processes below this one; those, too, that outlived what started them.

    Parameters
    ----------
    share
        What a program must use of a core, on average between two looks, to be one that computes.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._used: dict[psutil.Process, float] = {}
        self._looked: float | None = None

    def computing(self, now: float) -> Computing | None:
        """Return the program that computed most since the last look; None when none did.

        Parameters
        ----------
        now
            Seconds of a clock that never goes back.
        """
        used = {each: seconds for each in self._all() if (seconds := _used(each)) is not None}
        before, passed = self._used, now - self._looked if self._looked is not None else 0.0
        self._used, self._looked = used, now
        if passed <= 0:
            return None
        # One that is new since the last look used all of its time since then.
        shares = {each: (time - before.get(each, 0.0)) / passed for each, time in used.items()}
        most = max(shares, key=shares.__getitem__, default=None)
        if most is None or shares[most] < self._share:
            return None
        return Computing(_name(most), shares[most])

    def _all(self) -> set[psutil.Process]:
        # One that was seen before stays ours when its parent ends: a job in the background whose
        # terminal was closed. psutil compares processes by number and start.
        return {each for each in self._used if each.is_running()} | set(
            psutil.Process().children(recursive=True)
        )


def _used(process: psutil.Process) -> float | None:
    """Return the seconds of CPU of a process and of its children that ended."""
    try:
        return float(sum(process.cpu_times()[:4]))  # user, system, and both of the children
    except _GONE:
        return None


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except _GONE:
        return "a program that ended"
