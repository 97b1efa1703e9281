"""What a server wrote, in a file beside its session's home: an engine's own words when it ends."""

import re
from pathlib import Path
from typing import BinaryIO, Final

_END: Final = 4096  # bytes in which the last words are looked for
_LINES: Final = 3
_LONGEST: Final = 500  # characters of them in a sentence
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def open_rotated(log: Path) -> BinaryIO:
    """Open an empty log for a server that starts; the one before it is kept beside it, as `.1`."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def last_lines(log: Path) -> str:
    """Return the last few lines that are not empty, in one; nothing when there is no log."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - _END))
        return last_of(file.read().decode(errors="replace"))


def last_of(log: str) -> str:
    """Return the last few lines of a text that are not empty, in one."""
    lines = [line.strip() for line in _COLOURS.sub("", log).splitlines() if line.strip()]
    return " / ".join(lines[-_LINES:])[-_LONGEST:]
