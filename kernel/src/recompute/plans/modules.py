"""What a script imports of CASA while it is planned: tasks that are foreseen, and nothing else.

The real packages write a log, open a port and change data from C++, so they are not loaded.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final, NoReturn

from recompute.batch.facade import PACKAGE, Facade
from recompute.batch.names import TOOLS

Stop = Callable[[str], NoReturn]
Task = Callable[..., object]

# Making one of CASA's tools does nothing yet; in all others the first call counts.
_TOOLS: Final = "casatools"
_PACKAGES: Final = frozenset(
    {_TOOLS, "casacore", "casaconfig", "casampi", "casaplotms", "casashell", "casaviewer"}
)


class Part:
    """Something of a package that is not loaded: to call it ends the plan."""

    def __init__(self, name: str, stop: Stop, *, is_class: bool = False) -> None:
        vars(self).update(_name=name, _stop=stop, _is_class=is_class)

    def __getattr__(self, name: str) -> "Part":
        """Return a part of it."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Part(f"{vars(self)['_name']}.{name}", vars(self)["_stop"])

    def __setattr__(self, name: str, value: object) -> None:
        """Ignore it: settings of a package that is not loaded have no effect."""

    def __call__(self, *_given: object, **_named: object) -> "Part":
        """Make a tool, or end the plan."""
        name: str = vars(self)["_name"]
        if not vars(self)["_is_class"]:
            vars(self)["_stop"](f"uses {name}")
        return Part(name, vars(self)["_stop"])


class Log:
    """Stands for ``casalog``; whatever it is told goes nowhere."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return what ignores its arguments."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_given, **_named: None


class _Stub(ModuleType):
    """A module of a package that is not loaded."""

    def __init__(self, name: str, stop: Stop) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        vars(self)["_stop"] = stop
        if name == _TOOLS:
            self.__all__ = sorted({*TOOLS.values(), "ctsys", "logsink"})

    def __getattr__(self, name: str) -> Part:
        """Return a part of it."""
        if name.startswith("__"):
            raise AttributeError(name)
        is_class = self.__name__ == _TOOLS and name != "ctsys"
        return Part(f"{self.__name__}.{name}", vars(self)["_stop"], is_class=is_class)


class Modules(MetaPathFinder, Loader):
    """Finds the packages of CASA, and gives what stands for them."""

    def __init__(self, tasks: Mapping[str, Task], stop: Stop) -> None:
        self._tasks = tasks
        self._stop = stop
        self._facade = Facade(tasks, Log(), self._missing)
        self._facade.__path__ = []

    def install(self) -> dict[str, object]:
        """Come before the real packages; return the names that ``casa -c`` gives a script."""
        sys.modules[PACKAGE] = self._facade
        sys.meta_path.insert(0, self)
        tools = {short: Part(f"CASA's tool {name}", self._stop) for short, name in TOOLS.items()}
        return {**tools, **self._tasks, "casalog": Log()}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find modules of CASA's packages."""
        del path, target
        root = fullname.partition(".")[0]
        if root not in _PACKAGES and root != PACKAGE:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return what stands for a module."""
        root, _, name = spec.name.partition(".")
        if root == PACKAGE:
            module = ModuleType(spec.name)
            if name in self._tasks:
                setattr(module, name, self._tasks[name])
            return module
        return _Stub(spec.name, self._stop)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing but keep a task's name from being hidden by the module of that name."""
        name = module.__name__.rpartition(".")[2]
        if module.__name__ == f"{PACKAGE}.{name}" and name in self._tasks:
            # The import system sets the package's attribute to the module after this.
            module.__class__ = _TaskModule

    def _missing(self, name: str) -> object:
        return Part(f"{PACKAGE}.{name}", self._stop)


class _TaskModule(ModuleType):
    """``casatasks.tclean`` as a module that can be called, like the task that hides it."""

    def __call__(self, *given: object, **named: object) -> object:
        task: Task = vars(self)[self.__name__.rpartition(".")[2]]
        return task(*given, **named)
