"""The value that a task in value style returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recompute.engine.lineage import Mark
from recompute.model import Key


@dataclass(frozen=True, slots=True)
class Value:
    """What a task made: a path that is never written again, and what else it gave.

    It may be given to any task wherever a file's name is wanted, and to anything that takes a
    path. What changes the file nevertheless, changes a copy: the next task that is given the value
    has the original put back first.

    Attributes
    ----------
    path : Path
        The MeasurementSet, table, or image; of several images the common beginning of their names.
    name : str
        A readable name, with the tasks that led to it: ``n14c3.flagdata``.
    result : object
        What the task returned.
    log : tuple of str
        CASA's log lines of the computation.
    key : Key
        What the value depends on.
    parts : mapping
        Every path that belongs to it, with its state.
    cached : bool
        Whether it was known.
    """

    path: Path
    name: str
    result: object
    log: tuple[str, ...] = field(repr=False)
    key: Key = field(repr=False)
    parts: Mapping[Path, Mark] = field(repr=False)
    cached: bool = field(compare=False)

    def __fspath__(self) -> str:
        """Return the path, for whatever takes one."""
        return str(self.path)

    def __str__(self) -> str:
        """Return the path, for whatever puts names together."""
        return str(self.path)

    def part(self, ending: str) -> Path:
        """Return one of several images, such as ``part(".image")``.

        Raises
        ------
        KeyError
            There is none; the message lists those that there are.
        """
        path = self.path.parent / f"{self.path.name}{ending}"
        if path not in self.parts:
            endings = sorted(each.name.removeprefix(self.path.name) for each in self.parts)
            raise KeyError(f"{self.name} has no part {ending!r}, but {', '.join(endings)}")
        return path
