"""Reading CASA's XML files into `TaskDefinition`."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from casa_kernel.inputs.definition import Context, Kind, Parameter, TaskDefinition
from casa_kernel.inputs.errors import DefinitionError

_NAMESPACE: Final = {"": "http://casa.nrao.edu/schema/psetTypes.html"}
# Other words for the same types, as the files have them.
_SYNONYMS: Final = {
    "variant": "any",
    "float": "double",
    "floatVec": "doubleVec",
    "floatArray": "doubleArray",
    "stringArray": "stringVec",
    "vector": "any",
}
_EXISTING: Final = {Kind.PATH: Kind.EXISTING_PATH, Kind.PATHS: Kind.EXISTING_PATHS}
_ELEMENTS: Final = {
    Kind.STRINGS: Kind.STRING,
    Kind.PATHS: Kind.STRING,
    Kind.EXISTING_PATHS: Kind.STRING,
    Kind.INTS: Kind.INT,
    Kind.DOUBLES: Kind.DOUBLE,
    Kind.BOOLS: Kind.BOOL,
}
_TEXTS: Final = {Kind.STRING, Kind.PATH, Kind.EXISTING_PATH}


def parse(text: str) -> TaskDefinition:
    """Return the task that an XML file describes.

    Parameters
    ----------
    text : str
        Content of ``casatasks/__xml__/<task>.xml``.

    Raises
    ------
    DefinitionError
        The text is no description of a task.
    """
    try:
        root = ET.fromstring(text)  # noqa: S314 - CASA's own files, installed beside it
    except ET.ParseError as error:
        raise DefinitionError(f"not XML ({error}): reinstall casatasks.") from error
    task = root.find("task", _NAMESPACE)
    found = None if task is None else task.find("input", _NAMESPACE)
    if task is None or found is None:
        raise DefinitionError("no task with inputs in the XML: reinstall casatasks.")
    parameters = tuple(_parameter(each) for each in found.findall("param", _NAMESPACE))
    by_name = {each.name: each for each in parameters}
    return TaskDefinition(
        name=task.get("name", ""),
        categories=tuple(part.strip() for part in task.get("category", "other").split(",")),
        summary=_line(task, "shortdescription"),
        description=_paragraphs(task),
        parameters=parameters,
        contexts=tuple(_contexts(found.find("constraints", _NAMESPACE), by_name)),
    )


class Definitions(Mapping[str, TaskDefinition]):
    """The tasks that XML files in directories describe, each read when it is asked for.

    Parameters
    ----------
    directories : Path
        They hold files ``<task>.xml``; the first that has a task wins.
    """

    def __init__(self, *directories: Path) -> None:
        self._files = {
            path.stem: path
            for directory in reversed(directories)
            for path in sorted(directory.glob("*.xml"))
        }
        self._read: dict[str, TaskDefinition] = {}

    def __getitem__(self, name: str) -> TaskDefinition:
        if name not in self._read:
            try:
                self._read[name] = parse(self._files[name].read_text(encoding="utf-8"))
            except (OSError, DefinitionError) as error:
                raise DefinitionError(f"{self._files[name]}: {error}") from error
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)


def _parameter(element: Element) -> Parameter:
    kinds = _kinds(element)
    minimum, maximum = _limits(element)
    value = element.find("value", _NAMESPACE)
    return Parameter(
        name=element.get("name", ""),
        kinds=kinds,
        default=None if value is None else _value(value, kinds[0]),
        summary=_line(element, "shortdescription"),
        description=_paragraphs(element),
        allowed=_allowed(element, kinds[0]),
        minimum=minimum,
        maximum=maximum,
        is_sub=_is_true(element.get("subparam")),
        holds=element.get("kind", ""),
    )


def _kinds(element: Element) -> tuple[Kind, ...]:
    """Return the types: those that are listed, else that of the attribute."""
    own = _kind(element.get("type", "any"), exists=_is_true(element.get("mustexist")))
    if own is Kind.DOUBLE and element.get("units"):
        return (Kind.QUANTITY,)
    listed = element.findall("type", _NAMESPACE)
    if not listed:
        return (own,)
    return tuple(
        _kind((each.text or "any").strip(), exists=_is_true(each.get("mustexist")))
        for each in listed
    )


def _kind(word: str, *, exists: bool = False) -> Kind:
    word = _SYNONYMS.get(word, word)
    try:
        kind = Kind(word)
    except ValueError as error:
        raise DefinitionError(f"{word!r} is no type that is known here.") from error
    return _EXISTING.get(kind, kind) if exists else kind


def _value(element: Element, kind: Kind) -> object:
    """Return the value of an element ``value`` of a parameter whose first type is given."""
    word = element.get("type")
    # "any" and CASA's own counters say nothing about the type.
    said = _SYNONYMS.get(word, word) if word else ""
    kind = Kind(said) if said in {each.value for each in Kind} - {"any"} else kind
    items = element.findall("value", _NAMESPACE)
    text = (element.text or "").strip()
    if kind in _ELEMENTS or items:
        part = _ELEMENTS.get(kind, Kind.ANY)
        if items:
            return [_scalar((item.text or "").strip(), part) for item in items]
        found = _scalar(text, part) if text else []
        return found if isinstance(found, list) else [found]
    if word == "vector":
        return []
    return _scalar(text, kind)


def _scalar(text: str, kind: Kind) -> object:
    if kind is Kind.BOOL:
        return _is_true(text)
    if kind is Kind.RECORD and not text:
        return {}
    # Some files quote their strings, and write an empty list as "[]" instead of as nothing.
    is_text = kind in _TEXTS and text[:1] not in {"'", '"', "["}
    return text if is_text else _number(_evaluated(text), kind)


def _evaluated(text: str) -> object:
    try:
        return ast.literal_eval(text) if text else ""
    except (ValueError, SyntaxError):
        return text  # most values of any type are words without quotes


def _number(value: object, kind: Kind) -> object:
    if kind is Kind.DOUBLE and isinstance(value, int):
        return float(value)
    return int(value) if kind is Kind.INT and isinstance(value, float) else value


def _allowed(element: Element, kind: Kind) -> tuple[object, ...]:
    allowed = element.find("allowed", _NAMESPACE)
    if allowed is None or allowed.get("kind") != "enum":
        return ()
    return tuple(_value(each, kind) for each in allowed.findall("value", _NAMESPACE))


def _limits(element: Element) -> tuple[float | None, float | None]:
    allowed = element.find("allowed", _NAMESPACE)
    if allowed is None or allowed.get("kind") != "range":
        return None, None
    found = {
        each.get("range"): float(each.text or "nan")
        for each in allowed.findall("value", _NAMESPACE)
    }
    return found.get("min"), found.get("max")


def _contexts(constraints: Element | None, by_name: Mapping[str, Parameter]) -> Iterator[Context]:
    for when in [] if constraints is None else constraints.findall("when", _NAMESPACE):
        owner = by_name[when.get("param", "")]
        for match in when:
            negated = match.tag.endswith("}notequals")
            if not negated and not match.tag.endswith("}equals"):
                continue
            defaults = {
                parameter.name: _default(each, parameter)
                for each in match.findall("default", _NAMESPACE)
                if (parameter := by_name.get(each.get("param", ""))) is not None
            }
            yield Context(owner.name, _matched(match, owner), negated, defaults)


def _default(element: Element, parameter: Parameter) -> object:
    value = element.find("value", _NAMESPACE)
    return parameter.default if value is None else _value(value, parameter.kinds[0])


def _matched(element: Element, owner: Parameter) -> object:
    text = element.get("value", "")
    said = element.get("type")
    return _scalar(text, Kind(said) if said else owner.kinds[0])


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in {"true", "1"}


def _line(element: Element, tag: str) -> str:
    return " ".join((element.findtext(tag, "", _NAMESPACE) or "").split())


def _paragraphs(element: Element) -> str:
    """Return an element's description with its own line ends, less the common indentation."""
    lines = (element.findtext("description", "", _NAMESPACE) or "").strip().splitlines()
    rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    text = "\n".join([*lines[:1], *(line[margin:].rstrip() for line in lines[1:])])
    return re.sub(r"\n{3,}", "\n\n", text)
