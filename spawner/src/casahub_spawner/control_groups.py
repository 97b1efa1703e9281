"""Limits of a session by control groups of this machine, of version 1 or 2, where it lets us.

They need root, or a group that is delegated to the hub's account (version 2, `Delegate=yes` in a
unit of systemd). Without, nothing limits a session: a limit on its address space, which is what
else there is, would break programs that map large tables and never touch most of them.
"""

import asyncio
import errno
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_BUSY: Final = 0.1  # seconds between two tries to remove a group
_PERIOD: Final = 100_000  # microseconds in which processor time is counted: the kernel's default
_SWAP: Final = ("memory.swap.max", "memory.memsw.limit_in_bytes")  # if the kernel counts swap
_OOM: Final = ("memory.events", "memory.oom_control")  # of version 2, of version 1
_FULL: Final = "memory.failcnt"  # of version 1: how often the limit was reached


class NoLimitsError(Exception):
    """The machine does not let us limit; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a session may use: processors, and bytes of memory; None and 0 mean all."""

    cpus: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return bool(self.cpus or self.memory)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where the kernel shows control groups, and the files of a group there that hold limits."""

    root: Path
    files: Mapping[str, str]
    unified: bool


def hierarchies(limits: Limits, mounts: Iterable[tuple[str, Path, str]]) -> list[Hierarchy]:
    """Return what has to be written where, on a machine with these mounts.

    Parameters
    ----------
    limits
        What the group may use.
    mounts
        Type, place and options of each mounted filesystem.

    Raises
    ------
    NoLimitsError
        Nothing here limits what has to be limited.
    """
    wanted = {name: files for name, files in _separate(limits).items() if files}
    found, unified = [], None
    for kind, root, options in mounts:
        names = wanted.keys() & set(options.split(","))
        if kind == "cgroup" and names:
            files = {key: value for name in names for key, value in wanted.pop(name).items()}
            found.append(Hierarchy(root, files, unified=False))
        elif kind == "cgroup2":
            unified = root
    if wanted and unified:
        controllers = (unified / "cgroup.controllers").read_text().split()
        if wanted.keys() <= set(controllers):
            files = {key: value for name in wanted for key, value in _unified(limits)[name].items()}
            found.append(Hierarchy(unified, files, unified=True))
            wanted = {}
    if wanted:
        raise NoLimitsError(f"the kernel has no control group of {' and '.join(sorted(wanted))}")
    return found


def _separate(limits: Limits) -> dict[str, dict[str, str]]:
    """Return the files of version 1; their order is one in which they can be written."""
    memory, cpus = limits.memory, limits.cpus
    return {
        # The second one means memory and swap together.
        "memory": {"memory.limit_in_bytes": str(memory), "memory.memsw.limit_in_bytes": str(memory)}
        if memory
        else {},
        "cpu": {"cpu.cfs_period_us": str(_PERIOD), "cpu.cfs_quota_us": str(round(cpus * _PERIOD))}
        if cpus
        else {},
    }


def _unified(limits: Limits) -> dict[str, dict[str, str]]:
    """Return the files of version 2."""
    memory, cpus = limits.memory, limits.cpus
    return {
        "memory": {"memory.max": str(memory), "memory.swap.max": "0"} if memory else {},
        "cpu": {"cpu.max": f"{round(cpus * _PERIOD)} {_PERIOD}"} if cpus else {},
    }


def make_groups(parent: str, name: str, limits: Limits) -> list[Path]:
    """Make a group with these limits in each hierarchy that has some; return their directories.

    Raises
    ------
    NoLimitsError
        Nothing is left behind then.
    """
    made: list[Path] = []
    try:
        for each in hierarchies(limits, mounted()):
            group = each.root / parent.strip("/") / name
            group.parent.mkdir(exist_ok=True)
            if each.unified:
                _enable(each.root, group.parent, {file.partition(".")[0] for file in each.files})
            group.mkdir()
            made.append(group)
            _write(group, each.files)
    except OSError as error:
        remove_groups(made)
        raise NoLimitsError(f"{error.strerror}: {error.filename}") from error
    return made


def mounted() -> list[tuple[str, Path, str]]:
    """Return type, place and options of each mounted filesystem."""
    mounts = psutil.disk_partitions(all=True)
    return [(each.fstype, Path(each.mountpoint), each.opts) for each in mounts]


def _enable(root: Path, parent: Path, controllers: set[str]) -> None:
    """Let groups below `parent` have limits: in version 2, each group above must say so."""
    words = " ".join(f"+{each}" for each in sorted(controllers))
    above = [*reversed(parent.parents), parent]
    for group in above[above.index(root) :]:
        control = group / "cgroup.subtree_control"
        # One that is delegated to us has it from above, where we may not write.
        if not controllers <= set(control.read_text().split()):
            control.write_text(words)


def _write(group: Path, files: Mapping[str, str]) -> None:
    for file, value in files.items():
        if file not in _SWAP or (group / file).exists():
            (group / file).write_text(value)


def processes_in(groups: Iterable[Path]) -> set[int]:
    """Return the processes of these groups."""
    lines = [(group / "cgroup.procs").read_text() for group in groups]
    return {int(number) for line in lines for number in line.split()}


def remove_groups(groups: Iterable[Path]) -> None:
    """Remove groups in which no process is left; one that is gone already is fine."""
    for group in groups:
        if group.exists():
            group.rmdir()


async def remove_groups_when_free(groups: Iterable[Path]) -> None:
    """Remove groups as soon as the kernel lets go of them, which it tells nobody.

    It keeps one busy for a moment after the last process ended, longer when memory ran out.
    """
    for group in groups:
        while True:
            try:
                remove_groups([group])
                break
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
            await asyncio.sleep(_BUSY)


def groups_named(parent: str, name: str) -> list[Path]:
    """Return the groups that `make_groups` made, also those of an earlier hub."""
    places = [root / parent.strip("/") / name for kind, root, _ in mounted() if "cgroup" in kind]
    return [each for each in places if each.is_dir()]


def memory_trouble(groups: Collection[Path]) -> str:
    """Return what was wrong with the memory of these groups and what to do; empty if nothing.

    A group at its limit need not lose a process: the kernel may take its programs' code from memory
    and read it again from the disk, over and over, so that they get nowhere.
    """
    counts: Counter[str] = Counter()
    for file in (group / name for group in groups for name in _OOM):
        if file.exists():
            lines = (line.split() for line in file.read_text().splitlines())
            counts.update({name: int(number) for name, number in lines})
    if counts["oom_kill"]:
        return "out of memory: choose a larger size"
    full = [group / _FULL for group in groups if (group / _FULL).exists()]
    if counts["max"] or any(int(file.read_text()) for file in full):
        return "it used all the memory of its size: a larger one may help"
    return ""
