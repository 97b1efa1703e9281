"""The machine, or the container, that CASA runs in."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from casa_kernel.doctor.check import Check, bad, note, ok

# Without them the import of casatools crashes, and the log cannot be streamed.
_NEEDED: Final = ("/proc/self/fd", "/dev/fd", "/dev/null", "/dev/urandom")
_MEMORY_INFO: Final = Path("/proc/meminfo")
_GROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_SCARCE: Final = 2 << 30  # bytes; CASA itself takes 0.3 GiB, an image of 4096 pixels squared 1.5


def check_system() -> Check:
    """Tell whether the kernel's own filesystems are there."""
    missing = [path for path in _NEEDED if not Path(path).exists()]
    if missing:
        return bad(
            "system", f"{', '.join(missing)} is missing: mount /proc and /dev in the container."
        )
    return ok("system", "/proc and /dev are mounted.")


def available_memory(information: str) -> int:
    """Return the bytes that can be had, from the text of /proc/meminfo."""
    lines = dict(line.split(":", 1) for line in information.splitlines() if ":" in line)
    return int(lines["MemAvailable"].split()[0]) << 10


def check_memory(available: int, limit: int | None) -> Check:
    """Tell how much memory a task can have.

    Parameters
    ----------
    available : int
        Bytes that the machine can give.
    limit : int or None
        Bytes that the container may use.
    """
    usable = available if limit is None else min(available, limit)
    said = f"{usable / (1 << 30):.1f} GiB of memory can be used"
    if usable < _SCARCE:
        return note("memory", f"{said}: large images end with the kernel being killed.")
    return ok("memory", f"{said}.")


def check_threads(chosen: str | None, processors: int) -> Check:
    """Tell how many threads OpenMP takes.

    Parameters
    ----------
    chosen : str or None
        ``$OMP_NUM_THREADS``.
    processors : int
        Those that this process may use.
    """
    if chosen is None:
        return ok("threads", "OpenMP gets one thread; more: set OMP_NUM_THREADS before the start.")
    if chosen.isdigit() and 0 < int(chosen) <= processors:
        return ok("threads", f"OMP_NUM_THREADS={chosen}, on {processors} processors.")
    return note(
        "threads",
        f"OMP_NUM_THREADS={chosen} is no number of this machine's {processors} processors: waiting "
        "threads make tasks many times slower. Unset it, or set 1.",
    )


def memory_limit(text: str) -> int | None:
    """Return a control group's limit in bytes, None if it is ``max``."""
    return int(text) if text.strip().isdigit() else None


def examine_machine() -> Iterator[Check]:
    """Yield what is to be said about the machine."""
    yield check_system()
    if _MEMORY_INFO.exists():
        limit = memory_limit(_GROUP_LIMIT.read_text()) if _GROUP_LIMIT.exists() else None
        yield check_memory(available_memory(_MEMORY_INFO.read_text()), limit)
    yield check_threads(os.environ.get("OMP_NUM_THREADS"), len(os.sched_getaffinity(0)))
