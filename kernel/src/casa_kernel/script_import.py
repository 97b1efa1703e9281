"""``import casatasks`` in a cell or a script gives the notebook's tasks.

The notebook's process has CASA's tools but not its tasks: they live in the workers, and load there
while the kernel starts. A script that begins with ``from casatasks import tclean`` gets the module
as usual, with the tasks and ``casalog`` that the notebook has.

``from casaplotms import plotms`` and ``from casaviewer import imview`` give the notebook's plots;
CASA's packages of these names, which open windows, need not be there.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

_MODULE: Final = "casatasks"

Importing = Callable[[], AbstractContextManager[None]]
"""Gives a context to import CASA in."""


class NotebookTasks(MetaPathFinder):
    """Finds casatasks, and puts the notebook's names into it.

    Parameters
    ----------
    tasks : mapping
        What the module's attributes are to be.
    log : object
        What ``casalog`` is to be.
    importing : callable
        A context to import CASA in.
    """

    def __init__(self, tasks: Mapping[str, object], log: object, importing: Importing) -> None:
        self._tasks = tasks
        self._log = log
        self._importing = importing

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of casatasks with our loader in front of its own."""
        del target
        if fullname != _MODULE:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._tasks, self._log, self._importing)
        return spec


class _Loader(Loader):
    def __init__(
        self, loader: Loader, tasks: Mapping[str, object], log: object, importing: Importing
    ) -> None:
        self._loader = loader
        self._tasks = tasks
        self._log = log
        self._importing = importing

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with self._importing(), self._one_logger():
            self._loader.exec_module(module)
        vars(module).update(self._tasks)

    @contextmanager
    def _one_logger(self) -> Iterator[None]:
        # casatasks makes a logger and makes it global, which frees the one that is in use.
        casatools: Any = sys.modules["casatools"]
        original = casatools.logsink
        casatools.logsink = lambda *_arguments: self._log
        try:
            yield
        finally:
            casatools.logsink = original


def install(tasks: Mapping[str, object], log: object, importing: Importing) -> None:
    """Let the next import of casatasks give the notebook's tasks; now, if it is loaded already."""
    loaded = sys.modules.get(_MODULE)
    if loaded is not None:
        vars(loaded).update(tasks)
        return
    sys.meta_path.insert(0, NotebookTasks(tasks, log, importing))


_PLOTS: Final = {"casaplotms": ("plotms",), "casaviewer": ("imview", "msview")}


class NotebookPlots(MetaPathFinder, Loader):
    """Finds casaplotms and casaviewer: modules that have the notebook's plotting tasks.

    Parameters
    ----------
    tasks : mapping
        Plotting tasks by name.
    """

    def __init__(self, tasks: Mapping[str, object]) -> None:
        self._tasks = tasks

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for the two, None for any other module."""
        del path, target
        return ModuleSpec(fullname, self) if fullname in _PLOTS else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the tasks into the module."""
        vars(module).update({name: self._tasks[name] for name in _PLOTS[module.__name__]})


def install_plots(tasks: Mapping[str, object]) -> None:
    """Let ``import casaplotms`` and ``import casaviewer`` give the notebook's plotting tasks."""
    sys.meta_path.insert(0, NotebookPlots(tasks))
