"""From a call of a task to the step that is asked for."""

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from recompute.access.canonical import canonical
from recompute.access.declaration import Access, Declaration, Named, Parameters
from recompute.access.definitions import DefinitionError, Kind, Parameter, Type, parameters_of
from recompute.access.paths import spelled
from recompute.access.tables import DECLARATIONS
from recompute.access.touching import names_path, touches
from recompute.access.wording import FLAG_VERSIONS
from recompute.errors import CodecError, PlaceError
from recompute.model import Json, Request

_ANYTHING: Final = (Type(Kind.ANY),)


def known_tasks() -> frozenset[str]:
    """Return the tasks whose reads and writes are declared."""
    return frozenset(DECLARATIONS)


def declaration(task: str) -> Declaration | None:
    """Return what is declared of a task, None if nothing is."""
    return DECLARATIONS.get(task)


def request(
    task: str,
    parameters: Mapping[str, object],
    *,
    signature: inspect.Signature | None,
    cwd: Path,
    versions: Mapping[str, str],
) -> Request:
    """Return the step that a call of a task asks for.

    Parameters
    ----------
    task : str
        Its name.
    parameters : mapping
        What the user passed, by name.
    signature : Signature or None
        Of what is called; its defaults go before those in casatasks' own code.
    cwd : Path
        The working directory, absolute.
    versions : mapping
        Of what decides the outcome, as `recompute.access.versions` returns them.

    Returns
    -------
    Request
        Why it cannot be memoised, if so, is in it; then it may lack parameters and touches.
    """
    declared = DECLARATIONS.get(task)
    if declared is None:
        return Request(task, {}, (), versions, f"what {task} reads and writes is not declared")
    try:
        settled = _given(task, parameters, signature)
    except (CodecError, DefinitionError) as error:
        return Request(task, {}, (), versions, str(error))
    if declared.settle:
        declared.settle(settled)
    accesses = declared.accesses_for(settled)
    if odd := _odd_path(accesses, settled):
        return Request(task, settled, (), versions, odd)
    _spell(settled, accesses, cwd)
    if why_not := declared.why_not(settled):
        return Request(task, settled, (), versions, why_not)
    try:
        return Request(task, settled, touches(accesses, settled, cwd), versions)
    except PlaceError as error:
        return Request(task, settled, (), versions, str(error))


def _given(
    task: str, parameters: Mapping[str, object], signature: inspect.Signature | None
) -> dict[str, Json]:
    """Return all parameters, canonical but for the spelling of paths."""
    definitions = parameters_of(task) or {}
    values = {each.name: each.default for each in definitions.values()}
    if signature is not None:
        values |= _defaults(signature)
    if strange := sorted(set(parameters) - set(values)):
        raise CodecError(f"{task} has no parameter {', '.join(strange)}.")
    values |= parameters
    return {name: _canonical(name, value, definitions) for name, value in values.items()}


def _canonical(name: str, value: object, definitions: Mapping[str, Parameter]) -> Json:
    known = definitions.get(name)
    try:
        return canonical(value, known.types if known else _ANYTHING)
    except CodecError as error:
        raise CodecError(f"{name}: {error}") from error


def _defaults(signature: inspect.Signature) -> dict[str, object]:
    return {
        name: "" if each.default is each.empty else each.default
        for name, each in signature.parameters.items()
        if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    }


def _spell(values: dict[str, Json], accesses: tuple[Access, ...], cwd: Path) -> None:
    """Give each path its one spelling."""
    for access in accesses:
        value = values.get(access.parameter)
        if isinstance(value, list):
            values[access.parameter] = [_spelled(access, each, cwd) for each in value]
        else:
            values[access.parameter] = _spelled(access, value, cwd)


def _spelled(access: Access, value: Json, cwd: Path) -> Json:
    is_path = isinstance(value, str) and names_path(access, value, cwd)
    return spelled(value, cwd) if isinstance(value, str) and is_path else value


def _odd_path(accesses: tuple[Access, ...], parameters: Parameters) -> str:
    """Return why a path cannot be told from the parameters, empty if all can."""
    for access in accesses:
        value = parameters.get(access.parameter)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and _is_odd(access, each):
                return f"where {access.parameter}={each!r} leads is for CASA to decide"
    return ""


def _is_odd(access: Access, path: str) -> bool:
    if access.named is not Named.EXPRESSION and not _can_be_path(path):
        return True
    if not access.use.writes:
        return False
    # casacore replaces variables; a device is no place for a tree.
    if "$" in path or path.startswith("/dev/"):
        return True
    # Only where it makes flag versions does CASA drop the slash before it adds something.
    is_beginning = bool(access.endings) or access.adds not in {"", FLAG_VERSIONS}
    return is_beginning and path.endswith("/")


def _can_be_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a character
        return False
