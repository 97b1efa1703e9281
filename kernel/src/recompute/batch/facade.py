"""``casatasks`` as a script finds it: with memoised tasks, and loaded only when CASA is needed.

A run whose every step is in the store never imports CASA, which takes seconds. So ``import
casatasks`` gives a module that holds the memoised tasks; whatever else is asked of it, a task that
has to be computed included, loads the real one into the same module.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final

from recompute.errors import RecomputeError

PACKAGE: Final = "casatasks"

_LAZY: Final = ("version", "version_string")
_PRESENT: Final = object()

Task = Callable[..., object]


class Facade(ModuleType):
    """The module that scripts import as ``casatasks``; see `install`."""

    def __init__(
        self, tasks: Mapping[str, Task], log: object, missing: Callable[[str], object]
    ) -> None:
        super().__init__(PACKAGE, "CASA's tasks, memoised.")
        vars(self)["_missing"] = missing
        vars(self).update(tasks, casalog=log)
        self.__all__ = [*tasks, "casalog", *_LAZY]

    def __getattr__(self, name: str) -> object:
        """Load the real module for what is not a task."""
        if name in _LAZY:
            return lambda: vars(self)["_missing"](name)()  # noqa: PLW0108 - loads when it is called
        if name.startswith("__"):
            raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}")
        return vars(self)["_missing"](name)


class CasaTasks(MetaPathFinder):
    """Loads the real package behind the facade, and puts the memoised tasks into its modules."""

    def __init__(self) -> None:
        self._originals: dict[str, Task] = {}
        self._wrapped: Mapping[str, Task] = {}
        self._facade: Facade | None = None
        self._is_loading = False
        self._is_loaded = False

    def install(self, tasks: Mapping[str, Task], log: object) -> None:
        """Let the next ``import casatasks`` give these tasks; nothing of CASA is imported.

        Does nothing where CASA is not installed: the import then fails as it always does.
        """
        spec = PathFinder.find_spec(PACKAGE)
        if spec is None or spec.loader is None:
            return
        self._wrapped = tasks
        facade = Facade(tasks, log, self._attribute)
        facade.__spec__, facade.__file__ = spec, spec.origin
        facade.__path__ = list(spec.submodule_search_locations or ())
        facade.__loader__, facade.__package__ = spec.loader, PACKAGE
        self._facade = facade
        sys.modules[PACKAGE] = facade
        sys.meta_path.insert(0, self)

    def original(self, name: str) -> Task:
        """Return CASA's own task; loads CASA.

        Raises
        ------
        RecomputeError
            This CASA has no such task, or there is no CASA.
        """
        self.load()
        try:
            return self._originals[name]
        except KeyError:
            raise RecomputeError(
                f"CASA's task {name} is not here: install casatasks, or a version of it that has "
                f"{name}, into {sys.prefix}."
            ) from None

    def load(self) -> None:
        """Load the real package into the facade; idempotent."""
        facade = self._facade
        if facade is None or self._is_loaded or self._is_loading:
            return
        spec = facade.__spec__
        if spec is None or spec.loader is None:
            return
        self._is_loading = True
        try:
            spec.loader.exec_module(facade)
        finally:
            self._is_loading = False
        self._is_loaded = True
        self._wrap(facade, self._wrapped)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find modules of the package, the package itself loaded first."""
        del target
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        self.load()
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Once(spec.loader, self._wrap_own)
        return spec

    def _attribute(self, name: str) -> object:
        self.load()
        found = vars(self._facade).get(name, _PRESENT) if self._facade else _PRESENT
        if found is _PRESENT:
            raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}")
        return found

    def _wrap_own(self, module: ModuleType) -> None:
        name = module.__name__.rpartition(".")[2]
        if name in self._wrapped and module.__name__ == f"{PACKAGE}.{name}":
            self._wrap(module, {name: self._wrapped[name]})

    def _wrap(self, module: ModuleType, tasks: Mapping[str, Task]) -> None:
        for name, wrapped in tasks.items():
            own = vars(module).get(name)
            if callable(own) and own is not wrapped:
                self._originals[name] = own
                setattr(module, name, wrapped)


class _Once(Loader):
    """Executes a module once, also if the loading of its package brought it in meanwhile."""

    def __init__(self, loader: Loader, after: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._after = after

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module that is there, None for a new one."""
        return sys.modules.get(spec.name) or self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute it, unless it was."""
        if "_recompute_done" not in vars(module):
            self._loader.exec_module(module)
            vars(module)["_recompute_done"] = True
            self._after(module)
