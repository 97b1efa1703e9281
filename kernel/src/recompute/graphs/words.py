"""How steps, times, bytes, states and values read."""

import json
import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from recompute.model import ABSENT, Json, StateId, Step

_MINUTE: Final = 60
_HOUR: Final = 3600
_TWO_DIGITS: Final = 9.95
_ROUNDED_TO_THOUSAND: Final = 999.5
_SHORT_ID: Final = 7
_LONGEST_VALUE: Final = 60
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return text without what breaks a line, an XML file or the reading direction."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def shortened(text: str, longest: int) -> str:
    """Return printable text of a limited length, cut in the middle: endings tell names apart."""
    text = printable(text)
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def label(step: Step) -> str:
    """Return how a step is named to people, ``gaincal [2]``."""
    return f"{printable(step.task)} [{step.number}]"


def name_of(path: str) -> str:
    """Return a path's last name, by which people know it."""
    return printable(PurePosixPath(path).name or path)


def duration(seconds: float) -> str:
    """Return a time as people say it, ``0.04 s``, ``41 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < _TWO_DIGITS:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def amount(count: int) -> str:
    """Return bytes in decimal units, ``0 B``, ``4.7 MB``, ``213 MB``."""
    size = float(count)
    power = 0
    while size >= _ROUNDED_TO_THOUSAND and power < len(_UNITS) - 1:
        size /= 1000
        power += 1
    digits = 1 if power and size < _TWO_DIGITS else 0
    return f"{size:.{digits}f} {_UNITS[power]}"


def state(of: StateId) -> str:
    """Return a state's short id."""
    return "absent" if of == ABSENT else printable(of[:_SHORT_ID])


def value(of: Json, longest: int = _LONGEST_VALUE) -> str:
    """Return a parameter's value as Python writes it, in one line."""
    return shortened(repr(of), longest)


def moment(when: datetime) -> str:
    """Return a time of day as people write it, with its zone if it has one."""
    return when.strftime("%Y-%m-%d %H:%M %Z").strip()


def canonical(of: Json) -> str:
    """Return JSON text that is equal for equal values."""
    return json.dumps(of, sort_keys=True)
