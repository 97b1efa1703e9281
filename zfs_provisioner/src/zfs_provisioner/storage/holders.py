"""Who keeps a filesystem busy: what `/proc` shows of processes, here and in containers.

Nothing is started and nothing is opened. A process that `/proc` does not show, as from within a
container, is not found; whoever asks must not take "nobody" for "free".
"""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zfs_provisioner.storage.deadlines import Deadlines
from zfs_provisioner.storage.mountinfo import Mounted, mounts

_CONTAINER: Final = re.compile(r"[0-9a-f]{64}")
_SHOWN: Final = 12  # digits of a container's id, as container engines show it
_MOST: Final = 5  # sentences about one filesystem
_PATIENCE: Final = 10.0  # seconds: files on a dead network filesystem let whoever asks wait
_PROC: Final = Path("/proc")

_deadlines = Deadlines()


def mounted(below: str) -> dict[str, tuple[str, ...]]:
    """Return who has a filesystem below this one mounted, or a snapshot of it: sentences by name.

    A mount in another namespace is as good as one here: ZFS destroys nothing that is mounted.
    """
    here = _namespace(_PROC / "self")
    found: dict[str, list[str]] = {}
    for namespace, processes in _by_namespace().items():
        for each in _mounts_of(processes):
            filesystem = each.source.partition("@")[0]
            if each.kind != "zfs" or not filesystem.startswith(f"{below}/"):
                continue
            if namespace == here:
                sentence = f"it is mounted here, at {each.place}"
            else:
                more = f" and {len(processes) - 1} more" if len(processes) > 1 else ""
                sentence = (
                    f"{_description(processes[0])}{more} has it mounted at {each.place}, "
                    f"in the mount namespace {namespace}"
                )
            found.setdefault(filesystem, []).append(sentence)
    return {name: _few(sentences) for name, sentences in found.items()}


def using(place: Path) -> tuple[str, ...]:
    """Return who has a file or directory of what is mounted at a place open, in any namespace."""
    search = _Search(place)
    # What was found until then is better than nothing.
    with contextlib.suppress(TimeoutError):
        _deadlines.within(_PATIENCE, search.run)
    return _few(search.taken())


@dataclass(slots=True)
class _Search:
    """Looks at all files that all processes have open, and keeps what it found so far."""

    place: Path
    _found: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def taken(self) -> list[str]:
        with self._lock:
            return list(self._found)

    def run(self) -> None:
        device = self.place.stat().st_dev
        for each in mounts(_PROC / "self"):
            if Path(each.place) != self.place and Path(each.place).is_relative_to(self.place):
                self._add(f"{each.place} is mounted in it")
        here = _namespace(_PROC / "self")
        for process in _processes():
            if not any(has(process, device) for has in (_stands_in, _has_open, _has_mapped)):
                continue
            namespace = _namespace(process)
            where = f" in the mount namespace {namespace}" if namespace not in {here, ""} else ""
            self._add(f"{_description(process)}{where}")

    def _add(self, sentence: str) -> None:
        with self._lock:
            self._found.append(sentence)


def _stands_in(process: Path, device: int) -> bool:
    return any(_device(process / name) == device for name in ("cwd", "root", "exe"))


def _has_open(process: Path, device: int) -> bool:
    return any(_device(each) == device for each in _listed(process / "fd"))


def _has_mapped(process: Path, device: int) -> bool:
    wanted = f" {os.major(device):02x}:{os.minor(device):02x} "
    return wanted in _text(process / "maps")


def _device(link: Path) -> int | None:
    """Return the device of what a link of `/proc` leads to, whatever namespace that is in."""
    try:
        return link.stat().st_dev
    except OSError:
        return None


def _few(sentences: list[str]) -> tuple[str, ...]:
    if len(sentences) <= _MOST:
        return tuple(sentences)
    return (*sentences[:_MOST], f"and {len(sentences) - _MOST} more")


def _description(process: Path) -> str:
    """Return a process as people find it: number, program, container."""
    program = _text(process / "comm").strip() or "ended meanwhile"
    container = _CONTAINER.search(_text(process / "cgroup"))
    inside = f" in the container {container[0][:_SHOWN]}" if container else ""
    return f"process {process.name} ({program}){inside}"


def _by_namespace() -> dict[str, list[Path]]:
    """Return the processes of each mount namespace, by its number."""
    found: dict[str, list[Path]] = {}
    for process in _processes():
        namespace = _namespace(process)
        if namespace:
            found.setdefault(namespace, []).append(process)
    return found


def _mounts_of(processes: list[Path]) -> list[Mounted]:
    """Return what is mounted in the namespace of these; the first may have ended meanwhile."""
    for process in processes:
        try:
            found = mounts(process)
        except OSError:
            continue
        if found:  # of a process that is ending, it is empty
            return found
    return []


def _namespace(process: Path) -> str:
    """Return the number of a process's mount namespace; empty when it ended or is hidden."""
    try:
        return (process / "ns" / "mnt").readlink().name.strip("mnt:[]")
    except OSError:
        return ""


def _processes() -> Iterator[Path]:
    numbers = sorted(int(each.name) for each in _listed(_PROC) if each.name.isdecimal())
    return (_PROC / str(each) for each in numbers)


def _listed(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
