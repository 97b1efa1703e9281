"""Puts memoised tasks in the place of casatasks' own, wherever they were imported already."""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from recompute import access
from recompute.casa.tasks import Report, memoised


class Patch:
    """Casatasks with memoised tasks.

    Parameters
    ----------
    report : callable
        Receives what became of each step.
    """

    def __init__(self, report: Report) -> None:
        self._casatasks = importlib.import_module("casatasks")
        self._swaps = {
            id(task): (task, memoised(name, task, report))
            for name, task in vars(self._casatasks).items()
            if name in access.known_tasks() and callable(task)
        }

    def apply(self) -> None:
        """Let ``casatasks`` and the scripts that imported from it have the memoised tasks."""
        self._swap(self._swaps)

    def remove(self) -> None:
        """Let them have casatasks' own again."""
        self._swap({id(ours): (ours, task) for task, ours in self._swaps.values()})

    def _swap(self, swaps: dict[int, tuple[Callable[..., Any], Callable[..., Any]]]) -> None:
        for module in self._users():
            for name, thing in list(vars(module).items()):
                if id(thing) in swaps:
                    setattr(module, name, swaps[id(thing)][1])

    def _users(self) -> list[ModuleType]:
        """Return the modules that may hold tasks: not CASA's own, which call each other plainly."""
        return [self._casatasks] + [
            module
            for name, module in list(sys.modules.items())
            if isinstance(module, ModuleType) and not name.startswith(("casatasks", "casatools"))
        ]
