"""From a call of a user's function to the step that is asked for."""

import os
from collections.abc import Iterator, Mapping
from inspect import BoundArguments
from pathlib import Path

from recompute.access.paths import beginning, exists, located, spelled
from recompute.codec import encode
from recompute.decorate.declaration import Declaration, Declarations, paths, text_of
from recompute.errors import CodecError, DeclarationError
from recompute.model import Json, Request, Touch, Use


def request(
    name: str,
    declared: Declarations,
    bound: BoundArguments,
    versions: Mapping[str, str],
    cwd: Path,
) -> Request:
    """Return what a call is, as a step.

    Parameters
    ----------
    name : str
        The step's.
    declared : Declarations
        What it touches. A text or path among the other arguments that is the path of something
        that exists counts as read, lest a forgotten declaration give stale results.
    bound : BoundArguments
        The call's, with defaults.
    versions : mapping
        Of the function's code.
    cwd : Path
        To which paths are relative.

    Raises
    ------
    DeclarationError
        An argument cannot be a part of a key, or is declared as a path and is none.
    """
    touches = [
        _touch(each, slot, text, cwd)
        for each in declared.all
        for slot, text in paths(each, bound, name)
    ]
    others = [
        Touch(slot, located(text, cwd), Use.READ)
        for key, value in bound.arguments.items()
        if key not in declared.parameters
        for slot, text in _mentioned(key, value, cwd)
    ]
    parameters = encoded(name, declared, bound.arguments, cwd)
    return Request(name, parameters, (*touches, *others), versions)


def encoded(
    name: str, declared: Declarations, arguments: Mapping[str, object], cwd: Path
) -> dict[str, Json]:
    """Return a call's arguments as JSON, each declared path in its one spelling.

    Raises
    ------
    DeclarationError
        An argument cannot be a part of a key.
    """
    return {
        key: _encoded(name, key, _spelled(value, cwd) if key in declared.parameters else value)
        for key, value in arguments.items()
    }


def _touch(declaration: Declaration, slot: str, text: str, cwd: Path) -> Touch:
    if declaration.endings:
        return Touch(slot, beginning(text, cwd), declaration.use, declaration.endings)
    return Touch(slot, located(text, cwd), declaration.use)


def _mentioned(slot: str, value: object, cwd: Path) -> Iterator[tuple[str, str]]:
    if isinstance(value, list | tuple | set | frozenset):
        for number, each in enumerate(value):
            yield from _mentioned(f"{slot}[{number}]", each, cwd)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _mentioned(f"{slot}[{key!r}]", each, cwd)
    else:
        text = text_of(value)
        if text is not None and exists(text, cwd) and not _is_around(text, cwd):
            yield slot, text


def _is_around(text: str, cwd: Path) -> bool:
    """Whether a path is the working directory or above it: a dot is hardly meant as all of that."""
    return Path(os.path.realpath(cwd)).is_relative_to(located(text, cwd))


def _spelled(value: object, cwd: Path) -> object:
    if isinstance(value, list | tuple):
        return [_spelled(each, cwd) for each in value]
    text = text_of(value)
    return value if text is None else spelled(text, cwd)


def _encoded(name: str, key: str, value: object) -> Json:
    try:
        return encode(value)
    except CodecError as error:
        raise DeclarationError(
            f"`{key}` of step `{name}` is a {type(value).__qualname__} that cannot be a part of "
            f"the step's key ({str(error).partition(', which')[0]}); pass numbers, text, lists, "
            "dictionaries, numpy arrays, or the paths of files."
        ) from error
