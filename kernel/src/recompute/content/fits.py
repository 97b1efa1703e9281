"""What of a FITS file counts: all but when it was written, and undefined bytes.

The standard (FITS 4.0) gives DATE to the time at which the file was written; CASA's exportfits puts
the time also before each line of history, and writes how much memory tclean had found free.
"""

import re
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import BinaryIO, Final

from blake3 import blake3

from recompute.content.fits_strings import Rows, rows_of
from recompute.model import Digest

_BLOCK: Final = 2880
_CARD: Final = 80

_TIME: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

_DATE: Final = re.compile(rb"^(?:DATE    = '[^']*'|MEMAVAIL= [ 0-9.E+-]{20})")

_HISTORY: Final = re.compile(rb"^HISTORY " + _TIME.pattern)

_INTEGER: Final = re.compile(rb"= +(-?\d+) *(?:/|$)")

_TFORM: Final = re.compile(rb"(TFORM\d+) *= '([^']*)'")

_LARGEST_HEADER: Final = 10_000
"""Blocks; a longer one is no header that anybody wrote."""

_AT_ONCE: Final = 1 << 20


def fits(path: Path) -> Digest | None:
    """Return the digest of what counts of a file; None if it is no FITS file, so that all counts.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It begins as a FITS file but is none.
    """
    hasher = blake3()
    with path.open("rb") as file:
        if not file.read(_CARD).startswith(b"SIMPLE  ="):
            return None
        file.seek(0)
        while True:
            cards = list(_header(lambda: file.read(_BLOCK)))
            if not cards:
                break
            for card in cards:
                hasher.update(_counted(card))
            for content in _data(file, cards):
                hasher.update(content)
    return Digest(hasher.hexdigest())


def _header(read: Callable[[], bytes]) -> Iterator[bytes]:
    """Give the cards of the next header, none at the end of the file.

    Raises
    ------
    ValueError
        What follows is no header.
    """
    for number in range(_LARGEST_HEADER):
        block = read()
        if not block and not number:
            return
        if len(block) != _BLOCK:
            raise ValueError("a header is cut off")
        cards = [block[start : start + _CARD] for start in range(0, _BLOCK, _CARD)]
        yield from cards
        if b"END".ljust(_CARD) in cards:
            return
    raise ValueError("a header has no end")


def _counted(card: bytes) -> bytes:
    """Return a card without times, on a line of its own."""
    return _HISTORY.sub(b"HISTORY ", _DATE.sub(b"", card)) + b"\n"


def _data(file: BinaryIO, cards: list[bytes]) -> Iterator[bytes]:
    """Give what counts of the data behind a header."""
    left = _data_size(cards)
    rows = _rows(cards)
    step, done = _AT_ONCE, 0
    if rows is not None:
        step = max(1, _AT_ONCE // rows.width) * rows.width
    while left and (content := file.read(min(step, left))):
        yield content if rows is None else rows.without_rests(content, done)
        left -= len(content)
        done += len(content)


def _rows(cards: list[bytes]) -> Rows | None:
    """Return the layout of a binary table, None if it is none or has no strings."""
    if not cards[0].startswith(b"XTENSION= 'BINTABLE'"):
        return None
    found = (_TFORM.match(card) for card in cards)
    forms = {each[1].decode(): each[2].decode() for each in found if each}
    number = _integers(cards)
    return rows_of(forms, number("NAXIS1", 0), number("NAXIS2", 0))


def _integers(cards: list[bytes]) -> Callable[[str, int], int]:
    """Return what gives the integer value of a name, or another one if it has none."""
    values = {card[:8].rstrip(): _INTEGER.match(card[8:]) for card in cards if card[8:9] == b"="}

    def number(name: str, otherwise: int) -> int:
        found = values.get(name.encode())
        return int(found[1]) if found else otherwise

    return number


def _data_size(cards: list[bytes]) -> int:
    """Return how many bytes follow a header, in whole blocks (FITS 4.0, section 4.4.1)."""
    number = _integers(cards)
    axes = [number(f"NAXIS{axis}", 0) for axis in range(1, number("NAXIS", 0) + 1)]
    grouped = any(card.startswith(b"GROUPS  =") and b" T" in card[:30] for card in cards)
    if grouped and axes and not axes[0]:
        axes = axes[1:]
    if not axes:
        return 0
    elements = number("GCOUNT", 1) * (number("PCOUNT", 0) + prod(axes))
    size = abs(number("BITPIX", 8)) // 8 * elements
    return -(-size // _BLOCK) * _BLOCK
