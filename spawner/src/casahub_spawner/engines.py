"""What every engine can tell of its sessions, besides starting them: see `found`."""

from importlib import import_module
from typing import Final, Protocol, cast

from casahub_spawner.found import EngineError, FoundSession


class Engine(Protocol):
    """Knows what runs, whoever started it; a module with these two functions is one."""

    async def sessions(self, site: str, /) -> list[FoundSession]:
        """Return the sessions of a site that run, those that are only just starting too.

        Raises
        ------
        Exception
            It does not answer, so nothing is known; never an empty list in its place.
        """

    async def end(self, session: FoundSession, /) -> None:
        """End one; that it is gone already is fine. A later start of its server stays."""


# Loaded when it is asked for: each takes a library along that the others do not need.
_MODULES: Final = {
    "local": "casahub_spawner.marks",
    "docker": "casahub_spawner.docker",
    "apptainer": "casahub_spawner.apptainer",
}


def engine_named(name: str) -> Engine:
    """Return an engine by the name that a site's settings have for it."""
    try:
        module = _MODULES[name]
    except KeyError:
        known = ", ".join(_MODULES)
        raise EngineError(f"There is no engine {name!r}: there are {known}.") from None
    return cast(Engine, import_module(module))
