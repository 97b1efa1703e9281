"""What a user declares that a function reads and writes, as text, and the paths it comes to."""

import os
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import BoundArguments, Signature
from typing import Any, Final

from recompute.errors import DeclarationError
from recompute.model import Use

_WILDCARDS: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Family:
    """Several files whose names begin alike.

    Attributes
    ----------
    of : str
        The common beginning, declared as a path is.
    endings : tuple of str
        What may follow it: ``.image``, ``.psf``.
    """

    of: str
    endings: tuple[str, ...]


One = str | Family | Callable[..., object]
Declared = One | Sequence[One]
"""A parameter's name, a format string of the arguments (``"{vis}.png"``), a path (``"./log.txt"``),
a family, a function of the same arguments that returns a path or several, or several of these."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One path, or several, that a function touches.

    Attributes
    ----------
    slot : str
        How it was declared, or the place among those that are functions: ``writes(0)``.
    """

    slot: str
    use: Use
    what: str | Callable[..., object]
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declarations:
    """All that a function touches.

    Attributes
    ----------
    all : tuple of Declaration
        In the order in which they were declared.
    parameters : frozenset of str
        The parameters that are paths.
    """

    all: tuple[Declaration, ...]
    parameters: frozenset[str]


def family(of: str, *endings: str) -> Family:
    """Return the declaration of several files whose names begin alike.

    Parameters
    ----------
    of : str
        A parameter's name, or a format string.
    *endings : str
        What may follow: ``family("imagename", ".image", ".psf")``.

    Raises
    ------
    DeclarationError
        There is no ending, or one has a wildcard.
    """
    if not endings or any(_WILDCARDS & {*each} for each in endings):
        raise DeclarationError(
            f"family({of!r}) needs every ending in full, as in family({of!r}, '.image', '.psf'): "
            "what a step may write has to be known before it writes it."
        )
    return Family(of, endings)


def declarations(
    reads: Declared, writes: Declared, update: Declared, signature: Signature
) -> Declarations:
    """Return what was declared, checked against a function's signature.

    Raises
    ------
    DeclarationError
        A name is no parameter's.
    """
    found = [
        _declaration(each, use, f"{word}({number})", signature)
        for word, use, declared in (
            ("reads", Use.READ, reads),
            ("update", Use.UPDATE, update),
            ("writes", Use.WRITE, writes),
        )
        for number, each in enumerate(_several(declared))
    ]
    named = {each.what for each in found if isinstance(each.what, str)}
    return Declarations(tuple(found), frozenset(named & {*signature.parameters}))


def paths(declaration: Declaration, bound: BoundArguments, name: str) -> Iterator[tuple[str, str]]:
    """Yield the slots and paths that a declaration comes to in a call; None and "" are no path.

    Parameters
    ----------
    bound : BoundArguments
        The call's, with defaults.
    name : str
        The function's, for messages.

    Raises
    ------
    DeclarationError
        A value is no path.
    """
    what = declaration.what
    if not isinstance(what, str):
        value = what(*bound.args, **bound.kwargs)
    elif what in bound.arguments:
        value = bound.arguments[what]
    else:
        value = _formatted(what, bound.arguments, name)
    if isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _path(f"{declaration.slot}[{number}]", each, name)
    else:
        yield from _path(declaration.slot, value, name)


def text_of(value: object) -> str | None:
    """Return a path as text, None if a value is none."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        return None
    # Python opens a file whose name begins so; a shell, and CASA, go to a home directory.
    return f"./{text}" if text.startswith("~") else text


def _formatted(text: str, arguments: Mapping[str, object], name: str) -> str:
    try:
        return text.format_map(_Texts(arguments, name))
    except (AttributeError, LookupError, ValueError) as error:
        raise DeclarationError(
            f"{text!r} of step `{name}` does not fit its arguments ({error}): declare the paths by "
            "a function of the arguments instead."
        ) from error


def _path(slot: str, value: object, name: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    text = text_of(value)
    if text is None:
        raise DeclarationError(
            f"`{slot}` of step `{name}` is declared as a path, and is {value!r}: pass text, a "
            "path, or a list of them."
        )
    if text:
        yield slot, text


def _several(declared: Declared) -> Sequence[One]:
    one = isinstance(declared, str | Family) or callable(declared)
    return [declared] if one else declared  # type: ignore[list-item,return-value]


def _declaration(each: One, use: Use, slot: str, signature: Signature) -> Declaration:
    if isinstance(each, Family):
        _refuse_if_unknown(each.of, signature)
        return Declaration(each.of, use, each.of, each.endings)
    if isinstance(each, str):
        _refuse_if_unknown(each, signature)
        return Declaration(each, use, each)
    if callable(each):
        return Declaration(slot, use, each)
    raise DeclarationError(f"{slot} is {each!r}: name a parameter, or give a path or a function.")


def _refuse_if_unknown(text: str, signature: Signature) -> None:
    known = ", ".join(signature.parameters) or "none"
    for field in _fields(text):
        if field not in signature.parameters:
            raise DeclarationError(f"{text!r} names no parameter `{field}`; there are: {known}.")
    # A word that is misspelled is not to be taken for a file.
    if text not in signature.parameters and not {".", "/", "{"} & {*text}:
        raise DeclarationError(
            f"{text!r} is no parameter (there are: {known}); write './{text}' for a file of that "
            "name."
        )


def _fields(text: str) -> Iterator[str]:
    try:
        for _, field, _, _ in string.Formatter().parse(text):
            if field is not None:
                yield field.partition(".")[0].partition("[")[0]
    except ValueError as error:
        raise DeclarationError(f"{text!r} is no format string: {error}.") from error


class _Texts(dict[str, Any]):  # the values are the arguments
    """Arguments as they stand in a format string: paths as text, and nothing that has no text."""

    def __init__(self, arguments: Mapping[str, object], name: str) -> None:
        super().__init__(arguments)
        self._name = name

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, str | int | float):
            return value
        raise DeclarationError(
            f"`{key}` of step `{self._name}` is {value!r}, which is no part of a path: declare the "
            "paths by a function of the arguments instead."
        )
