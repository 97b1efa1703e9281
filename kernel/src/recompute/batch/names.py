"""The names beside its tasks that CASA's shell gives a script, made when they are used first."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

# CASA's own names of its tools, as its shell has them (CASA documentation, "Using CASA").
TOOLS: Final[Mapping[str, str]] = {
    "af": "agentflagger",
    "at": "atmosphere",
    "ca": "calanalysis",
    "cb": "calibrater",
    "cl": "componentlist",
    "cs": "coordsys",
    "ia": "image",
    "im": "imager",
    "lm": "linearmosaic",
    "me": "measures",
    "ms": "ms",
    "msmd": "msmetadata",
    "mt": "mstransformer",
    "po": "imagepol",
    "qa": "quanta",
    "rg": "regionmanager",
    "sdms": "singledishms",
    "sl": "spectralline",
    "sm": "simulator",
    "tb": "table",
    "vp": "vpmanager",
}


class Lazy:
    """Stands for an object until something is asked of it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.__dict__["_make"] = make

    def __getattr__(self, name: str) -> object:
        """Make the object, and ask it."""
        return getattr(self._object(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._object(), name, value)

    def __repr__(self) -> str:
        return repr(self._object())

    def __str__(self) -> str:
        return str(self._object())

    def _object(self) -> object:
        if "_made" not in self.__dict__:
            self.__dict__["_made"] = self.__dict__["_make"]()
        return self.__dict__["_made"]


def tool_names() -> dict[str, object]:
    """Return CASA's tools under the names that its shell gives them; CASA is not imported."""
    return {short: Lazy(_maker(name)) for short, name in TOOLS.items()}


def _maker(name: str) -> Callable[[], object]:
    def make() -> object:
        tool: Callable[[], object] = getattr(import_module("casatools"), name)
        return tool()

    return make
