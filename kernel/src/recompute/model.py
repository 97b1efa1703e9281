"""The words of recompute, as data: trees and their states, what a step touches, what is recorded.

A **tree** is what stands at one path: a table's directory, or a plain file (then its one file is
named ``""``). Its **state** is what counts of it for whatever reads it: histories, locks and what
CASA writes differently each time are left out. Two trees of the same state give the same results.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, NewType

from blake3 import blake3

Digest = NewType("Digest", str)
"""BLAKE3 of bytes, 64 hexadecimal digits."""

StateId = NewType("StateId", str)
"""What counts of a tree, 64 hexadecimal digits, or `ABSENT`."""

Key = NewType("Key", str)
"""What a step's outcome depends on, 64 hexadecimal digits."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ABSENT: Final = StateId("absent")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a tree.

    Attributes
    ----------
    blob : Digest
        Of its bytes.
    size : int
        In bytes.
    mode : int
        Permission bits.
    content : Digest or None
        What counts of it for the state: ``blob``, a digest of what a table's file means where CASA
        writes the same thing in different bytes, or None if nothing of it counts.
    """

    blob: Digest
    size: int
    mode: int
    content: Digest | None


@dataclass(frozen=True)
class Tree:
    """What stands at one path.

    Attributes
    ----------
    files : mapping
        Path below the tree, with ``/``, to file; a plain file is its own only file, ``""``.
    directories : tuple of str
        All directories below the tree, sorted; empty ones have to come back as well.
    links : mapping
        Symbolic links: path below the tree to target.
    """

    files: Mapping[str, File]
    directories: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file."""
        return "" in self.files

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(each.size for each in self.files.values())

    @cached_property
    def state(self) -> StateId:
        """What counts of it."""
        hasher = blake3()
        for name, each in sorted(self.files.items()):
            if each.content is not None:
                hasher.update(f"f{name}\0{each.content}\0".encode(errors="surrogateescape"))
        for name, target in sorted(self.links.items()):
            hasher.update(f"l{name}\0{target}\0".encode(errors="surrogateescape"))
        return StateId(hasher.hexdigest())


def state_of(tree: Tree | None) -> StateId:
    """Return a tree's state; what is not there has one, too."""
    return ABSENT if tree is None else tree.state


class Use(StrEnum):
    """What a task does with a path that it is given."""

    READ = "read"
    """It reads what is there."""
    WRITE = "write"
    """It makes it anew, whatever was there."""
    CREATE = "create"
    """It makes it, and refuses if something is there."""
    UPDATE = "update"
    """It changes or extends what is there, or makes it if nothing is."""

    @property
    def writes(self) -> bool:
        """Whether it is another afterwards."""
        return self is not Use.READ

    @property
    def depends(self) -> bool:
        """Whether what was there before decides what comes out."""
        return self in {Use.READ, Use.UPDATE}


@dataclass(frozen=True, slots=True)
class Touch:
    """A path that a step reads or writes.

    Attributes
    ----------
    slot : str
        The parameter that names it, with what is added to its value: ``vis``, ``gaintable[0]``,
        ``imagename``, ``vis+.flagversions``.
    path : Path
        Absolute.
    use : Use
        What the task does with it.
    family : tuple of str
        Not empty if the path is the common beginning of several trees' names, such as tclean's
        ``imagename``: the endings that they may have, ``.image``, ``.image.tt0``, ….
    """

    slot: str
    path: Path
    use: Use
    family: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A step that is asked for.

    Attributes
    ----------
    task : str
        Its name.
    parameters : mapping
        Canonical: defaults filled in, equal for equal meaning, as JSON; a path that a touch names
        is written relative to the working directory if it is below it.
    touches : tuple of Touch
        All that it reads and writes.
    versions : mapping
        Of what computes: CASA, its data, or a function's own code.
    why_not : str
        Why it cannot be memoised; empty if it can.
    """

    task: str
    parameters: Mapping[str, Json]
    touches: tuple[Touch, ...]
    versions: Mapping[str, str]
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step gives beside files.

    Attributes
    ----------
    result : object
        What it returned.
    log : tuple of str
        CASA's log lines, as they are in the log file.
    figures : tuple of bytes
        PNG pictures that it showed.
    """

    result: object = None
    log: tuple[str, ...] = ()
    figures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a step left at one path.

    Attributes
    ----------
    slot : str
        The touch's.
    ending : str
        What of a family; empty otherwise.
    tree : Digest or None
        The stored tree; None if nothing is there afterwards.
    state : StateId
        The tree's state.
    """

    slot: str
    ending: str
    tree: Digest | None
    state: StateId


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A computed step, as the store keeps it.

    Attributes
    ----------
    seconds : float
        How long it took to compute.
    result : Json
        What it returned, by `recompute.codec`.
    figures : tuple of Digest
        Blobs.
    bound : mapping
        Slot to the path that the outputs contain in writing (a virtual model's, a listing's): the
        record serves only where the same slot has the same path.
    """

    key: Key
    task: str
    parameters: Mapping[str, Json]
    versions: Mapping[str, str]
    outputs: tuple[Output, ...]
    seconds: float
    created: datetime
    result: Json = None
    log: tuple[str, ...] = ()
    figures: tuple[Digest, ...] = ()
    bound: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in whose reduction a step stands.

    Attributes
    ----------
    pipeline : str
        The script's or notebook's absolute path, or a name that its user gave.
    cell : str
        The notebook cell's id; empty in a script, which always runs from its top.
    """

    pipeline: str
    cell: str = ""


class Verdict(StrEnum):
    """What became of a step."""

    CACHED = "cached"
    COMPUTED = "computed"
    UNMEMOISED = "not memoised"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a step did to one path: its state before and after, equal if it only read it.

    Attributes
    ----------
    name : str
        The slot with the ending, ``imagename.image``.
    path : str
        Absolute.
    size : int
        Bytes that are there afterwards.
    """

    name: str
    path: str
    use: Use
    before: StateId
    after: StateId
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One execution of a task, as the history of a pipeline has it.

    Attributes
    ----------
    run : str
        The run's id; a script's execution, or a kernel's life.
    number : int
        Counted from 1 within the run.
    execution : str
        Which execution of its place it belongs to.
    seconds : float
        How long it took this time.
    cost : float
        How long it took to compute; ``cost - seconds`` was saved.
    stored : int
        Bytes that the store took on for it.
    why : str
        Why it was not memoised, or failed; empty otherwise.
    """

    run: str
    number: int
    place: Place
    execution: str
    task: str
    key: Key
    parameters: Mapping[str, Json]
    versions: Mapping[str, str]
    changes: tuple[Change, ...]
    verdict: Verdict
    started: datetime
    seconds: float
    cost: float
    stored: int = 0
    why: str = ""
