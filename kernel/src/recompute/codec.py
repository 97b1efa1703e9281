"""Values as JSON and back, each of the type it was: what tasks return and what they are given.

What JSON has stands for itself. Everything else is an object with the key ``$``, which names its
kind: ``{"$": "complex", "re": 1.0, "im": 2.0}``. Nothing is ever executed to read a value, so a
store that somebody else wrote can be read.

The JSON is for `json.dumps` with its ASCII escapes: text may hold half a surrogate pair, as the
names of files that are not UTF-8 do.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from json import dumps
from pathlib import Path, PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any, Final

import numpy as np

from recompute.errors import CodecError
from recompute.model import Json

# Values come from users and JSON from files: what they hold is looked at, piece by piece.
_Value = Any
_Array = np.ndarray[Any, np.dtype[Any]]

_TAG: Final = "$"
# Beyond these Python may refuse to read the digits, and other readers of JSON lose some.
_PLAIN_INTEGERS: Final = range(-(2**63), 2**63)
# Truth, whole numbers, floats, complex, bytes, text, times. A record or an object in the middle of
# a record would need rules of its own; CASA returns none.
_PLAIN_KINDS: Final = "biufcSUmM"
# The long double of one machine is not that of another.
_LARGEST_FLOAT: Final = {"f": 8, "c": 16}


def encode(value: object) -> Json:
    """Return a value as JSON; `decode` returns an equal one of the same types.

    Parameters
    ----------
    value
        None, bool, int, float, complex, str, bytes, list, tuple, set, frozenset or dict; numpy's
        scalars and arrays, object arrays included; datetime, date or a path of pathlib. Their
        subclasses are refused: what they add would be lost. A list that occurs in two places
        comes back as two lists.

    Raises
    ------
    CodecError
        Of another type, somewhere in it; the message says where.
    """
    try:
        return _encode(value, "value")
    except RecursionError as error:
        raise CodecError(
            "value is nested too deeply, or contains itself; return a flat copy of it"
        ) from error


def decode(json: Json) -> object:
    """Return the value that was encoded.

    Raises
    ------
    CodecError
        It is not what `encode` returns.
    """
    if isinstance(json, list):
        return [decode(each) for each in json]
    if not isinstance(json, dict):
        return json
    if _TAG not in json:
        return {name: decode(each) for name, each in json.items()}
    tag = json[_TAG]
    if not isinstance(tag, str) or tag not in _DECODERS:
        raise CodecError(f"a value of kind {tag!r} is of a newer recompute; update it to read it")
    try:
        return _DECODERS[tag](json)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, CodecError):
            raise
        raise CodecError(f"this is not a {tag} as encode writes it: {str(json)[:80]}") from error


def _encode(value: _Value, where: str) -> Json:
    if isinstance(value, np.generic):
        return _encode_array(np.asarray(value), where) | {_TAG: "scalar"}
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        raise _refusal(value, where)
    return encoder(value, where)


def _refusal(value: _Value, where: str, remark: str = "") -> CodecError:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return CodecError(
        f"{where} is a {name}{remark}, which is not stored; return numbers, text, lists, "
        "dictionaries or numpy arrays"
    )


def _encode_plain(value: _Value, where: str) -> Json:
    del where
    plain: Json = value
    return plain


def _encode_int(value: int, where: str) -> Json:
    del where
    return value if value in _PLAIN_INTEGERS else {_TAG: "int", "hex": hex(value)}


def _encode_float(value: float, where: str) -> Json:
    del where
    return value if math.isfinite(value) else {_TAG: "float", "value": repr(value)}


def _encode_complex(value: complex, where: str) -> Json:
    return {
        _TAG: "complex",
        "re": _encode_float(value.real, where),
        "im": _encode_float(value.imag, where),
    }


def _encode_bytes(value: bytes, where: str) -> Json:
    del where
    return {_TAG: "bytes", "base64": b64encode(value).decode()}


def _items(values: _Value, where: str) -> list[Json]:
    return [_encode(each, f"{where}[{index}]") for index, each in enumerate(values)]


def _encode_list(value: list[_Value], where: str) -> Json:
    return _items(value, where)


def _encode_tuple(value: tuple[_Value, ...], where: str) -> Json:
    return {_TAG: "tuple", "items": _items(value, where)}


def _encode_set(value: set[_Value] | frozenset[_Value], where: str) -> Json:
    # A set's order changes from process to process; equal sets shall be equal JSON.
    items = [_encode(each, f"an item of {where}") for each in value]
    return {_TAG: type(value).__name__, "items": sorted(items, key=dumps)}


def _encode_dict(value: dict[_Value, _Value], where: str) -> Json:
    if all(type(name) is str for name in value) and _TAG not in value:
        return {name: _encode(each, f"{where}[{name!r}]") for name, each in value.items()}
    pairs: list[Json] = [
        [_encode(key, f"a key of {where}"), _encode(each, f"{where}[{key!r}]")]
        for key, each in value.items()
    ]
    return {_TAG: "dict", "pairs": pairs}


def _encode_array(value: _Array, where: str) -> dict[str, Json]:
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    form: dict[str, Json] = {
        _TAG: "array",
        "dtype": value.dtype.str,
        "shape": list(value.shape),
        "order": order,
    }
    if value.dtype.kind == "O":
        return form | {"items": _items(value.ravel().tolist(), where)}
    kind, size = value.dtype.kind, value.dtype.itemsize
    if kind not in _PLAIN_KINDS or size > _LARGEST_FLOAT.get(kind, size):
        raise _refusal(value, where, f" of {value.dtype}")
    return form | {"base64": b64encode(value.tobytes(order="A")).decode()}


def _encode_datetime(value: datetime, where: str) -> Json:
    if value.tzinfo is None:
        offset = None
    elif type(value.tzinfo) is timezone:
        offset = (value.utcoffset() or timedelta()) / timedelta(seconds=1)
    else:
        raise _refusal(value, where, " in a time zone that is more than an offset")
    local = value.replace(tzinfo=None, fold=0).isoformat()
    return {_TAG: "datetime", "local": local, "offset": offset, "fold": value.fold}


def _encode_date(value: date, where: str) -> Json:
    del where
    return {_TAG: "date", "value": value.isoformat()}


def _encode_path(value: PurePath, where: str) -> Json:
    del where
    return {_TAG: type(value).__name__, "path": str(value)}


def _decode_dict(json: _Value) -> object:
    return {decode(key): decode(each) for key, each in json["pairs"]}


def _decode_datetime(json: _Value) -> object:
    local = datetime.fromisoformat(json["local"]).replace(fold=json["fold"])
    if json["offset"] is None:
        return local
    offset = timedelta(seconds=json["offset"])
    return local.replace(tzinfo=timezone(offset) if offset else UTC)


def _decode_array(json: _Value) -> _Array:
    dtype, shape, order = np.dtype(json["dtype"]), tuple(json["shape"]), json["order"]
    if dtype.kind == "O":
        return _decode_objects([decode(each) for each in json["items"]], shape, order)
    if dtype.kind not in _PLAIN_KINDS:
        raise ValueError(dtype)
    data = b64decode(json["base64"], validate=True)
    view: _Array = np.ndarray(shape, dtype, data, order=order)
    if view.nbytes != len(data):
        raise ValueError(shape)
    return view.copy(order="K")  # the view cannot be written


def _decode_objects(items: list[object], shape: tuple[int, ...], order: _Value) -> _Array:
    flat = np.empty(len(items), dtype=object)
    for index, each in enumerate(items):
        flat[index] = each
    return np.asarray(flat.reshape(shape), order=order)


def _decode_scalar(json: _Value) -> object:
    return _decode_array(json)[()]


_ENCODERS: Final[dict[type, Callable[[_Value, str], Json]]] = {
    type(None): _encode_plain,
    bool: _encode_plain,
    str: _encode_plain,
    int: _encode_int,
    float: _encode_float,
    complex: _encode_complex,
    bytes: _encode_bytes,
    list: _encode_list,
    tuple: _encode_tuple,
    set: _encode_set,
    frozenset: _encode_set,
    dict: _encode_dict,
    np.ndarray: _encode_array,
    datetime: _encode_datetime,
    date: _encode_date,
    PosixPath: _encode_path,
    WindowsPath: _encode_path,
    PurePosixPath: _encode_path,
    PureWindowsPath: _encode_path,
}

_DECODERS: Final[dict[str, Callable[[_Value], object]]] = {
    "int": lambda json: int(json["hex"], 16),
    "float": lambda json: float(json["value"]),
    "complex": lambda json: complex(_real(json["re"]), _real(json["im"])),
    "bytes": lambda json: b64decode(json["base64"], validate=True),
    "tuple": lambda json: tuple(decode(each) for each in json["items"]),
    "set": lambda json: {decode(each) for each in json["items"]},
    "frozenset": lambda json: frozenset(decode(each) for each in json["items"]),
    "dict": _decode_dict,
    "array": _decode_array,
    "scalar": _decode_scalar,
    "datetime": _decode_datetime,
    "date": lambda json: date.fromisoformat(json["value"]),
    "PosixPath": lambda json: Path(json["path"]),
    "WindowsPath": lambda json: Path(json["path"]),
    "PurePosixPath": lambda json: PurePosixPath(json["path"]),
    "PureWindowsPath": lambda json: PureWindowsPath(json["path"]),
}


def _real(json: Json) -> float:
    real = decode(json)
    if not isinstance(real, float):
        raise TypeError(real)
    return real
