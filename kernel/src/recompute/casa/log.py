"""CASA's log file, as far as a task writes to it."""

from pathlib import Path
from typing import Final, Protocol

_PARTS: Final = 4  # time, priority, origin, message, with tabs between


class Logger(Protocol):
    """What is used of ``casatasks.casalog``, which ships no types."""

    def logfile(self) -> str:
        """Return the log file's path."""

    def post(self, message: str, priority: str, origin: str) -> object:
        """Write a line."""


class LogTail:
    """What is written to a log file from now on.

    Parameters
    ----------
    file : Path
        It need not be there, nor be a file: then there are no lines.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begin = file.stat().st_size if file.is_file() else 0

    def lines(self) -> tuple[str, ...]:
        """Return the lines since then."""
        if not self._file.is_file():
            return ()
        with self._file.open("rb") as file:
            file.seek(self._begin)
            return tuple(file.read().decode(errors="replace").splitlines())


def replay(lines: tuple[str, ...], logger: Logger, remark: str) -> None:
    """Write recorded lines to the log once more, after a remark that they are."""
    logger.post(remark, "INFO", "recompute")
    for line in lines:
        parts = line.split("\t", _PARTS - 1)
        if len(parts) == _PARTS:
            _time, priority, origin, message = parts
            task = origin.strip().partition("::")[0]
            logger.post(f"[replayed] {message}", priority.strip() or "INFO", task)
