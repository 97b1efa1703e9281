"""How times and sizes are said."""

import re
from typing import Final

from recompute.errors import RecomputeError

_MINUTE: Final = 60  # seconds
_HOUR: Final = 3600
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_SIZE: Final = re.compile(r"([0-9]*\.?[0-9]+)\s*([kMGTP]?)(i?)B?", re.IGNORECASE)
_POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def duration(seconds: float) -> str:
    """Return a time such as ``0.4 s``, ``41 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:  # noqa: PLR2004 - from here on tenths are noise
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / _MINUTE), _MINUTE)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def size(count: float) -> str:
    """Return a size in decimal units, such as ``12 B``, ``4.7 MB``, ``514 MB``."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if abs(value) < 999.5:  # noqa: PLR2004 - what would be rounded up to 1000 of a unit
            return _number(value, unit)
        value /= 1000
    return _number(value, _UNITS[-1])


def bytes_of(text: str) -> int:
    """Return a size in bytes, from ``10GB``, ``1.5 TB``, ``512MiB`` or plain bytes.

    Raises
    ------
    RecomputeError
        It is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise RecomputeError(f"{text!r} is no size: write it like 10GB, 1.5TB or 512MiB.")
    number, unit, binary = match.groups()
    factor: int = (1024 if binary else 1000) ** _POWERS[unit.lower()]
    return round(float(number) * factor)


def _number(value: float, unit: str) -> str:
    digits = 0 if unit == "B" or abs(value) >= 99.95 else 1  # noqa: PLR2004 - three digits
    return f"{value:.{digits}f} {unit}"
