"""The result of a step that would run: it can be handed on, but not looked into."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NoReturn

MARK: Final = (
    "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}step {}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
)
_MARKED: Final = re.compile("\u27e6step ([0-9]+)\u27e7")

Look = Callable[[int], NoReturn]


class Unknown:
    """Stands for what nobody knows yet.

    Parts of it and sums with it are unknown as well. Whatever would need its value, such as a
    comparison, an ``if`` or a loop, calls ``look`` with the step's number, which ends the plan.
    As text it is a mark that says of which step it is.

    Parameters
    ----------
    step : int
        Whose result it is.
    look : callable
        Ends the plan.
    """

    # numpy then leaves sums with arrays and its numbers to this class.
    __array_ufunc__ = None

    __slots__ = ("_look", "_step")

    def __init__(self, step: int, look: Look) -> None:
        object.__setattr__(self, "_step", step)
        object.__setattr__(self, "_look", look)

    def __getattr__(self, name: str) -> object:
        """Return a part, but none that Python itself asks for to see what kind of thing it is."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _more(self)

    def __getitem__(self, key: object) -> "Unknown":
        return _more(self)

    def __call__(self, *_given: object, **_named: object) -> "Unknown":
        """Return what a part gives when it is called."""
        return _more(self)

    def __str__(self) -> str:
        return MARK.format(_step(self))

    __repr__ = __str__

    def __format__(self, specification: str) -> str:
        return str(self)


def _more(value: Unknown) -> Unknown:
    return Unknown(_step(value), object.__getattribute__(value, "_look"))


def _step(value: Unknown) -> int:
    step: int = object.__getattribute__(value, "_step")
    return step


def _looked(value: Unknown, *_given: object, **_named: object) -> NoReturn:
    object.__getattribute__(value, "_look")(_step(value))
    raise AssertionError("The plan has to end where a result is looked into.")


def _summed(value: Unknown, *_given: object) -> Unknown:
    return _more(value)


_SUMS: Final = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("and", "or", "xor", "lshift", "rshift"),
)
_LOOKS: Final = (
    *("bool", "int", "float", "complex", "index", "bytes", "fspath", "array", "hash"),
    *("len", "iter", "next", "reversed", "contains", "setitem", "delitem", "setattr", "delattr"),
    *("eq", "ne", "lt", "le", "gt", "ge", "round", "trunc", "floor", "ceil"),
    *("enter", "await", "aiter", "dir"),
)


for _name in _SUMS:
    setattr(Unknown, f"__{_name}__", _summed)
    setattr(Unknown, f"__r{_name}__", _summed)
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Unknown, f"__{_name}__", _summed)
for _name in _LOOKS:
    setattr(Unknown, f"__{_name}__", _looked)


def steps_in(value: object) -> Iterator[int]:
    """Give the numbers of the steps whose unknown results a value contains."""
    if isinstance(value, Unknown):
        yield _step(value)
    elif isinstance(value, str):
        yield from (int(each) for each in _MARKED.findall(value))
    elif isinstance(value, Mapping):
        yield from _steps_in_all(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from _steps_in_all(value)


def _steps_in_all(values: Iterable[object]) -> Iterator[int]:
    for each in values:
        yield from steps_in(each)


def marked(value: object) -> object:
    """Return a value with its unknown parts as their marks."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, Mapping):
        return {name: marked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [marked(each) for each in value]
    return value
