"""Sessions in Apptainer as the machine sees them: processes, mounts, control groups."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import psutil

_GROUPS = Path("/sys/fs/cgroup")


def marked(state: Path) -> list[psutil.Process]:
    """Return the processes that carry the marks of a site's sessions."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("CASAHUB_SITE") == str(state):
                found.append(process)
    return found


def of_session(state: Path, owner: str, session: str) -> list[psutil.Process]:
    """Return the processes of one session."""
    found = []
    for process in marked(state):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            marks = process.environ()
            if (marks["CASAHUB_OWNER"], marks["CASAHUB_SESSION"]) == (owner, session):
                found.append(process)
    return found


def groups() -> list[Path]:
    """Return the control groups of all sessions."""
    return [each for each in _GROUPS.glob("*/casahub/*") if each.is_dir()] + [
        each for each in _GROUPS.glob("casahub/*") if each.is_dir()
    ]


def mounts(state: Path) -> list[str]:
    """Return what is mounted below a site's state for all of the machine to see."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line for line in lines if str(state) in line or "apptainer/mnt/session" in line]


def left_behind(state: Path) -> list[str]:
    """Return what should have ended with the sessions."""
    processes = [f"{each.pid} {each.name()}" for each in marked(state)]
    return [*processes, *map(str, filter(_is_forgotten, groups())), *mounts(state)]


def _is_forgotten(group: Path) -> bool:
    """Tell a control group that nobody removed from one that the kernel does not let go of.

    It was seen to keep the group of a session that was out of memory, without any process, for as
    long as the lab lived.
    """
    try:
        group.rmdir()
    except OSError as error:
        return error.errno != errno.EBUSY or bool((group / "cgroup.procs").read_text())
    return True


def command_lines() -> Iterator[str]:
    """Yield the command line of every process."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            yield "\0".join(process.cmdline())
