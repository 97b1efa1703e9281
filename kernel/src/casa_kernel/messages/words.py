"""CASA's words without what only its developers read: a pure function."""

import re
from typing import Final

_STAMP: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\t(?:WARN|SEVERE)\t[^\t\n]*\t", re.MULTILINE
)
# "... thrown by <a C++ signature> at File: <path>, line: <number>", possibly nested.
_THROWN: Final = re.compile(r"\n?\.\.\. thrown by .*", re.DOTALL)
_PLACE: Final = re.compile(r" at File: \S+, line: \d+")
_PREFIX: Final = re.compile(r"^(?:Exception(?: Reported)?: *|Caught Exception: *)+")
_LONGEST_LINE: Final = 240
_MOST_LINES: Final = 12


def said(text: str) -> str:
    """Return an exception's text, shortened to what tells a user something.

    Parameters
    ----------
    text : str
        ``str(error)``.

    Returns
    -------
    str
        At most 12 lines of 240 characters; an ellipsis stands for what is left out.
    """
    lines = [_clipped(line.rstrip()) for line in cleaned(text).splitlines() if line.strip()]
    return "\n".join(lines[:_MOST_LINES] + (["…"] if len(lines) > _MOST_LINES else []))


def cleaned(text: str) -> str:
    """Return an exception's text without time stamps, C++ signatures and source paths."""
    for pattern in (_STAMP, _THROWN, _PLACE, _PREFIX):
        text = pattern.sub("", text)
    return text.strip()


def _clipped(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
