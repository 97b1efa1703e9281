"""What Tab offers: tasks, parameters, and values that make sense for them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casa_kernel.inputs.call import Cursor, Variable, cursor_at
from casa_kernel.inputs.definition import Kind, Parameter, TaskDefinition
from casa_kernel.inputs.files import Holding, candidates
from casa_kernel.inputs.observation import Observation, Observations
from casa_kernel.inputs.state import inputs
from casa_kernel.inputs.values import shown

_COMMAND_LINE: Final = re.compile(
    r"(?:^|;)\s*(?:inp|go|default|tget|tput|saveinputs)(?:\s+|\(\s*|\s*\(?\s*['\"])(\w*)$"
)
# In a selection these begin the next piece: 'VA01&VA0, '0~2,4', '!3.
_SEPARATORS: Final = re.compile(r"[,;&!~]\s*")
_FROM_OBSERVATION: Final[dict[str, Callable[[Observation], Iterable[str]]]] = {
    "field": lambda seen: [*seen.fields, *map(str, range(len(seen.fields)))],
    "spw": lambda seen: map(str, range(seen.spectral_windows)),
    "antenna": lambda seen: seen.antennas,
    "refant": lambda seen: seen.antennas,
    "scan": lambda seen: map(str, seen.scans),
    "intent": lambda seen: seen.intents,
    "correlation": lambda seen: seen.correlations,
    "observation": lambda seen: map(str, seen.observations),
    "array": lambda seen: map(str, seen.arrays),
    "datacolumn": lambda seen: _data_columns(seen.columns),
    "column": lambda seen: seen.columns,
}
_SYNONYMS: Final = {
    "reference": "field",
    "transfer": "field",
    "fluxfield": "field",
    "polfield": "field",
    "antennas": "antenna",
    "columnname": "column",
    "correlations": "correlation",
}
_DATA_COLUMNS: Final = {"DATA": "data", "CORRECTED_DATA": "corrected", "MODEL_DATA": "model"}
_HOLDING: Final = {"ms": Holding.MEASUREMENT_SET, "image": Holding.IMAGE}
_MEASUREMENT_SETS: Final = {"vis", "msname", "invis", "concatvis"}
_IMAGES: Final = {"imagename", "infile", "mask", "startmodel", "template", "pbimage"}
_CALIBRATION: Final = {"gaintable", "caltable", "tablein", "fluxtable"}


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer.

    Attributes
    ----------
    text : str
        Takes the place of what was typed.
    kind : str
        A word about it, such as ``field``.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered at the cursor.

    Attributes
    ----------
    typed : str
        The text before the cursor that is replaced.
    completions : tuple of Completion
        Best first.
    only : bool
        Whether nothing else makes sense there.
    """

    typed: str
    completions: tuple[Completion, ...]
    only: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the session knows.

    Attributes
    ----------
    tasks : sequence of str
        Names of all tasks.
    definition : callable
        Returns a task's definition, None if there is no such task.
    current : str or None
        The task that was chosen last.
    variables : mapping of str to object
        All names of the session.
    own_variables : callable
        Returns the names that the user made.
    """

    tasks: Iterable[str]
    definition: Callable[[str], TaskDefinition | None]
    current: str | None
    variables: Mapping[str, object]
    own_variables: Callable[[], Iterable[str]]


def offer(text: str, known: Known, observations: Observations) -> Offer | None:
    """Return what is offered at the end of a text, None if nothing of CASA is being typed.

    Parameters
    ----------
    text : str
        A cell up to the cursor.
    known : Known
        The session.
    observations : Observations
        Reads the MeasurementSet that the call names.
    """
    command = _COMMAND_LINE.search(text.rpartition("\n")[2])
    if command:
        return _offered(command[1], ((name, "task") for name in known.tasks), only=True)
    cursor = cursor_at(text)
    task = known.definition(cursor.function or known.current or "")
    if task is None or (not cursor.function and not cursor.parameter):
        return None
    if cursor.function and not cursor.parameter:
        named = _named_by_position(task, cursor)
        if not cursor.quote or named is None:
            return None if cursor.quote else _parameters(task, cursor, known)
        parameter: Parameter | None = named
    else:
        parameter = task.parameter(cursor.parameter)
    if parameter is None:
        return None
    given = _given(task, cursor, known) if cursor.function else known.variables
    return _values(parameter, cursor, _seen(given, observations))


def _named_by_position(task: TaskDefinition, cursor: Cursor) -> Parameter | None:
    position = len(cursor.positional)
    return task.parameters[position] if position < len(task.parameters) else None


def _given(task: TaskDefinition, cursor: Cursor, known: Known) -> dict[str, object]:
    given = {**dict(zip(task.names, cursor.positional, strict=False)), **cursor.given}
    return {
        name: known.variables.get(value.name) if isinstance(value, Variable) else value
        for name, value in given.items()
    }


def _seen(given: Mapping[str, object], observations: Observations) -> Observation | None:
    vis = given.get("vis")
    first = vis[0] if isinstance(vis, list) and vis else vis
    if not isinstance(first, str) or not first:
        return None
    return observations.get(Path(first).expanduser().absolute())


def _parameters(task: TaskDefinition, cursor: Cursor, known: Known) -> Offer | None:
    """Return the parameters that the call does not have yet, those in force first.

    Variables of the user's follow: an argument may be one.
    """
    if "." in cursor.typed:
        return None
    given = _given(task, cursor, known)
    in_force = [row.name for row in inputs(task, given, bool).rows]
    names = dict.fromkeys([*in_force, *(n for n in task.names if n not in task.internal)])
    found = [(f"{name}=", "param") for name in names if name not in given]
    found += [(name, "variable") for name in known.own_variables() if cursor.typed]
    return _offered(cursor.typed, found, only=True)


def _values(parameter: Parameter, cursor: Cursor, seen: Observation | None) -> Offer | None:
    """Return values of a parameter: quoted as what was typed is, or with quotes of their own."""
    start = cursor.typed
    whole = parameter.name not in _FROM_OBSERVATION and parameter.name not in _SYNONYMS
    if cursor.quote and not whole:
        start = _SEPARATORS.split(cursor.typed)[-1]
    values = list(_sensible(parameter, start if cursor.quote else "", seen))
    if not values:
        return None
    if cursor.quote:
        return _offered(start, ((v, k) for v, k in values if isinstance(v, str)), only=True)
    literals = ((shown(value), kind) for value, kind in values)
    return _offered(cursor.typed, literals, only=not cursor.typed)


def _sensible(
    parameter: Parameter, typed: str, seen: Observation | None
) -> Iterator[tuple[object, str]]:
    name = _SYNONYMS.get(parameter.name, parameter.name)
    if parameter.allowed:
        yield from ((each, "value") for each in parameter.allowed)
    elif seen is not None and name in _FROM_OBSERVATION:
        yield from ((each, name) for each in _FROM_OBSERVATION[name](seen))
    elif (holding := _holding(parameter)) is not None:
        yield from ((each, "path") for each in candidates(typed, holding))
    if parameter.kinds == (Kind.BOOL,):
        yield from ((each, "value") for each in (True, False))


def _holding(parameter: Parameter) -> Holding | None:
    """Return what a path must hold, None for a parameter that names no file."""
    if parameter.name in _MEASUREMENT_SETS:
        return Holding.MEASUREMENT_SET
    if parameter.name in _CALIBRATION:
        return Holding.CALIBRATION
    if parameter.holds in _HOLDING:
        return _HOLDING[parameter.holds]
    if parameter.name in _IMAGES:
        return Holding.IMAGE
    return Holding.ANY if any(kind.is_path for kind in parameter.kinds) else None


def _data_columns(columns: Iterable[str]) -> list[str]:
    return [_DATA_COLUMNS[column] for column in columns if column in _DATA_COLUMNS]


def _offered(typed: str, found: Iterable[tuple[str, str]], *, only: bool) -> Offer:
    unique = {text: kind for text, kind in found if text.startswith(typed)}
    return Offer(typed, tuple(Completion(*each) for each in unique.items()), only)
