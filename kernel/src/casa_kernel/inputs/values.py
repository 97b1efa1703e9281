"""Values of parameters: comparing them, and writing them as Python would read them back."""

import math

import numpy as np

_LONGEST_SHOWN = 300


def plain(value: object) -> object:
    """Return a value with NumPy's arrays as lists and its scalars as Python's own."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    return value


def same(left: object, right: object) -> bool:
    """Whether two values mean the same to a task: 1 is 1.0, an array is the list of its elements.

    A string is never a number, and True is not 1: a task tells them apart.
    """
    left, right = plain(left), plain(right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def literal(value: object) -> str | None:
    """Return a value as Python source, or None for an object that has no such form."""
    value = plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, list):
        return _joined("[", value, "]")
    if isinstance(value, tuple):
        return _joined("(", value, ",)" if len(value) == 1 else ")")
    if isinstance(value, dict):
        return _dictionary(value)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return repr(value)
    return None


def shown(value: object) -> str:
    """Return a value as a table shows it: as source if there is one, shortened if it is long."""
    text = literal(value)
    text = repr(value) if text is None else text
    if len(text) > _LONGEST_SHOWN:
        text = f"{text[: _LONGEST_SHOWN - 1]}…"
    return " ".join(text.split("\n"))


def _joined(start: str, values: list[object] | tuple[object, ...], end: str) -> str | None:
    texts = [literal(each) for each in values]
    return None if None in texts else start + ", ".join(map(str, texts)) + end


def _dictionary(value: dict[object, object]) -> str | None:
    pairs = [(literal(key), literal(each)) for key, each in value.items()]
    if any(None in pair for pair in pairs):
        return None
    return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"
