"""The names outside of a function that its code reads, imports and assigns."""

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Final

_LOADS: Final = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_ATTRIBUTES: Final = {"LOAD_ATTR", "LOAD_METHOD"}
_NOTHING: Final = {"CACHE", "EXTENDED_ARG", "NOP"}


@dataclass(frozen=True, slots=True)
class Import:
    """An import inside a function.

    Attributes
    ----------
    module : str
        As it is written, without the dots before it.
    level : int
        How many dots there are before it.
    names : tuple of str
        What is taken from it; empty if the module itself is.
    """

    module: str
    level: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """What code uses of what is outside of it, in the order in which it is written.

    Attributes
    ----------
    chains : tuple
        A global name with the attributes that are taken of it at once: ``("np", "fft", "fft")``.
    imports : tuple of Import
        Made when the code runs.
    assigned : tuple of str
        Names of the module, or of a function around it, that the code assigns.
    """

    chains: tuple[tuple[str, ...], ...]
    imports: tuple[Import, ...]
    assigned: tuple[str, ...]


def reads(code: CodeType) -> Reads:
    """Return what code reads, imports and assigns, with that of the functions written in it."""
    chains: dict[tuple[str, ...], None] = {}
    imports: dict[Import, None] = {}
    assigned: dict[str, None] = {}
    for each, outer in _codes(code, frozenset(code.co_freevars)):
        found = [one for one in dis.get_instructions(each) if one.opname not in _NOTHING]
        chains |= dict.fromkeys(_chains(found))
        imports |= dict.fromkeys(_imports(found))
        assigned |= dict.fromkeys(_assigned(found, outer))
    return Reads(tuple(chains), tuple(imports), tuple(assigned))


def _codes(code: CodeType, outer: frozenset[str]) -> Iterator[tuple[CodeType, frozenset[str]]]:
    """Yield code and the code in it, each with the names that belong to what is around it all."""
    yield code, outer
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each, outer & frozenset(each.co_freevars) - {*code.co_cellvars})


def _chains(found: list[dis.Instruction]) -> Iterator[tuple[str, ...]]:
    for index, each in enumerate(found):
        if each.opname in _LOADS and not _names_module(found, index):
            yield (each.argval, *_attributes(found, index + 1))


def _names_module(found: list[dis.Instruction], index: int) -> bool:
    """Whether this is how each class body begins, which says only in which file it stands."""
    following = found[index + 1 : index + 2]
    return found[index].argval == "__name__" and any(
        one.opname == "STORE_NAME" and one.argval == "__module__" for one in following
    )


def _attributes(found: list[dis.Instruction], index: int) -> Iterator[str]:
    while index < len(found) and found[index].opname in _ATTRIBUTES:
        yield found[index].argval
        index += 1


def _imports(found: list[dis.Instruction]) -> Iterator[Import]:
    for index, each in enumerate(found):
        if each.opname == "IMPORT_NAME":
            level, names = found[index - 2].argval, found[index - 1].argval
            yield Import(each.argval, level, tuple(names or ()))


def _assigned(found: list[dis.Instruction], outer: frozenset[str]) -> Iterator[str]:
    for each in found:
        if each.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"} or (
            each.opname in {"STORE_DEREF", "DELETE_DEREF"} and each.argval in outer
        ):
            yield each.argval
