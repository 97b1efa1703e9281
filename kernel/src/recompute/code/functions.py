"""Functions and modules: what they do, by the code and the values that they reach."""

import builtins
import importlib
import importlib.util
import runpy
import sys
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Final

from recompute.code.origin import Origin, origin
from recompute.code.reads import Import, Reads, reads
from recompute.code.source import code_digest
from recompute.code.walk import Walk

_MISSING: Final = object()
_HIDING: Final = (
    builtins.eval,
    builtins.exec,
    builtins.globals,
    builtins.__import__,
    importlib.import_module,
    importlib.reload,
    runpy.run_module,
    runpy.run_path,
)


def describe_function(walk: Walk, function: FunctionType, where: str) -> str:
    """Return what tells a function from all others: one of the user's becomes a part."""
    module = _module(function)
    whose = Origin.OWN if module is None else origin(module)
    if module is None or whose is Origin.OWN:
        return _own(walk, function)
    walk.uses(module)
    name = f"{module.__name__}.{function.__code__.co_qualname}"
    if reached(module, function.__code__.co_qualname) is function:
        return refused_if_hiding(walk, function, where) or f"function {name}"
    if whose is Origin.OURS:
        # A task as a session offers it; what it is bound to in the session decides no result.
        inner = getattr(function, "__wrapped__", None)
        return f"ours {name} {function.__name__} {walk.token(inner, where)}"
    # Made by an installed function, such as a decorator: what it was made of decides.
    walk.meet(function)
    made_of = [*_cells(function), *_defaults(function), *vars(function).items()]
    inner = [f"{key}={walk.token(value, f'{where}: {key}')}" for key, value in made_of]
    return f"made by {name}({', '.join(inner)})"


def describe_method(walk: Walk, method: MethodType | BuiltinFunctionType, where: str) -> str:
    """Return what tells a bound method or a function in C from all others."""
    owner = method.__self__
    if isinstance(method, MethodType):
        return f"method {walk.token(method.__func__, where)} of {walk.token(owner, where)}"
    if owner is None or isinstance(owner, ModuleType):
        return _compiled(walk, method, owner, where)
    return f"method {method.__qualname__} of {walk.token(owner, where)}"


def _compiled(
    walk: Walk, function: BuiltinFunctionType, module: ModuleType | None, where: str
) -> str:
    module = module or sys.modules.get(function.__module__)
    if module is None or origin(module) is Origin.OWN:
        raise walk.refusal(where, "is compiled code without a version")
    walk.uses(module)
    name = f"function {module.__name__}.{function.__qualname__}"
    return refused_if_hiding(walk, function, where) or name


def describe_module(walk: Walk, module: ModuleType, where: str) -> str:
    """Return what tells a module from all others: all that is in it, if it is the user's."""
    if origin(module) is not Origin.OWN:
        walk.uses(module)
        return f"module {module.__name__}"
    walk.meet(module)
    short = module.__name__.rpartition(".")[2]
    names = [name for name in vars(module) if not name.startswith("__")]
    inner = [f"{name}={_global(walk, module, name, f'{where}.{name}')}" for name in sorted(names)]
    return f"module {short}({', '.join(inner)})"


def reached(module: ModuleType, qualified: str) -> object:
    """Return what a module has under a dotted name, None if it has nothing."""
    value: object = module
    for name in qualified.split("."):
        value = getattr(value, name, None)
    return value


def refused_if_hiding(walk: Walk, function: object, where: str) -> str:
    """Refuse a function that runs what its caller's code does not show; else return nothing."""
    if any(function is each for each in _HIDING):
        raise walk.refusal(where, "hides what it runs")
    return ""


def _module(function: FunctionType) -> ModuleType | None:
    """Return the module in which a function's code stands, None if it stands in none."""
    # Not `__module__`: `functools.wraps` sets that to the wrapped function's.
    name = function.__globals__.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    return module if module is not None and vars(module) is function.__globals__ else None


def _own(walk: Walk, function: FunctionType) -> str:
    qualified = function.__code__.co_qualname.rpartition("<locals>.")[2]
    first = function is walk.root
    name = "code" if first else walk.name(f"helper {qualified}", id(function))
    walk.meet(function, name)
    used = reads(function.__code__)
    if used.assigned:
        raise walk.refusal(
            used.assigned[0],
            f"is set by `{qualified}` outside of itself, which a cached step would not do; return "
            "it instead",
        )
    values = [*_values(walk, function, "" if first else qualified)]
    bindings = [*values, *_bindings(walk, function.__globals__, used, qualified)]
    walk.part(name, "\n".join([code_digest(function), *bindings]))
    return name


