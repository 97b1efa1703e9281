"""The commands `zfs` and `zpool`: how they are run, what they are asked, and how answers are read.

Which error it was is never read from a message where the state can be looked at instead: messages
change between versions. A filesystem exists, is absent, or its presence is unknown; whoever gets
the third answer changes nothing.

No question here opens a snapshot that has clones: ZFS would enumerate all of them (in 2.3, a
second at 4,000 clones). Names of snapshots are listed without opening them.
"""

import errno
import functools
import os
import subprocess
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from typing import Final, ParamSpec, TypeVar

from zfs_provisioner.errors import ProvisionerError, StorageDamagedError, StorageFullError

_TIMEOUT: Final = 120.0  # seconds; a pool that answers later than this is not healthy

Properties = Mapping[str, str]
P = ParamSpec("P")
T = TypeVar("T")


class Presence(Enum):
    """Whether a filesystem is there."""

    EXISTS = "exists"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why ZFS refused, as far as it matters."""

    FULL = "full"
    BUSY = "busy"
    TIMEOUT = "timeout"
    OTHER = "other"


class ZfsError(Exception):
    """ZFS did not do, or may not have done, what it was told; the caller looks at the state."""

    def __init__(self, reason: Reason, what: str, answer: str) -> None:
        super().__init__(f"{what}: {answer}")
        self.reason, self.what, self.answer = reason, what, answer

    def for_people(self) -> ProvisionerError:
        """Return the error that the storage's caller gets when nothing was changed."""
        if self.reason is Reason.FULL:
            return StorageFullError(
                f"The pool is full ({self.what}: {self.answer}). Nothing was changed. Free space "
                "in the pool, or add a disk to it."
            )
        return StorageDamagedError(
            f"ZFS did not do what it was told ({self.what}: {self.answer}). `zpool status -x` "
            "says whether the pool is healthy; repeat the request when it is."
        )


def explained(verb: Callable[P, T]) -> Callable[P, T]:
    """Let a verb raise the storage's errors instead of those of ZFS and of a full filesystem."""

    @functools.wraps(verb)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return verb(*args, **kwargs)
        except ZfsError as error:
            raise error.for_people() from error
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise ZfsError(Reason.FULL, "writing files", str(error)).for_people() from error

    return wrapper


def run(program: str, *arguments: str) -> str:
    """Run a command of ZFS and return its output, or raise ZfsError."""
    what = " ".join((program, *arguments[:1], *arguments[-1:]))
    process = subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        output, message = process.communicate(timeout=_TIMEOUT)
    except subprocess.TimeoutExpired as error:
        # It is not waited for: on a suspended pool it cannot die.
        process.kill()
        raise ZfsError(Reason.TIMEOUT, what, f"no answer in {_TIMEOUT:.0f} s") from error
    if process.returncode:
        raise ZfsError(_reason(message), what, message.strip())
    return output


def _reason(message: str) -> Reason:
    if any(text in message for text in ("out of space", "No space left", "quota exceeded")):
        return Reason.FULL
    return Reason.BUSY if "busy" in message else Reason.OTHER


def presence(filesystem: str) -> Presence:
    """Tell whether a filesystem is there."""
    try:
        run("zfs", "list", "-H", "-o", "name", "-t", "filesystem", filesystem)
    except ZfsError as error:
        absent = error.reason is Reason.OTHER and "does not exist" in error.answer
        return Presence.ABSENT if absent else Presence.UNKNOWN
    return Presence.EXISTS


def values(filesystem: str, *properties: str) -> list[str]:
    """Return a filesystem's own values of native properties, in the order asked for."""
    found = run("zfs", "get", "-Hp", "-o", "value", ",".join(properties), filesystem).splitlines()
    if len(found) != len(properties):
        raise ZfsError(Reason.OTHER, f"zfs get {filesystem}", f"unexpected answer {found!r}")
    return found


def number(filesystem: str, name: str) -> int:
    """Return a property that is a number of bytes, or a guid."""
    (text,) = values(filesystem, name)
    if not text.isdecimal():
        raise ZfsError(Reason.OTHER, f"zfs get {filesystem}", f"{name} is {text!r}, no number")
    return int(text)


def local_properties(filesystem: str, names: str, *, depth: int) -> dict[str, dict[str, str]]:
    """Return the locally set properties of a filesystem and those `depth` levels below it.

    A filesystem that has none is left out; inherited and received values do not count.
    """
    output = run(
        "zfs", "get", "-Hp", "-d", str(depth), "-t", "filesystem", "-s", "local",
        "-o", "name,property,value", names, filesystem,
    )  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for name, key, value in _rows(output, 3):
        found.setdefault(name, {})[key] = value
    return found


def filesystems(below: str, *, depth: int) -> list[str]:
    """Return the names of the filesystem and those `depth` levels below it."""
    output = run(
        "zfs", "list", "-H", "-o", "name", "-s", "name", "-t", "filesystem", "-d", str(depth), below
    )
    return output.splitlines()


def snapshots(filesystem: str, *, depth: int = 1) -> list[str]:
    """Return the full names of a filesystem's snapshots, with depth 1 its own."""
    output = run(
        "zfs", "list", "-H", "-o", "name", "-s", "name", "-t", "snapshot", "-d", str(depth),
        filesystem,
    )  # fmt: skip
    return output.splitlines()


def sync(pool: str) -> None:
    """Put everything written to the pool on disk, so that `written` counts it."""
    run("zpool", "sync", pool)


def _rows(output: str, columns: int) -> list[list[str]]:
    """Split tab-separated lines; a value may hold spaces, and ours hold no tab."""
    rows = [line.split("\t", columns - 1) for line in output.splitlines()]
    if any(len(row) != columns for row in rows):
        raise ZfsError(Reason.OTHER, "reading a list", f"not {columns} columns: {output[:200]!r}")
    return rows
