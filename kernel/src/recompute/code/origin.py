"""Whose a module is: the user's own, whose code counts, or installed, whose version does."""

import importlib.metadata
import importlib.util
import re
import site
import sys
import sysconfig
from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

# They may be installed from a checkout, yet are not the user's; what they do is CASA's doing.
_OURS: Final = {"casa_kernel", "recompute"}
_CASA: Final = ("casadata", "casatasks", "casatools")
_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Origin(Enum):
    """Whose a module is."""

    OWN = auto()
    STANDARD = auto()
    INSTALLED = auto()
    OURS = auto()


def origin(module: ModuleType) -> Origin:
    """Return whose a module is."""
    top = module.__name__.partition(".")[0]
    file = _file(module) or _file(sys.modules.get(top))
    if file is None:
        # Built into Python; else a notebook, a script from standard input, or made by hand.
        return Origin.STANDARD if _is_built_in(module) else Origin.OWN
    return _origin(top, file)


@cache
def _origin(top: str, file: Path) -> Origin:
    if top in _OURS:
        return Origin.OURS
    if top == "__main__":
        return Origin.OWN
    if any(file.is_relative_to(place) for place in _site()):
        # A file that somebody put there by hand has no version that could stand for it.
        return Origin.INSTALLED if _distributions(top) else Origin.OWN
    return Origin.STANDARD if any(file.is_relative_to(p) for p in _standard()) else Origin.OWN


def _is_built_in(module: ModuleType) -> bool:
    spec = getattr(module, "__spec__", None)
    return spec is not None and spec.origin in {"built-in", "frozen"}


def _file(module: ModuleType | None) -> Path | None:
    name = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    return None if name is None else Path(name).absolute()


@cache
def _site() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    named = [paths["purelib"], paths["platlib"], *site.getsitepackages()]
    return tuple(Path(each) for each in {*named, site.getusersitepackages()})


@cache
def _standard() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple(Path(paths[each]) for each in ("stdlib", "platstdlib"))


@cache
def _distributions(top: str) -> tuple[str, ...]:
    """Return the distributions that bring a top-level module."""
    return tuple(dict.fromkeys(_providers().get(top, ())))


@cache
def _providers() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def versions(module: ModuleType) -> dict[str, str]:
    """Return the versions of all that decides what an installed module does.

    That is its distribution and, since its results are theirs, all that it requires.
    """
    whose = origin(module)
    if whose is Origin.INSTALLED:
        return _closure(_distributions(module.__name__.partition(".")[0]))
    is_kernel = whose is Origin.OURS and module.__name__.startswith("casa_kernel")
    return _closure(_CASA) | _kernel() if is_kernel else {}


def _kernel() -> dict[str, str]:
    installed = _installed("casa-kernel")
    return {} if installed is None else {"casa-kernel": installed.version}


@cache
def _closure(names: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = _canonical(waiting.pop())
        if name not in found and (installed := _installed(name)) is not None:
            found[name] = installed.version
            waiting += _requirements(installed)
    return found


def _canonical(name: str) -> str:
    """Return a distribution's name as the packaging rules (PEP 503) normalise it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None  # required on another platform, or optional


def _requirements(distribution: importlib.metadata.Distribution) -> list[str]:
    needed = [each for each in distribution.requires or () if "extra ==" not in each]
    matches = [_REQUIREMENT.match(each) for each in needed]
    return [match.group() for match in matches if match is not None]