def _values(walk: Walk, function: FunctionType, qualified: str) -> Iterator[str]:
    """Yield what a function was given when it was defined, each value as a part."""
    inside = f"{qualified}: " if qualified else ""
    for kind, pairs in (("closure", _cells(function)), ("default", _defaults(function))):
        for name, value in pairs:
            place = f"{name} of {function.__name__}"
            yield f"{kind} {name}={_valued(walk, f'{kind} {inside}{name}', value, place, function)}"
    for name, value in vars(function).items():
        if name != "__wrapped__":  # it is called through the closure, if at all
            yield f"attribute {name}={walk.token(value, f'{function.__name__}.{name}')}"


def _cells(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # defined further down, and not yet
            yield name, _MISSING


def _defaults(function: FunctionType) -> Iterator[tuple[str, object]]:
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)
    yield from sorted((function.__kwdefaults__ or {}).items())


def _valued(walk: Walk, name: str, value: object, where: str, key: object) -> str:
    """Return a value's token, or the name of the part that is made of it."""
    if value is _MISSING:
        return "not there"
    token = walk.token(value, where)
    if walk.is_name(token) or token.startswith(("function ", "module ", "class ")):
        return token
    name = walk.name(name, key if isinstance(key, tuple) else id(key))
    walk.part(name, token)
    return name


def _bindings(walk: Walk, scope: Mapping[str, object], used: Reads, function: str) -> Iterator[str]:
    for chain in used.chains:
        yield f"{'.'.join(chain)}={_chain(walk, scope, chain, function)}"
    for each in used.imports:
        yield f"import {each.module} {each.names}={_import(walk, scope, each, function)}"


def _chain(walk: Walk, scope: Mapping[str, object], chain: tuple[str, ...], function: str) -> str:
    first, *attributes = chain
    where = f"{first} in {function}"
    if first not in scope:
        return _builtin(walk, first, where)
    value, parent = scope[first], scope
    while isinstance(value, ModuleType) and attributes:
        if origin(value) is not Origin.OWN:
            return _foreign(walk, value, attributes, where)
        first, parent = attributes.pop(0), vars(value)
        value = getattr(value, first, _MISSING)
    return _valued(walk, f"constant {first}", value, where, (id(parent), first))


def _global(walk: Walk, module: ModuleType, name: str, where: str) -> str:
    scope = vars(module)
    return _valued(walk, f"constant {name}", scope[name], where, (id(scope), name))


def _builtin(walk: Walk, name: str, where: str) -> str:
    value = getattr(builtins, name, _MISSING)
    return "not there" if value is _MISSING else walk.token(value, where)


def _foreign(walk: Walk, module: ModuleType, attributes: list[str], where: str) -> str:
    """Return what an installed module has under a name; its version stands for the value."""
    describe_module(walk, module, where)
    value: object = module
    for name in attributes:
        value = getattr(value, name, _MISSING)
        if not isinstance(value, ModuleType):
            break
        if origin(value) is Origin.OWN:
            return walk.token(value, where)
        describe_module(walk, value, where)
    refused_if_hiding(walk, value, ".".join([module.__name__, *attributes]))
    return f"{module.__name__}.{'.'.join(attributes)}"


def _import(walk: Walk, scope: Mapping[str, object], each: Import, function: str) -> str:
    package = scope.get("__package__")
    name = "." * each.level + each.module
    where = f"import {name} in {function}"
    try:
        absolute = importlib.util.resolve_name(name, package if isinstance(package, str) else None)
        module = importlib.import_module(absolute)
    except ImportError:
        return "not there"  # whoever imports it may have an answer to that
    if not each.names:
        top = sys.modules[absolute.partition(".")[0]]
        return f"{walk.token(module, where)} {walk.token(top, where)}"
    return ", ".join(_taken(walk, module, one, where) for one in each.names)


def _taken(walk: Walk, module: ModuleType, name: str, where: str) -> str:
    if origin(module) is not Origin.OWN:
        return _foreign(walk, module, [name], where)
    if not hasattr(module, name):
        return "not there"
    value = getattr(module, name)
    return _valued(walk, f"constant {name}", value, where, (id(vars(module)), name))
