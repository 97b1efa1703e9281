"""Whether a task would take a value, and if not, why: in words, before anything runs.

The rules are those of casatools' own validator (``casatools/typecheck.py``, and
``casatools/coercetype.py`` for what it converts first), which answers with Python's structures; a
test holds the two against each other for every parameter of every task.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from casa_kernel.inputs.definition import Kind, Parameter
from casa_kernel.inputs.values import plain, shown

Exists = Callable[[str], bool]
"""Tells whether a path leads to something."""

_WHOLE: Final = (int, np.int32, np.int64)
_REAL: Final = (*_WHOLE, float, np.float32, np.float64)
_TRUTH: Final = (bool, np.bool_)
_SINGLE: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.STRING: (str,),
    Kind.PATH: (str,),
    Kind.EXISTING_PATH: (str,),
    Kind.INT: _WHOLE,
    Kind.DOUBLE: _REAL,
    Kind.BOOL: _TRUTH,
    Kind.RECORD: (dict,),
    Kind.ANY: (*_REAL, str, dict, list, np.ndarray),
}
_LISTED: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.STRINGS: (str,),
    Kind.PATHS: (str,),
    Kind.EXISTING_PATHS: (str,),
    Kind.BOOLS: _TRUTH,
    Kind.INTS: _WHOLE,
    Kind.INT_ARRAY: _WHOLE,
    Kind.DOUBLES: _REAL,
    Kind.DOUBLE_ARRAY: _REAL,
}
# Single values that CASA does not put into a list, though it takes them inside one.
_NOT_ALONE: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.INTS: (np.int64,),
    Kind.DOUBLES: (bool,),
    Kind.BOOLS: (np.bool_,),
}
_WORDS: Final = {
    Kind.STRING: "a string",
    Kind.INT: "an integer",
    Kind.DOUBLE: "a number",
    Kind.BOOL: "True or False",
    Kind.RECORD: "a dictionary",
    Kind.PATH: "a path",
    Kind.EXISTING_PATH: "a path",
    Kind.QUANTITY: "a dictionary of 'value' (a number) and 'unit' (a string)",
    Kind.STRINGS: "a list of strings",
    Kind.INTS: "a list of integers",
    Kind.DOUBLES: "a list of numbers",
    Kind.BOOLS: "a list of True and False",
    Kind.PATHS: "a list of paths",
    Kind.EXISTING_PATHS: "a list of paths",
    Kind.INT_ARRAY: "an array of integers",
    Kind.DOUBLE_ARRAY: "an array of numbers",
    Kind.ANY: "a number, a string, a list or a dictionary",
}
_MANY_ALLOWED: Final = 12


def problem(parameter: Parameter, value: object, exists: Exists) -> str:
    """Return what is wrong with a value, such as ``must be a string, not 3``; empty if nothing is.

    Parameters
    ----------
    parameter : Parameter
        Whose value it is.
    value : object
        Any object that a variable of the user's may hold.
    exists : callable
        Asked for paths that the task must find.
    """
    fitting = [kind for kind in parameter.kinds if _fits(kind, value)]
    if not fitting:
        return f"must be {_either(parameter.kinds)}, not {_named(value)}"
    missing = [_missing(kind, value, exists) for kind in fitting]
    if all(missing):
        return missing[0]
    return _disallowed(parameter, value) or _beyond(parameter, value)


def words(kinds: Iterable[Kind]) -> str:
    """Return types in words, such as ``a string or a list of strings``."""
    return _either(kinds)


def _fits(kind: Kind, value: object) -> bool:
    if kind is Kind.QUANTITY:
        return _is_quantity(value)
    if kind in _LISTED:
        return _fits_list(kind, value, _LISTED[kind])
    return isinstance(value, _SINGLE[kind])


def _fits_list(kind: Kind, value: object, types: tuple[type, ...]) -> bool:
    """Whether CASA makes a list of the value: one element stands for a list of it."""
    if isinstance(value, np.ndarray):
        return _fits_array(kind, value, types)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return all(isinstance(each, types) for each in value)
    return isinstance(value, types) and not isinstance(value, _NOT_ALONE.get(kind, ()))


def _fits_array(kind: Kind, value: np.ndarray[Any, Any], types: tuple[type, ...]) -> bool:
    if kind in {Kind.INT_ARRAY, Kind.DOUBLE_ARRAY}:
        return issubclass(value.dtype.type, types)
    if value.ndim == 0:
        # Neither a number nor a list to CASA, which looks at the array's own type.
        own = float if kind is Kind.DOUBLES else types
        return isinstance(value.item(), own)
    return value.ndim == 1 and all(isinstance(each, types) for each in value)


def _is_quantity(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"value", "unit"}:
        return False
    number = value["value"]
    return isinstance(value["unit"], str) and isinstance(number, float | np.float32 | np.float64)


def _missing(kind: Kind, value: object, exists: Exists) -> str:
    if kind is Kind.EXISTING_PATH:
        paths = [str(value)]
    elif kind is Kind.EXISTING_PATHS:
        paths = [value] if isinstance(value, str) else [str(each) for each in _listed(value)]
    else:
        return ""
    absent = [path for path in paths if not exists(path)]
    if not absent:
        return ""
    if "" in absent:
        return "must be set: it names what the task reads"
    named = ", ".join(repr(path) for path in absent)
    return f"does not exist: there is no {named} here"


def _disallowed(parameter: Parameter, value: object) -> str:
    # CASA looks at the list only where there is one type, and that a definite one.
    if not parameter.allowed or len(parameter.kinds) > 1 or parameter.kinds[0] is Kind.ANY:
        return ""
    value = plain(value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        wrong = [] if value in parameter.allowed else [value]
    else:
        wrong = [each for each in value if each not in parameter.allowed]
    if not wrong:
        return ""
    allowed = [shown(each) for each in parameter.allowed]
    close = difflib.get_close_matches(str(wrong[0]), [str(a) for a in parameter.allowed], 1)
    hint = f"; {close[0]!r} comes close" if close else ""
    listed = ", ".join(allowed[:_MANY_ALLOWED]) + (", …" if len(allowed) > _MANY_ALLOWED else "")
    return f"must be one of {listed}, not {shown(wrong[0])}{hint}"


def _beyond(parameter: Parameter, value: object) -> str:
    if not isinstance(value, _REAL):
        return ""
    if parameter.minimum is not None and value < parameter.minimum:
        return f"must be at least {parameter.minimum:g}, not {shown(value)}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"must be at most {parameter.maximum:g}, not {shown(value)}"
    return ""


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, Iterable) else [value]


def _either(kinds: Iterable[Kind]) -> str:
    parts = list(dict.fromkeys(_WORDS[kind] for kind in kinds))
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def _named(value: object) -> str:
    if value is None or isinstance(value, (*_REAL, *_TRUTH, str)):
        return shown(value)
    if callable(value):
        return f"the {type(value).__name__} {getattr(value, '__name__', '')}".rstrip()
    if isinstance(value, list | tuple | dict | np.ndarray):
        return f"the {type(value).__name__} {shown(value)}"
    return f"an object of type {type(value).__name__}"
