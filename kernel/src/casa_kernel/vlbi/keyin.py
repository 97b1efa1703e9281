"""The KEYIN format of ANTAB and UVFLG files: ``NAME=value,value … /``, ``!`` begins a comment.

The format is that of the Caltech VLBI programs, as AIPS HELP ANTAB and UVFLG use it. Names are
case-insensitive; a statement may span lines; a name without a value is a switch.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from casa_kernel.vlbi.errors import MalformedFileError

END = "/"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([EeDd][+-]?[0-9]+)?")
_TOKEN = re.compile(r"""(?P<quoted>'[^']*'|"[^"]*")|(?P<mark>[=,/])|(?P<word>[^\s=,/'"!]+)""")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted text without its quotes, or one of ``=``, ``,`` and ``/``."""

    text: str
    line: int
    quoted: bool = False

    def is_mark(self, mark: str) -> bool:
        """Tell whether this is the given punctuation, not a quoted text like it."""
        return self.text == mark and not self.quoted


@dataclass(frozen=True, slots=True)
class Item:
    """A name, in capitals, with its values; none for a switch."""

    name: str
    values: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Items up to a slash, and where it began."""

    items: tuple[Item, ...]
    file: str
    line: int

    def find(self, name: str) -> Item | None:
        """Return the last item of a name in capitals, if there is one."""
        return next((item for item in reversed(self.items) if item.name == name), None)

    def text(self, name: str, default: str = "") -> str:
        """Return the first value of a name, or the default."""
        item = self.find(name)
        return item.values[0] if item is not None and item.values else default

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the values of a name as numbers, none if it is absent.

        Raises
        ------
        MalformedFileError
            One of them is not a number.
        """
        item = self.find(name)
        if item is None:
            return ()
        return tuple(number(value, self.file, item.line) for value in item.values)


def number(text: str, file: str, line: int) -> float:
    """Return a finite number; Fortran's exponent ``D`` is understood.

    Raises
    ------
    MalformedFileError
        It is none.
    """
    if _NUMBER.fullmatch(text) is None:
        raise MalformedFileError(file, line, f"{text!r} is not a number.")
    value = float(text.replace("D", "E").replace("d", "e"))
    if not math.isfinite(value):
        raise MalformedFileError(file, line, f"{text!r} is too large.")
    return value


def tokens(text: str, file: str) -> Iterator[Token]:
    """Split a file.

    Raises
    ------
    MalformedFileError
        A quote is not closed on its line.
    """
    for line, content in enumerate(text.splitlines(), 1):
        place = 0
        while place < len(content):
            if content[place].isspace():
                place += 1
                continue
            if content[place] == "!":
                break
            match = _TOKEN.match(content, place)
            if match is None:
                raise MalformedFileError(file, line, f"no closing quote after {content[place:]!r}.")
            quoted = match["quoted"] is not None
            yield Token(match[0][1:-1] if quoted else match[0], line, quoted)
            place = match.end()


def statement(parts: list[Token], file: str) -> Statement:
    """Return the statement that tokens make, the slash left out.

    Raises
    ------
    MalformedFileError
        A value lacks its name, or a name its value.
    """
    items: list[Item] = []
    place = 0
    while place < len(parts):
        name = parts[place]
        place += 1
        if name.is_mark(","):
            continue  # a list may end in a comma
        if name.is_mark("="):
            raise MalformedFileError(file, name.line, "a name is missing before '='.")
        values: list[str] = []
        if place < len(parts) and parts[place].is_mark("="):
            place = _take_values(parts, place + 1, values)
            if not values:
                raise MalformedFileError(file, name.line, f"{name.text} has no value after '='.")
        items.append(Item(name.text.upper(), tuple(values), name.line))
    if not items:
        raise MalformedFileError(file, parts[0].line, "there is nothing but commas.")
    return Statement(tuple(items), file, parts[0].line)


def _take_values(parts: list[Token], place: int, values: list[str]) -> int:
    after_comma = True  # the first value follows '=' as others follow a comma
    while place < len(parts):
        part = parts[place]
        if part.is_mark(","):
            after_comma = True
        elif part.is_mark("=") or _begins_item(parts, place, after_comma=after_comma):
            break
        else:
            values.append(part.text)
            after_comma = False
        place += 1
    return place


def _begins_item(parts: list[Token], place: int, *, after_comma: bool) -> bool:
    part = parts[place]
    if place + 1 < len(parts) and parts[place + 1].is_mark("="):
        return True
    # Without a comma a further number or quoted text goes on with the list, a word does not.
    return not (after_comma or part.quoted or _looks_numeric(part.text))


def _looks_numeric(text: str) -> bool:
    return text[:1].isdigit() or text[:1] in "+-."


def statements(text: str, file: str) -> Iterator[Statement]:
    """Return the statements of a file that holds nothing else.

    Raises
    ------
    MalformedFileError
        The last one lacks its slash, or one cannot be understood.
    """
    parts: list[Token] = []
    for token in tokens(text, file):
        if not token.is_mark(END):
            parts.append(token)
        elif parts:
            yield statement(parts, file)
            parts = []
    if parts:
        raise MalformedFileError(file, parts[0].line, "this statement does not end with '/'.")
