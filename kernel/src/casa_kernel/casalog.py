"""``casalog`` as a user expects it, although tasks log in other processes.

CASA itself writes to the session's pipe for good. The methods about the log file therefore mean
the session's file, for scripts that call ``casalog.setlogfile("reduction.log")``; those that decide
what is logged are remembered, and done again where a task runs.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from casa_kernel.casa import LogSink

_FILTERS: Final = ("filter", "filterMsg", "clearFilterMsgList")


class LogControl:
    """Takes over methods of one ``casalog``.

    Parameters
    ----------
    log : casatools.logsink
        Gets the methods.
    move : callable
        Continues the log in another file.
    where : callable
        Tells the file.

    Attributes
    ----------
    calls : list of (str, tuple)
        What the user asked to be filtered: method and arguments, oldest first.
    """

    def __init__(
        self, log: LogSink, move: Callable[[Path], object], where: Callable[[], Path]
    ) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._log = log
        self._move = move
        self._where = where
        log.setlogfile = self.setlogfile
        log.logfile = self.logfile
        for name in _FILTERS:
            setattr(log, name, self._remembering(name, getattr(log, name)))

    def setlogfile(self, filename: str = "casapy.log") -> bool:
        """Continue the log in a file of the user's; return whether it could be opened."""
        path = Path(os.path.expandvars(filename))
        self._move(path)
        return self._where() == path.expanduser().absolute()

    def logfile(self) -> str:
        """Return the path of the log file."""
        return str(self._where())

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Log nothing below an error in the block."""
        original = type(self._log).filter  # type: ignore[attr-defined]  # casatools has no types
        original(self._log, "SEVERE")
        try:
            yield
        finally:
            levels = [arguments for name, arguments in self.calls if name == "filter"]
            original(self._log, *(levels[-1] if levels else ("INFO",)))

    def _remembering(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*arguments: object) -> object:
            result: object = method(*arguments)
            if name != "filterMsg":  # one level counts, and a cleared list is empty
                replaced = "filter" if name == "filter" else "filterMsg"
                self.calls = [call for call in self.calls if call[0] != replaced]
            self.calls.append((name, arguments))
            return result

        remembered.__name__, remembered.__doc__ = name, method.__doc__
        return remembered
