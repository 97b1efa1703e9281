"""Which files of a tree count for its state, and how; from their names alone.

Found by doing the same with CASA 6.7 twice and comparing every file (see the tests). Left out is
only what no task's result depends on; when in doubt, bytes count.

=========================  ======================================================================
`HISTORY`, `logtable`      when it was done; nobody computes with it
`table.lock`               who had it open
`table.f<N>i`, `.f<N>`     strings and arrays of StandardStMan and IncrementalStMan lie in the first
                           with uninitialised bytes between them, their offsets in the second: what
                           counts is the cells. Where there is no second, the first has a header
                           that changes when it is written again; tiled columns count by bytes
`table.dat`                `miscinfo.memavail` is the memory that was free when tclean began
`FT_MODEL<pid>_<n>`        a virtual model in SOURCE; its name depends on the process that made it
a FITS file                when it was written, in DATE, MEMAVAIL and before each line of HISTORY,
                           and what follows a NUL in a table's string
`FLAG_VERSION_LIST`        when flags were saved automatically, in the comment
=========================  ======================================================================
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

_HISTORIES: Final = {"HISTORY", "logtable"}

_DIRECT: Final = re.compile(r"table\.f(\d+)")

_INDIRECT: Final = re.compile(r"table\.f(\d+)i")

_TILED: Final = re.compile(r"table\.f(\d+)_TSM\d+")

_MODEL: Final = re.compile(r"FT_MODEL\d+_.+")

_FLAG_LIST: Final = "FLAG_VERSION_LIST"


class Reading(StrEnum):
    """How files are read for what they mean; the value is part of what is remembered."""

    KEYWORDS = "keywords 1"
    CELLS = "cells 1"
    PLAIN = "plain 1"
    """A file that is no table's: FITS or not."""
    FLAG_LIST = "flag list 1"


@dataclass(frozen=True, slots=True)
class Group:
    """Files that count together for one meaning.

    Attributes
    ----------
    reading : Reading
        How.
    table : str
        The table's directory below the tree, with a slash at its end unless it is empty.
    files : tuple of str
        Those whose content is the meaning.
    needs : tuple of str
        Those that decide the meaning; they contain ``files``.
    numbers : tuple of int
        Of the table's storage managers whose columns are meant.
    models : tuple of str
        Directories of virtual models, whose content is part of the meaning.
    """

    reading: Reading
    table: str
    files: tuple[str, ...]
    needs: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How the files of a tree count; those that are not named here count by their bytes.

    Attributes
    ----------
    nothing : frozenset of str
        Files of which nothing counts.
    groups : tuple of Group
        Those in deeper directories first.
    """

    nothing: frozenset[str]
    groups: tuple[Group, ...]


@lru_cache(maxsize=256)
def plan_for(files: frozenset[str]) -> Plan:
    """Return how the files of a tree count, given their names."""
    if "" in files:
        return Plan(frozenset(), (Group(Reading.PLAIN, "", ("",), ("",)),))
    inside = _by_directory(files)
    tables = {name for name, those in inside.items() if {"table.dat", "table.info"} <= those}
    nothing = {name for name in files if _is_nothing(name, tables)}
    groups = [
        group
        for table in sorted(tables, key=lambda name: (-name.count("/"), name))
        if f"{table}table.dat" not in nothing
        for group in _groups_of(table, inside[table], inside)
    ]
    if _FLAG_LIST in files:
        groups.append(Group(Reading.FLAG_LIST, "", (_FLAG_LIST,), (_FLAG_LIST,)))
    return Plan(frozenset(nothing), tuple(groups))


def _by_directory(files: Iterable[str]) -> dict[str, set[str]]:
    """Return directories, each with a slash at its end, to the names of the files in them."""
    inside: dict[str, set[str]] = {}
    for name in files:
        directory, slash, last = name.rpartition("/")
        inside.setdefault(directory + slash, set()).add(last)
    return inside


def _is_nothing(name: str, tables: Collection[str]) -> bool:
    """Whether nothing of a file counts: a table's lock, or anything of its history."""
    parts = name.split("/")
    above = ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts))]
    if parts[-1] == "table.lock" and above[-1] in tables:
        return True
    return any(
        part in _HISTORIES and above[depth] in tables and above[depth + 1] in tables
        for depth, part in enumerate(parts[:-1])
    )


def _groups_of(table: str, names: set[str], inside: Iterable[str]) -> list[Group]:
    """Return the groups of one table."""
    dat = f"{table}table.dat"
    groups = [Group(Reading.KEYWORDS, table, (dat,), (dat,))]
    indirect = [number for number in _numbers(_INDIRECT, names) if f"table.f{number}" in names]
    tiled = _numbers(_TILED, names)
    direct = [each for each in _numbers(_DIRECT, names) if each not in {*indirect, *tiled}]
    together = indirect if tiled else sorted([*indirect, *direct])
    if together:
        ends = {number: ("", "i") if number in indirect else ("",) for number in together}
        files = tuple(f"{table}table.f{number}{end}" for number in together for end in ends[number])
        models = _models_of(table, inside)
        groups.append(Group(Reading.CELLS, table, files, (dat, *files), tuple(together), models))
    # A table with tiled columns is large, and a task changes few of the others.
    for number in direct if tiled else ():
        file = f"{table}table.f{number}"
        groups.append(Group(Reading.CELLS, table, (file,), (dat, file), (number,)))
    return groups


def _numbers(pattern: re.Pattern[str], names: Iterable[str]) -> list[int]:
    """Return the numbers of the storage managers that have a file of some kind."""
    return sorted({int(found[1]) for found in map(pattern.fullmatch, names) if found})


def _models_of(table: str, inside: Iterable[str]) -> tuple[str, ...]:
    """Return the directories of the virtual models that lie in a table."""
    below = {name[len(table) :].split("/")[0] for name in inside if name.startswith(table)}
    return tuple(sorted(f"{table}{name}/" for name in below if _MODEL.fullmatch(name)))
