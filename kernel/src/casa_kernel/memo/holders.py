"""Which variable of the notebook keeps a table open that a step has to replace."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

# Tools that tell what they have open; if that is nothing, they log it as an information.
_TELLING: Final = frozenset({"table", "image"})
# These log an error if they have nothing open, or do not tell at all: their users know.
_SILENT: Final = frozenset(
    {"agentflagger", "calibrater", "imager", "imagepol", "ms", "msmetadata", "simulator"}
)


def remedy(paths: Collection[Path], variables: Mapping[str, Any]) -> str:
    """Return a line that says what to close; empty without a guess.

    Parameters
    ----------
    paths : collection of Path
        What has to be free: trees; a tool may have a table inside of one open.
    variables : mapping
        The notebook's.
    """
    found = sorted(_sure(paths, variables))
    if found:
        calls = ", ".join(f"{name}.close()" for name in found)
        return f"This notebook has it open: {calls} {'help' if found[1:] else 'helps'}.\n"
    maybe = sorted(name for name, thing in _variables(variables) if _kind(thing) in _SILENT)
    if maybe:
        calls = " or ".join(f"{name}.close()" for name in maybe)
        return f"If a tool of this notebook has it open, {calls} helps.\n"
    return ""


def _sure(paths: Collection[Path], variables: Mapping[str, Any]) -> Iterator[str]:
    for name, thing in _variables(variables):
        opened = _opened(thing)
        if opened and any(path in {opened, *opened.parents} for path in paths):
            yield name


def _variables(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    # `_` and `_7` are IPython's names for what a cell returned.
    return ((name, each) for name, each in variables.items() if not name.startswith("_"))


def _kind(thing: object) -> str:
    """Return a tool's kind, as casatools names its class; empty for anything else."""
    module = type(thing).__module__
    return module.removeprefix("casatools.") if module.startswith("casatools.") else ""


def _opened(thing: Any) -> Path | None:  # noqa: ANN401 - any variable of the user's
    kind = _kind(thing)
    if kind in _TELLING:
        if kind == "image" and not thing.isopen():
            return None
        name = thing.name()
    elif type(thing).__module__ == "casacore.tables.table":
        try:
            name = thing.name()
        except RuntimeError:
            return None  # it is closed
    else:
        return None
    return Path(name).resolve() if name else None
