"""Who has directories in use that nobody should use: mounts and open files, as proc(5) shows them.

Directories are looked for by their names, which have to be as unlike as hashes: in a container the
rest of a path is another one. What other accounts do, is seen only by root.
"""

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from zfs_provisioner.storage.mountinfo import mounts

_PROC: Final = Path("/proc")
_SELF: Final = "self"


def mounted_in(directory: Path) -> list[str]:
    """Return the mountpoints in and below a directory, as far as this process sees them."""
    inside = f"{directory.resolve()}/"
    here = mounts(_PROC / _SELF)
    return [each.place for each in here if f"{each.place}/".startswith(inside)]


def mounts_of(names: Collection[str]) -> dict[str, list[str]]:
    """Return sentences on mounts in and of directories of these names, as this process sees them.

    That costs one read, whatever the number of names.
    """
    return _by_name(names, _mounted(_SELF))


def users_of(names: Collection[str]) -> dict[str, list[str]]:
    """Return sentences on all that has directories of these names mounted or open, by name.

    That looks at every process.
    """
    return _by_name(names, [*_mounted_anywhere(), *_opened()])


def _by_name(names: Collection[str], facts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    wanted, found = set(names), dict[str, list[str]]()
    for path, sentence in facts:
        for name in wanted.intersection(path.split("/")):
            found.setdefault(name, []).append(sentence)
    return found


def _mounted(process: str) -> Iterator[tuple[str, str]]:
    """Yield for each mount both its paths, to look for names in, and a sentence."""
    whose = "" if process == _SELF else f" for process {process}"
    for each in mounts(_PROC / process):
        yield f"{each.root}/{each.place}", f"{each.root} is mounted at {each.place}{whose}"


def _mounted_anywhere() -> Iterator[tuple[str, str]]:
    """Yield all mounts, those of each mount namespace once."""
    seen = set()
    for process in _processes():
        with contextlib.suppress(OSError):  # it ended, or is not ours to look at
            namespace = (_PROC / process / "ns" / "mnt").readlink()
            if namespace not in seen:
                yield from [*_mounted(process)]
                seen.add(namespace)


def _opened() -> Iterator[tuple[str, str]]:
    # Strings and no `Path`: there are tens of thousands of open files on a busy machine.
    for process in _processes():
        directory = f"{_PROC}/{process}"
        places = [f"{directory}/cwd", f"{directory}/root"]
        with contextlib.suppress(OSError):
            places += [f"{directory}/fd/{each}" for each in os.listdir(f"{directory}/fd")]  # noqa: PTH208
        for place in places:
            opened = _link(place)
            if opened:
                yield opened, f"process {process} has {opened} open"


def _link(path: str) -> str:
    """Return where a link leads, or nothing: it is gone, or not ours to look at."""
    try:
        return os.readlink(path)  # noqa: PTH115
    except OSError:
        return ""


def _processes() -> list[str]:
    return [each.name for each in _PROC.iterdir() if each.name.isdecimal()]
