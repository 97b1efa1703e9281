"""Values of all kinds: what tells one from another."""

import copyreg
import functools
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from json import dumps
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any, Final

from recompute.code.classes import describe_class
from recompute.code.functions import describe_function, describe_method, describe_module
from recompute.code.origin import Origin, origin
from recompute.code.walk import Walk
from recompute.codec import encode
from recompute.errors import CodecError

# What a value is made of is looked at, piece by piece.
_Value = Any


def describe(walk: Walk, value: object, where: str) -> str:
    """Return text that tells a value from all others.

    Raises
    ------
    FingerprintError
        It has no such text: an open file, a lock, an object in C of which Python sees nothing.
    """
    for kinds, describer in _DESCRIBERS:
        if isinstance(value, kinds):
            return describer(walk, value, where)
    try:
        return f"value {dumps(encode(value))}"
    except CodecError:
        pass  # it holds functions or objects
    container = _CONTAINERS.get(type(value))
    if container is not None:
        walk.meet(value)
        return f"{type(value).__name__}({container(walk, value, where)})"
    return (
        _ours(walk, value)
        or _logger(value)
        or _by_name(walk, value)
        or _by_reduction(walk, value, where)
    )


def _ours(walk: Walk, value: object) -> str:
    """Return the name of a task as the kernel offers it; nothing if it is none."""
    kind = type(value)
    module = sys.modules.get(kind.__module__)
    if module is None or origin(module) is not Origin.OURS or not callable(value):
        return ""
    walk.uses(module)
    # What it is bound to in the session decides no result.
    return f"ours {kind.__module__}.{kind.__qualname__} {getattr(value, '__name__', '')}"


def _logger(value: object) -> str:
    """Return what stands for a logger, whose settings decide no result; nothing if it is none."""
    if isinstance(value, logging.Logger):
        return f"logger {value.name}"
    return "logger of CASA" if type(value).__name__ == "logsink" else ""


def _by_name(walk: Walk, value: object) -> str:
    """Return the name that an installed package has for its object; nothing if it has none."""
    package = type(value).__module__
    while package:
        module = sys.modules.get(package)
        if module is not None and origin(module) is not Origin.OWN:
            for name, each in [*vars(module).items()]:
                if each is value:
                    walk.uses(module)
                    return f"object {package}.{name}"
        package = package.rpartition(".")[0]
    return ""


def _by_reduction(walk: Walk, value: _Value, where: str) -> str:
    """Return what an object says it is made of, by the protocol of copying (`copyreg`)."""
    reduce = copyreg.dispatch_table.get(type(value))
    try:
        made: _Value = reduce(value) if reduce is not None else value.__reduce_ex__(4)
    except Exception as error:
        raise _unknown(walk, value, where) from error
    if isinstance(made, str):
        return _somewhere(walk, value, made, where)
    walk.meet(value)
    maker, arguments, state, items, pairs = (*made, None, None, None)[:5]
    inner = [maker, arguments, state, [*(items or ())], [*(pairs or ())]]
    return f"object({_ordered(walk, inner, where)})"


def _somewhere(walk: Walk, value: object, name: str, where: str) -> str:
    """Return the name of an object that says that an installed module has it under that name."""
    for _, module in sorted(sys.modules.items()):
        if not isinstance(module, ModuleType):
            continue
        # Not `getattr`: some modules import others when they are asked.
        if vars(module).get(name) is value and origin(module) is not Origin.OWN:
            walk.uses(module)
            return f"object {name}"
    raise _unknown(walk, value, where)


def _unknown(walk: Walk, value: object, where: str) -> Exception:
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return walk.refusal(where, f"is a {kind}, which cannot be compared with another")


def _ordered(walk: Walk, values: Iterable[object], where: str) -> str:
    return ", ".join(walk.token(each, f"{where}[{n}]") for n, each in enumerate(values))


def _unordered(walk: Walk, values: Iterable[object], where: str) -> str:
    # A set's order changes from process to process, and what is met is numbered as it comes.
    keyed = sorted(((_sorting(walk, each, where), each) for each in values), key=lambda one: one[0])
    if len({key for key, _ in keyed}) < len(keyed):
        raise walk.refusal(where, "is a set of things that have no order")
    return _ordered(walk, [each for _, each in keyed], where)


def _sorting(walk: Walk, value: object, where: str) -> str:
    if isinstance(value, FunctionType | type):
        return f"{value.__module__}.{value.__qualname__}"
    try:
        return dumps(encode(value))
    except CodecError as error:
        raise _unknown(walk, value, f"an item of {where}") from error


def _mapping(walk: Walk, values: Mapping[object, object], where: str) -> str:
    return ", ".join(
        f"{walk.token(key, f'a key of {where}')}: {walk.token(each, f'{where}[{key!r}]')}"
        for key, each in values.items()
    )


def _static(walk: Walk, value: _Value, where: str) -> str:
    return f"{type(value).__name__} {walk.token(value.__func__, where)}"


def _property(walk: Walk, value: property, where: str) -> str:
    return f"property({_ordered(walk, (value.fget, value.fset, value.fdel), where)})"


def _cached_property(walk: Walk, value: _Value, where: str) -> str:
    return f"cached property {walk.token(value.func, where)}"


def _cached_function(walk: Walk, value: _Value, where: str) -> str:
    return f"cached function {walk.token(value.__wrapped__, where)}"


def _dispatching(walk: Walk, value: _Value, where: str) -> str:
    return f"dispatching({_mapping(walk, value.registry, where)})"


def _function(walk: Walk, value: FunctionType, where: str) -> str:
    # What `functools.singledispatch` returns keeps a cache that grows with use.
    if value.__code__ is _DISPATCHING.__code__:
        return _dispatching(walk, value, where)
    return describe_function(walk, value, where)


def _refused(walk: Walk, value: object, where: str) -> str:
    raise _unknown(walk, value, where)


_DISPATCHING: Final[_Value] = functools.singledispatch(lambda value: value)

_CONTAINERS: Final[Mapping[type, Callable[[Walk, _Value, str], str]]] = {
    list: _ordered,
    tuple: _ordered,
    set: _unordered,
    frozenset: _unordered,
    dict: _mapping,
    MappingProxyType: _mapping,
}

_Describer = Callable[[Walk, _Value, str], str]
_DESCRIBERS: Final[tuple[tuple[type | tuple[type, ...], _Describer], ...]] = (
    (FunctionType, _function),
    ((MethodType, BuiltinFunctionType), describe_method),
    (ModuleType, describe_module),
    (type, describe_class),
    ((staticmethod, classmethod), _static),
    (property, _property),
    (functools.cached_property, _cached_property),
    (type(functools.cache(len)), _cached_function),
    ((CodeType, FrameType), _refused),
)
