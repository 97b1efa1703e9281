"""Memoised steps: change one thing in a reduction, and only what depends on it is computed again.

    import recompute
    recompute.enable()          # from here on the tasks of CASA are memoised

A library of its own: it needs neither Jupyter nor casahub. It knows files and trees of files, the
tasks of CASA as data, and nothing of how a notebook shows what happened.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from recompute.decorate import family, step
    from recompute.plans.asked import plan
    from recompute.questions import explain, forget, graph, restart, rewind, undo
    from recompute.switch import disable, enable

__all__ = [
    "disable",
    "enable",
    "explain",
    "family",
    "forget",
    "graph",
    "plan",
    "restart",
    "rewind",
    "step",
    "undo",
]

_HOMES: Final = {
    **dict.fromkeys(["disable", "enable"], "recompute.switch"),
    **dict.fromkeys(["family", "step"], "recompute.decorate"),
    "plan": "recompute.plans.asked",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    """Load the engine with the first use: every kernel imports the package, few switch it on."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "recompute.questions")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
