"""Which shell commands are understood without running them: removing, making, copying, moving."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

_HARMLESS: Final = frozenset(
    {"echo", "pwd", "date", "ls", "true", ":", "sleep", "sync", "hostname"}
)
# Anything that a shell would not take as itself, but for patterns, which are understood.
_MEANING: Final = frozenset("|&<>$`(){}~#!\\\n")
_OPTIONS: Final = {
    "rm": frozenset("rRfvd"),
    "rmdir": frozenset("v"),
    "mkdir": frozenset("pv"),
    "cp": frozenset("rRafpvT"),
    "mv": frozenset("fvT"),
}
_LONG: Final = {
    "rm": frozenset({"--recursive", "--force", "--verbose"}),
    "mkdir": frozenset({"--parents"}),
    "cp": frozenset({"--recursive", "--archive", "--reflink=auto"}),
    "mv": frozenset({"--force"}),
}
_PAIR: Final = 2


class Deed(StrEnum):
    """What a command does to paths."""

    REMOVE = "remove"
    MAKE = "make"
    COPY = "copy"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is understood.

    Attributes
    ----------
    paths : tuple of str
        As written; those of a removal may be patterns.
    """

    deed: Deed
    paths: tuple[str, ...]


def understood(line: str) -> list[Command] | None:
    """Return what a line for the shell does, None if that is not understood.

    Commands that only print are understood as doing nothing.
    """
    commands: list[Command] = []
    for part in line.replace("&&", ";").split(";"):
        try:
            words = shlex.split(part)
        except ValueError:
            return None
        if _MEANING & set(part) or (any(sign in part for sign in "'\"") and _has_pattern(part)):
            return None
        found = understood_words(words, is_shell=True) if words else []
        if found is None:
            return None
        commands += found
    return commands


def understood_words(words: Sequence[str], *, is_shell: bool = False) -> list[Command] | None:
    """Return what a program with arguments does, None if that is not understood.

    Parameters
    ----------
    is_shell : bool
        Whether a shell replaces patterns before.
    """
    if not words:
        return None
    name = PurePosixPath(words[0]).name
    if name in _HARMLESS:
        return []
    options = [each for each in words[1:] if each.startswith("-")]
    paths = tuple(each for each in words[1:] if not each.startswith("-"))
    if name not in _OPTIONS or not all(_is_known(name, each) for each in options):
        return None
    if any(_has_pattern(each) for each in paths) and not (is_shell and name == "rm"):
        return None
    return _command(name, paths)


def _command(name: str, paths: tuple[str, ...]) -> list[Command] | None:
    if name in {"rm", "rmdir"}:
        return [Command(Deed.REMOVE, paths)] if paths else None
    if name == "mkdir":
        return [Command(Deed.MAKE, paths)] if paths else None
    if len(paths) != _PAIR or any(each.endswith(os.sep) for each in paths):
        return None
    return [Command(Deed.COPY if name == "cp" else Deed.MOVE, paths)]


def _is_known(name: str, option: str) -> bool:
    if option.startswith("--"):
        return option in _LONG.get(name, ())
    return len(option) > 1 and set(option[1:]) <= _OPTIONS[name]


def _has_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")
