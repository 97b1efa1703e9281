"""Lists of things by name or number, as CASA's selection strings have them."""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Final

from casa_plots.errors import SelectionError

_RANGE: Final = re.compile(r"(\d{1,9})\s*~\s*(\d{1,9})")
_NAMES_TOLD: Final = 40


def numbers(text: str, names: Sequence[Sequence[str]], what: str) -> list[int]:
    """Return the numbers of what a list names.

    Parameters
    ----------
    text : str
        Names, names with ``*`` and ``?``, numbers and ranges of numbers, with commas between:
        ``"DV23,DA*,3,5~7"``. A number is taken as a name first, as CASA does. Empty for none.
    names : sequence of sequence of str
        What each thing is called; the first name is the one that is told.
    what : str
        What they are, for messages: ``antenna``.

    Raises
    ------
    SelectionError
        A part names nothing.
    """
    found: set[int] = set()
    for part in (each.strip() for each in text.split(",")):
        if part:
            found.update(_named(part, names, what))
    return sorted(found)


def _named(part: str, names: Sequence[Sequence[str]], what: str) -> Iterable[int]:
    for position in range(max((len(each) for each in names), default=0)):
        named = [
            number
            for number, each in enumerate(names)
            if position < len(each) and fnmatch.fnmatchcase(each[position], part)
        ]
        if named:
            return named
    if between := _RANGE.fullmatch(part):
        within = range(int(between[1]), min(int(between[2]) + 1, len(names)))
    else:
        number = int(part) if part.isdecimal() else len(names)
        within = range(number, min(number + 1, len(names)))
    if within:
        return within
    told = ", ".join(each[0] for each in names[:_NAMES_TOLD])
    more = ", …" if len(names) > _NAMES_TOLD else ""
    raise SelectionError(
        f"{part!r} names no {what}: there are {told}{more} (numbers 0 to {len(names) - 1})."
    )
