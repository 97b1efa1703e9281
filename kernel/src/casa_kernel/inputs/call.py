"""Where the cursor is in code that is not finished: which call, which parameter, which word.

Code in the middle of being typed does not parse; a scan of brackets, strings and commas up to the
cursor is enough, and it never fails.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Final, cast

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>(?i:\b[rbuf]{1,2})?(?:'''(?:\\.|[^\\])*?(?:'''|\Z)
        |\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z)
        |"(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z)))
    |(?P<name>[^\W\d][\w.]*)
    |(?P<space>\s+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = "([{"
_CLOSING: Final = ")]}"


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument that is a variable of the user's."""

    name: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is being typed.

    Attributes
    ----------
    function : str
        The call that the cursor is in; empty outside of one.
    parameter : str
        The parameter or variable whose value is typed; empty for a word that may begin one.
    positional : tuple
        The arguments without a name before it; None for an expression.
    given : mapping of str to object
        The arguments with a name before it, without expressions.
    quote : str
        The quote that is open; empty outside of a string.
    typed : str
        What of the string or the word is there already.
    """

    function: str = ""
    parameter: str = ""
    positional: tuple[object, ...] = ()
    given: Mapping[str, object] = field(default_factory=dict)
    quote: str = ""
    typed: str = ""


@dataclass(slots=True)
class _Frame:
    """A bracket that is open, or the line outside of all."""

    function: str
    tokens: list[tuple[str, str]] = field(default_factory=list)
    given: dict[str, object] = field(default_factory=dict)
    positional: list[object] = field(default_factory=list)

    def close_argument(self) -> None:
        """Take note of the argument that ended."""
        match self.tokens:
            case [("name", name), ("other", "="), (_, _), *_]:
                if (value := _plain(self.tokens[2:])) is not None:
                    self.given[name] = value
            case [_, *_]:
                self.positional.append(_plain(self.tokens))
        self.tokens = []


def cursor_at(text: str) -> Cursor:
    """Return what is being typed at the end of a text.

    Parameters
    ----------
    text : str
        A cell up to the cursor.
    """
    frames = [_Frame("")]
    kind, last = "", ""
    for match in _TOKEN.finditer(text):
        kind, last = match.lastgroup or "", match[0]
        if kind in {"space", "comment"}:
            # Outside of brackets a line ends a statement.
            if "\n" in last and len(frames) == 1:
                frames = [_Frame("")]
            continue
        _take(frames, kind, last)
    return _cursor(frames, kind, last)


def _take(frames: list[_Frame], kind: str, text: str) -> None:
    frame = frames[-1]
    if kind == "other" and text in _OPENING:
        frames.append(_Frame(_called(frame.tokens) if text == "(" else ""))
    elif kind == "other" and text in _CLOSING and len(frames) > 1:
        inner = frames.pop()
        inner.close_argument()
        frames[-1].tokens.append(("group", ""))
    elif kind == "other" and text == "," and frame.function:
        frame.close_argument()
    elif kind == "other" and text == ";":
        frame.tokens = []
    else:
        frame.tokens.append((kind, text))


def _called(tokens: list[tuple[str, str]]) -> str:
    match tokens:
        case [*_, ("other", "."), ("name", _)]:
            return ""  # a method, such as 'a b'.split
        case [*_, ("name", name)]:
            return name.removeprefix("casatasks.")
        case _:
            return ""


def _cursor(frames: list[_Frame], kind: str, last: str) -> Cursor:
    quote, typed = "", ""
    frame = frames[-1]
    tokens = frame.tokens
    if kind == "string" and (opened := _open_quote(last)):
        quote, typed = opened
        tokens = tokens[:-1]
    elif kind == "name":
        typed = last
        tokens = tokens[:-1]
    elif kind in {"comment", "string"} or (kind == "other" and last == "."):
        return Cursor()
    # A list is a value of the argument that it stands in: refant=['VA01', 'VA0
    outer = next((each for each in reversed(frames) if each.function), frames[0])
    if outer is not frame:
        tokens = outer.tokens
    match tokens:
        case [("name", name), ("other", "="), *rest] if outer is not frame or not rest:
            parameter = name
        case [] | [("other", _)]:
            parameter = ""
        case _ if outer is not frame:
            parameter = ""
        case _:
            return Cursor()
    return Cursor(
        outer.function, parameter, tuple(outer.positional), dict(outer.given), quote, typed
    )


def _open_quote(text: str) -> tuple[str, str] | None:
    """Return the quote and the content of a string that is not closed."""
    body = text.lstrip("rRbBuUfF")
    quote = body[:3] if body[:3] in {"'''", '"""'} else body[:1]
    content = body[len(quote) :]
    if content.endswith(quote) and not content.endswith("\\" + quote):
        return None
    return quote, content


def _plain(tokens: list[tuple[str, str]]) -> object:
    """Return a literal's value or a variable, None for an expression: it is not known before."""
    if len(tokens) == 1 and tokens[0][0] == "name" and not iskeyword(tokens[0][1]):
        return Variable(tokens[0][1])
    if any(kind == "group" for kind, _ in tokens):
        return None
    try:
        return cast("object", ast.literal_eval("".join(text for _, text in tokens)))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
