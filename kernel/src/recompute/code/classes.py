"""Classes: what they do, by their methods, attributes and bases."""

import sys
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Final

from recompute.code.functions import reached
from recompute.code.origin import Origin, origin
from recompute.code.walk import Walk

# What Python and `dataclass` note about a class; the methods that they make of it count.
_NOTES: Final = {
    "__abstractmethods__",
    "__annotate__",
    "__annotate_func__",
    "__annotations__",
    "__annotations_cache__",
    "__dataclass_fields__",
    "__dataclass_params__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__static_attributes__",
    "__weakref__",
    "_abc_impl",
}
# Of a type that was made while Python runs, by a class statement or a call.
_HEAP_TYPE: Final = 1 << 9


def describe_class(walk: Walk, kind: type, where: str) -> str:
    """Return what tells a class from all others: one of the user's becomes a part."""
    module = sys.modules.get(kind.__module__)
    whose = Origin.OWN if module is None else origin(module)
    fixed = not kind.__flags__ & _HEAP_TYPE
    if module is not None and whose is not Origin.OWN and (fixed or _found(module, kind)):
        walk.uses(module)
        return f"class {kind.__module__}.{kind.__qualname__}"
    name = walk.name(f"class {kind.__qualname__.rpartition('<locals>.')[2]}", id(kind))
    walk.meet(kind, name)
    above = [walk.token(each, f"{where}: a base") for each in (type(kind), *kind.__bases__)]
    inner = [
        f"{key}={walk.token(value, f'{kind.__name__}.{key}')}"
        for key, value in sorted(vars(kind).items())
        if key not in _NOTES and not isinstance(value, GetSetDescriptorType | MemberDescriptorType)
    ]
    walk.part(name, "\n".join([*above, *inner]))
    return name


def _found(module: ModuleType, kind: type) -> bool:
    return reached(module, kind.__qualname__) is kind
