"""The files as they would be: what a run has changed so far, laid over what is on disk.

Pure but for looking at the disk; nothing is ever written.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from recompute.model import ABSENT, StateId

# What CASA's tasks and people call plain files; everything else that a task makes is a directory.
_FILES: Final = frozenset(
    (
        *(".fits", ".fit", ".uvfits", ".txt", ".log", ".list", ".csv", ".json", ".html"),
        *(".png", ".pdf", ".ps", ".crtf", ".rgn", ".dat", ".npy", ".npz"),
    )
)


@dataclass(frozen=True, slots=True)
class There:
    """Something is there, in a state that is known.

    Attributes
    ----------
    state : StateId or None
        Its state; None for a copy whose state is looked up when it is asked for.
    source : Path or None
        What on disk it is a copy of, or where a script that is planned has written it.
    is_file : bool or None
        Whether it is a plain file, if that is known.
    """

    state: StateId | None
    source: Path | None = None
    is_file: bool | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing is there."""


@dataclass(frozen=True, slots=True)
class Made:
    """A directory that the script made."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What is there depends on a step that would run.

    Attributes
    ----------
    step : int
        Its number; 0 if it is the script's own doing, or what is within a tree.
    certain : bool
        Whether something is there, whatever it is.
    """

    step: int
    certain: bool


Entry = There | Gone | Made | Doubtful


class World:
    """Paths and what would be there.

    Parameters
    ----------
    state : callable
        Gives the state of what is on disk.
    """

    def __init__(self, state: Callable[[Path], StateId]) -> None:
        self._state = state
        self._entries: dict[Path, Entry] = {}
        # How many entries are below a directory: tclean alone makes fifty, and all are looked for.
        self._below: Counter[Path] = Counter()

    @property
    def touched(self) -> list[Path]:
        """Every path that is perhaps not as on disk."""
        return list(self._entries)

    def entry(self, path: Path) -> Entry | None:
        """Return what would be at a path; None if that is what is on disk."""
        if path in self._entries:
            return self._entries[path]
        for parent in path.parents:
            above = self._entries.get(parent)
            if above is not None:
                return _below(above)
        return None

    def state(self, path: Path) -> StateId | Doubtful:
        """Return the state of what would be at a path, or the step on which it depends."""
        entry = self.entry(path)
        if isinstance(entry, Doubtful):
            return entry
        if self._below[path]:
            return Doubtful(0, certain=True)
        if entry is None:
            return self._state(path)
        if isinstance(entry, There):
            return entry.state or self._state(entry.source or path)
        return ABSENT if isinstance(entry, Gone) else self._state(path)

    def is_there(self, path: Path) -> bool | Doubtful:
        """Tell whether something would be at a path, or on which step that depends."""
        entry = self.entry(path)
        if isinstance(entry, Doubtful):
            return entry if not entry.certain else True
        return os.path.lexists(path) if entry is None else not isinstance(entry, Gone)

    def is_file(self, path: Path) -> bool:
        """Tell whether what would be there is a plain file, by its name if by nothing else."""
        entry = self.entry(path)
        if entry is None:
            return path.is_file()
        if isinstance(entry, There) and entry.is_file is not None:
            return entry.is_file
        return not isinstance(entry, Made) and path.suffix.lower() in _FILES

    def put(self, path: Path, entry: Entry) -> None:
        """Let a path be so; what was below it is gone with what was there."""
        for below in self._entries_below(path):
            del self._entries[below]
            self._below.subtract(below.parents)
        self._set(path, entry)

    def copy(self, source: Path, target: Path) -> None:
        """Let a path be as another one is."""
        moved = {
            target / each.relative_to(source): self._entries[each]
            for each in self._entries_below(source)
        }
        self.put(target, self._portable(source))
        for path, entry in moved.items():
            self._set(path, entry)

    def move(self, source: Path, target: Path) -> None:
        """Let a path be as another one is, and that be gone."""
        self.copy(source, target)
        self.put(source, Gone())

    def names(self, directory: Path) -> dict[str, bool | Doubtful]:
        """Return the names in a directory, each with whether it is there or depends on a step."""
        entry = self.entry(directory)
        on_disk = entry is None and directory.is_dir()
        names = os.listdir(directory) if on_disk else []  # noqa: PTH208 - the names alone
        candidates = {*names, *(each.name for each in self._entries if each.parent == directory)}
        found = {name: self.is_there(directory / name) for name in sorted(candidates)}
        return {name: there for name, there in found.items() if there is not False}

    def matches(self, pattern: str, cwd: Path) -> Iterator[Path]:
        """Give the paths that a shell's pattern could match, those that are doubtful included."""
        *parts, last = (cwd / pattern).parts
        directories = [Path(parts[0])] if parts else [cwd]
        for part in parts[1:]:
            directories = [each / name for each in directories for name in self._named(each, part)]
        for directory in directories:
            yield from (directory / name for name in self._named(directory, last))

    def _set(self, path: Path, entry: Entry) -> None:
        if path not in self._entries:
            self._below.update(path.parents)
        self._entries[path] = entry

    def _entries_below(self, path: Path) -> list[Path]:
        if not self._below[path]:
            return []
        return [each for each in self._entries if path in each.parents]

    def _named(self, directory: Path, pattern: str) -> list[str]:
        if not any(sign in pattern for sign in "*?["):
            return [pattern] if self.is_there(directory / pattern) is not False else []
        hidden = pattern.startswith(".")
        return [
            name
            for name in self.names(directory)
            if fnmatchcase(name, pattern) and (hidden or not name.startswith("."))
        ]

    def _portable(self, path: Path) -> Entry:
        entry = self.entry(path)
        if entry is None:
            return There(None, source=path, is_file=path.is_file())
        return entry


def _below(above: Entry) -> Entry | None:
    """Return what is in a directory of which only the whole is known."""
    if isinstance(above, Doubtful):
        return Doubtful(above.step, certain=False)
    if isinstance(above, There):
        # A tree of a known state has known files, but nobody has them here.
        return Doubtful(0, certain=False)
    return Gone()
