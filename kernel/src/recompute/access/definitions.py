"""Types and defaults of the tasks' parameters, from casatasks' files; nothing of it is imported.

The types are in XML files. The defaults there are those of the ``inp`` interface, which are others
for some forty parameters (``tclean``'s ``cell``): what a call takes stands in the Python code.
"""

import ast
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from recompute.errors import RecomputeError

_NAMESPACE: Final = {"": "http://casa.nrao.edu/schema/psetTypes.html"}
_CALL: Final = re.compile(r"^    (def __call__\(.*\)):$", re.MULTILINE)
_NUMBERS: Final = {"int": int, "float": float, "bool": bool}


class DefinitionError(RecomputeError):
    """A task's files cannot be read; installing casatasks again helps."""


class Kind(StrEnum):
    """Type of one value, or of each in an array."""

    PATH = "path"
    TEXT = "string"
    WHOLE = "int"
    REAL = "double"
    TRUTH = "bool"
    RECORD = "record"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Type:
    """A type that a parameter may have.

    Attributes
    ----------
    kind : Kind
        Of the value, or of each.
    many : bool
        It is an array.
    """

    kind: Kind
    many: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a task.

    Attributes
    ----------
    name : str
        Its name.
    types : tuple of Type
        Any of them.
    default : object
        What a call takes that does not name it.
    """

    name: str
    types: tuple[Type, ...]
    default: object


def types_in(text: str) -> dict[str, tuple[Type, ...]]:
    """Return the types of the parameters that an XML file describes.

    Parameters
    ----------
    text : str
        Content of ``casatasks/__xml__/<task>.xml``.

    Raises
    ------
    DefinitionError
        It is no description of a task.
    """
    try:
        root = ET.fromstring(text)  # noqa: S314 - CASA's own files, installed beside it
    except ET.ParseError as error:
        raise DefinitionError(f"not XML ({error}): install casatasks again.") from error
    inputs = root.find("task/input", _NAMESPACE)
    if inputs is None:
        raise DefinitionError("no task with inputs in the XML: install casatasks again.")
    return {each.get("name", ""): _types(each) for each in inputs.findall("param", _NAMESPACE)}


def defaults_in(text: str) -> dict[str, object]:
    """Return the defaults of the parameters of a task's Python code.

    Parameters
    ----------
    text : str
        Content of ``casatasks/<task>.py``.

    Raises
    ------
    DefinitionError
        It defines no task, or a default is more than a value.
    """
    found = _CALL.search(text)
    if found is None:
        raise DefinitionError("no task is defined: install casatasks again.")
    (function,) = ast.parse(f"{found[1]}: pass").body
    if not isinstance(function, ast.FunctionDef):
        raise DefinitionError("no task is defined: install casatasks again.")
    names = [each.arg for each in function.args.args]
    values = function.args.defaults
    return (
        {name: _value(node) for name, node in zip(names[-len(values) :], values, strict=True)}
        if values
        else {}
    )


def directory() -> Path | None:
    """Return where casatasks is installed, None if it is not."""
    spec = importlib.util.find_spec("casatasks")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


@cache
def parameters_of(task: str) -> Mapping[str, Parameter] | None:
    """Return a task's parameters, None if casatasks has no such task.

    Raises
    ------
    DefinitionError
        Its files are damaged.
    """
    found = directory()
    if found is None or not (file := found / "__xml__" / f"{task}.xml").is_file():
        return None
    try:
        types = types_in(file.read_text(encoding="utf-8"))
        defaults = defaults_in((found / f"{task}.py").read_text(encoding="utf-8"))
    except (OSError, DefinitionError) as error:
        raise DefinitionError(f"{task} of {found}: {error}") from error
    return {name: Parameter(name, types[name], defaults.get(name, "")) for name in types}


def _types(element: Element) -> tuple[Type, ...]:
    words = [(each.text or "any").strip() for each in element.findall("type", _NAMESPACE)]
    return tuple(_type(each) for each in words or [element.get("type", "any")])


def _type(word: str) -> Type:
    for ending in ("Vec", "Array", "vec"):
        if word.endswith(ending):
            return Type(_kind(word.removesuffix(ending)), many=True)
    return Type(Kind.ANY, many=True) if word == "vector" else Type(_kind(word))


def _kind(word: str) -> Kind:
    if word == "float":
        return Kind.REAL
    return Kind(word) if word in set(Kind) else Kind.ANY


def _value(node: ast.expr) -> object:
    """Return a literal, in which the generator of CASA's code writes ``int(-1)`` for a number."""
    match node:
        case ast.Call(func=ast.Name(id="int" | "float" | "bool" as name), args=arguments):
            return _NUMBERS[name](*(ast.literal_eval(each) for each in arguments))
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(each) for each in elements]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {ast.literal_eval(key): _value(each) for key, each in pairs if key is not None}
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise DefinitionError(f"the default {ast.unparse(node)} is no value.") from error
