"""Values of parameters as JSON, equal where CASA cannot tell them apart."""

import math
import os
from collections.abc import Mapping, Sequence

from recompute.access.definitions import Kind, Type
from recompute.errors import CodecError
from recompute.model import Json


def canonical(value: object, types: tuple[Type, ...]) -> Json:
    """Return a value as JSON.

    Parameters
    ----------
    value : object
        As the user passed it.
    types : tuple of Type
        That the parameter may have. A single array type makes a list of a scalar; whole numbers
        are real ones where no type is whole; a list of one path is that path where both may be.

    Raises
    ------
    CodecError
        It has no equal in JSON.
    """
    settled = plain(value)
    if len(types) == 1:
        (only,) = types
        settled = _listed(settled) if only.many else settled
        return _real(settled) if only.kind is Kind.REAL else settled
    kinds = {each.kind for each in types}
    if Kind.REAL in kinds and Kind.WHOLE not in kinds:
        settled = _real(settled)
    if kinds == {Kind.PATH} and isinstance(settled, list) and len(settled) == 1:
        return settled[0]
    return settled


def plain(value: object) -> Json:
    """Return a value as JSON, without regard to what it is for.

    Raises
    ------
    CodecError
        It has no equal in JSON.
    """
    if isinstance(value, bool | int | None) or type(value) is str:
        return value
    if isinstance(value, float):
        return _finite(float(value))
    if isinstance(value, str):
        return str(value)
    return _converted(value)


def _converted(value: object) -> Json:
    if isinstance(value, os.PathLike):
        return plain(os.fspath(value))
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    # Numpy's arrays and scalars, without a need for numpy.
    if callable(listed := getattr(value, "tolist", None)):
        return plain(listed())
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(each) for each in value]
    raise CodecError(
        f"a {type(value).__name__} cannot be written as JSON: pass numbers, texts, lists and "
        "dictionaries of them."
    )


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CodecError(f"the key {key!r} of a dictionary is no text, which JSON needs.")
    return str(key)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise CodecError(f"{value} cannot be written as JSON.")
    return value


def _listed(value: Json) -> Json:
    return value if isinstance(value, list) else [value]


def _real(value: Json) -> Json:
    if isinstance(value, list):
        return [_real(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
