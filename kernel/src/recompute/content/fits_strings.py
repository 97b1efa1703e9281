"""Strings in a FITS binary table, whose rest after a NUL is undefined (FITS 4.0, section 7.3.3.1).

CASA's exportuvfits leaves there what was in the memory, behind the names of antennas.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_FORM: Final = re.compile(r"(\d*)([LXBIJKAEDCMPQ])")

_WIDTHS: Final = dict(zip("LBIJKAEDCMPQ", (1, 1, 2, 4, 8, 1, 4, 8, 8, 16, 8, 16), strict=True))
"""Bytes of one element by its letter; of X, eight bits are one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of a table are laid out.

    Attributes
    ----------
    width : int
        Bytes of a row.
    count : int
        Number of rows; what follows them is no row.
    strings : sequence of slice
        Where strings are in a row.
    """

    width: int
    count: int
    strings: Sequence[slice]

    def without_rests(self, content: bytes, start: int) -> bytes:
        """Return whole rows, of which the first is at a byte of the data, with strings' rests zero.

        Parameters
        ----------
        content : bytes
            Of the data.
        start : int
            Where it is in the data, a multiple of the width.
        """
        rows = max(0, min(len(content) // self.width, self.count - start // self.width))
        table = np.frombuffer(content, np.uint8, rows * self.width).reshape(rows, self.width).copy()
        for string in self.strings:
            field = table[:, string]
            field[np.logical_or.accumulate(field == 0, axis=1)] = 0
        return table.tobytes() + content[rows * self.width :]


def rows_of(values: Mapping[str, str], width: int, count: int) -> Rows | None:
    """Return the layout of a binary table that has strings.

    Parameters
    ----------
    values : mapping
        Of the header's TFORM1, TFORM2, ….
    width : int
        NAXIS1.
    count : int
        NAXIS2.

    Returns
    -------
    Rows or None
        None if there are no strings, or the forms and the width contradict each other.
    """
    strings, at = [], 0
    for number in range(1, len(values) + 1):
        found = _FORM.match(values.get(f"TFORM{number}", "").strip())
        if found is None:
            return None
        repeat, letter = int(found[1] or 1), found[2]
        size = -(-repeat // 8) if letter == "X" else repeat * _WIDTHS[letter]
        if letter == "A" and size:
            strings.append(slice(at, at + size))
        at += size
    return Rows(width, count, strings) if strings and at == width else None
