"""What groups of files mean, remembered by the bytes that it was read from."""

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.content.fits import fits
from recompute.content.memory import Meaning
from recompute.content.reading import ChangedError, bytes_of
from recompute.content.rules import Group, Plan, Reading
from recompute.content.tables import Tables, cells, keywords
from recompute.model import Digest

_BYTES: Final = Meaning(Digest(""))
"""Of a group whose bytes count."""

_MODEL_ABROAD: Final = re.compile(r"(/.*/)FT_MODEL\d+_[^/]+")

_SAVED: Final = re.compile(rb"( : Flags autosave on )\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", re.MULTILINE)

_UNREADABLE: Final = (RuntimeError, ValueError, TypeError, KeyError, ImportError, OSError)
"""What casacore, and reading what is no table or no FITS file, raise."""

Contents = dict[str, Digest | None]

Abroad = Callable[[str], str]
"""Tells the state of what is at a path outside the tree."""


def contents(
    top: Path,
    plan: Plan,
    blobs: Mapping[str, Digest],
    meanings: dict[str, Meaning],
    abroad: Abroad,
) -> Contents:
    """Return what counts of each file of a tree.

    Parameters
    ----------
    top : Path
        The tree.
    plan : Plan
        How its files count.
    blobs : mapping
        Its files, with the digests of their bytes.
    meanings : dict
        What is remembered; what is used is kept, what is read is added, anything else removed.
    abroad : callable
        Tells the state of a virtual model that is named and lies outside the tree.

    Raises
    ------
    ChangedError
        A file went away meanwhile.
    """
    counted: Contents = {**blobs, **dict.fromkeys(plan.nothing)}
    used: dict[str, Meaning] = {}
    with Tables() as tables:
        for group in plan.groups:
            models = {model: _of_model(model, counted) for model in group.models}
            key = _key(top, group, blobs, models)
            meaning = meanings.get(key)
            if meaning is None:
                meaning = _read(top, group, models, tables)
            used[key] = meaning
            _count(counted, group, _whole(meaning, abroad))
    meanings.clear()
    meanings.update(used)
    return counted


def learn(
    top: Path,
    plan: Plan,
    blobs: Mapping[str, Digest],
    known: Contents,
    meanings: dict[str, Meaning],
) -> None:
    """Note what the groups of a tree mean, given what is known to count of each of its files."""
    for group in plan.groups:
        content, blob = known[group.files[0]], blobs[group.files[0]]
        # What is part of a virtual model, or may name one, is read again: it is only known what
        # they count for together.
        if content is not None and (top / group.table).name != "SOURCE":
            meaning = _BYTES if content == blob else Meaning(content)
            meanings[_key(top, group, blobs, {})] = meaning


def _whole(meaning: Meaning, abroad: Abroad) -> Digest:
    """Return the digest of a meaning together with that of the models abroad."""
    if not meaning.abroad:
        return meaning.digest
    states = "\0".join([meaning.digest, *map(abroad, meaning.abroad)])
    return Digest(blake3(states.encode(errors="surrogateescape")).hexdigest())


def _count(counted: Contents, group: Group, meaning: Digest) -> None:
    """Let a group's meaning stand for its files, and for the models that are part of it."""
    if not meaning:
        return
    counted.update(dict.fromkeys(group.files, meaning))
    inside = [name for name in counted if name.startswith(group.models)] if group.models else []
    counted.update(dict.fromkeys(inside))


def _key(top: Path, group: Group, blobs: Mapping[str, Digest], models: Mapping[str, Digest]) -> str:
    """Return under which name a meaning is remembered: all that it depends on."""
    parts = [group.reading, _casacore(), *(f"{name}\0{blobs[name]}" for name in group.needs)]
    if group.models:
        parts += [os.fspath(top), *(f"{name}\0{models[name]}" for name in group.models)]
    return blake3("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _of_model(directory: str, counted: Contents) -> Digest:
    """Return what counts of all that is in a directory."""
    hasher = blake3()
    for name, content in sorted(counted.items()):
        if content is not None and name.startswith(directory):
            below = name[len(directory) :]
            hasher.update(f"{below}\0{content}\0".encode(errors="surrogateescape"))
    return Digest(hasher.hexdigest())


def _read(top: Path, group: Group, models: Mapping[str, Digest], tables: Tables) -> Meaning:
    """Return what a group means; never less strict than bytes: what cannot be read has no meaning.

    Raises
    ------
    ChangedError
        A file went away meanwhile.
    """
    try:
        return _meaning(top, group, models, tables)
    except ChangedError:
        raise
    except _UNREADABLE:
        return _BYTES


def _meaning(top: Path, group: Group, models: Mapping[str, Digest], tables: Tables) -> Meaning:
    """Read a group by its rule."""
    directory = top / group.table
    match group.reading:
        case Reading.KEYWORDS:
            return _meant(keywords(directory, tables))
        case Reading.PLAIN:
            return _meant(fits(top))
        case Reading.FLAG_LIST:
            saved = _SAVED.sub(rb"\1", bytes_of(top / group.files[0]))
            return _meant(Digest(blake3(saved).hexdigest()))
        case Reading.CELLS:
            names = _Names(top, models)
            found = cells(directory, group.numbers, names.meant, tables)
            # A model that no cell names counts as well.
            every = " ".join([found, *sorted(models.values())])
            return Meaning(Digest(blake3(every.encode()).hexdigest()), tuple(names.abroad))


def _meant(digest: Digest | None) -> Meaning:
    """Return a meaning that needs nothing else."""
    return _BYTES if digest is None else Meaning(digest)


class _Names:
    """Gives what names of virtual models mean.

    One that lies in the tree is named by its content. One abroad, as in the output of mstransform
    for an MS with a model, is named by its place and a number, and what is there is asked for each
    time: its content may change while the tree that names it stays as it is.
    """

    def __init__(self, top: Path, models: Mapping[str, Digest]) -> None:
        self._own = {os.fspath(top / name): content for name, content in models.items()}
        self.abroad: list[str] = []

    def meant(self, text: str) -> str:
        if text in self._own:
            return f"model {self._own[text]}"
        found = _MODEL_ABROAD.fullmatch(text)
        if found is None:
            return text
        if text not in self.abroad:
            self.abroad.append(text)
        return f"model {self.abroad.index(text)} in {found[1]}"


@cache
def _casacore() -> str:
    """Return which python-casacore reads tables; without one, bytes count."""
    try:
        return version("python-casacore")
    except PackageNotFoundError:
        return "none"
