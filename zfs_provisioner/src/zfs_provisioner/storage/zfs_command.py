"""The commands `zfs` and `zpool`: how they are run, what they are asked, and how answers are read.

Which error it was is never read from a message: messages change between versions. Whoever gets an
error looks at the state. A filesystem exists, is absent, or its presence is unknown; whoever gets
the third answer changes nothing.

No question here opens a snapshot that has clones: ZFS would enumerate all of them (in 2.3, a
second at 4,000 clones). Names of snapshots are listed without opening them.
"""

import os
import subprocess
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final

TIMEOUT: Final = 120.0  # seconds; a pool that answers later than this is not healthy

Properties = Mapping[str, str]


class Presence(Enum):
    """Whether a filesystem is there."""

    EXISTS = "exists"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why ZFS refused, as far as an errno or the clock says; a command says only that it did."""

    FULL = "full"
    QUOTA = "quota"
    TIMEOUT = "timeout"
    OTHER = "other"


class ZfsError(Exception):
    """ZFS did not do, or may not have done, what it was told; the caller looks at the state."""

    def __init__(self, reason: Reason, what: str, answer: str, filesystem: str = "") -> None:
        super().__init__(f"{what}: {answer}")
        self.reason, self.what, self.answer = reason, what, answer
        self.filesystem = filesystem


def run(program: str, *arguments: str, given: str = "", about: str | None = None) -> str:
    """Run a command of ZFS and return its output.

    Parameters
    ----------
    given
        What it reads from its standard input.
    about
        The filesystem or snapshot that it is about; without it, the last argument names that.

    Raises
    ------
    ZfsError
        It failed, or gave no answer in time; it may still have had its effect.
    """
    subject = about or "".join(arguments[-1:])
    what = " ".join((program, *arguments[:1], subject))
    about = subject.partition("@")[0]
    try:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        raise ZfsError(Reason.OTHER, what, str(error), about) from error
    try:
        output, message = process.communicate(given or None, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as error:
        # It is not waited for: on a suspended pool it cannot die.
        process.kill()
        raise ZfsError(Reason.TIMEOUT, what, f"no answer in {TIMEOUT:g} s", about) from error
    if process.returncode:
        raise ZfsError(Reason.OTHER, what, message.strip(), about)
    return output


def presence(filesystem: str) -> Presence:
    """Tell whether a filesystem is there.

    A command that fails does not say why in a way that can be trusted: absent is only what is not
    among the children of its parent, or whose parent is absent.
    """
    try:
        found = run("zfs", "list", "-H", "-o", "name", "-t", "filesystem", filesystem)
    except ZfsError as error:
        if error.reason is Reason.TIMEOUT:
            return Presence.UNKNOWN
    else:
        return Presence.EXISTS if found == f"{filesystem}\n" else Presence.UNKNOWN
    parent = filesystem.rpartition("/")[0]
    try:
        known = filesystems(parent, depth=1) if parent else pools()
    except ZfsError:
        absent = parent and presence(parent) is Presence.ABSENT
        return Presence.ABSENT if absent else Presence.UNKNOWN
    return Presence.UNKNOWN if filesystem in known else Presence.ABSENT


def values(name: str, *properties: str) -> list[str]:
    """Return native properties of a filesystem or snapshot, in the order asked for."""
    found = run("zfs", "get", "-Hp", "-o", "value", ",".join(properties), name).splitlines()
    if len(found) != len(properties):
        raise ZfsError(Reason.OTHER, f"zfs get {name}", f"unexpected answer {found!r}", name)
    return found


def number(name: str, property_name: str) -> int:
    """Return a property that is a number of bytes, or a guid."""
    return numbers(name, property_name)[0]


def numbers(name: str, *properties: str) -> list[int]:
    """Return properties that are numbers, in the order asked for."""
    texts = values(name, *properties)
    for each, text in zip(properties, texts, strict=True):
        if not text.isdecimal():
            what = f"{each} is {text[:100]!r}, no number"
            raise ZfsError(Reason.OTHER, f"zfs get {name}", what, name)
    return [int(text) for text in texts]


def local_properties(filesystem: str, names: str, *, depth: int) -> dict[str, dict[str, str]]:
    """Return the locally set properties of a filesystem and those `depth` levels below it.

    A filesystem that has none is left out; inherited and received values do not count.
    """
    output = run(
        "zfs", "get", "-Hp", "-d", str(depth), "-t", "filesystem", "-s", "local",
        "-o", "name,property,value", names, filesystem,
    )  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for name, key, value in rows(output, 3):
        found.setdefault(name, {})[key] = value
    return found


def filesystems(below: str, *, depth: int) -> list[str]:
    """Return the names of the filesystem and those `depth` levels below it."""
    output = run(
        "zfs", "list", "-H", "-o", "name", "-s", "name", "-t", "filesystem", "-d", str(depth), below
    )
    found = output.splitlines()
    if below not in found:
        # The filesystem itself is always in the answer; without it this is no answer.
        raise ZfsError(Reason.OTHER, f"zfs list {below}", f"unexpected answer {output[:200]!r}")
    return found


def pools() -> list[str]:
    """Return the names of the imported pools."""
    return run("zpool", "list", "-H", "-o", "name").splitlines()


def snapshots(filesystem: str, *, depth: int = 1) -> list[str]:
    """Return the full names of a filesystem's snapshots, with depth 1 its own."""
    output = run(
        "zfs", "list", "-H", "-o", "name", "-s", "name", "-t", "snapshot", "-d", str(depth),
        filesystem,
    )  # fmt: skip
    found = output.splitlines()
    if not all(each.startswith(filesystem) and "@" in each for each in found):
        # Taken for names that are not ours, it would read as that there are no snapshots.
        raise ZfsError(
            Reason.OTHER, f"zfs list {filesystem}", f"unexpected answer {output[:200]!r}"
        )
    return found


def sync(pool: str) -> None:
    """Put everything written to the pool on disk, so that `written` counts it."""
    run("zpool", "sync", pool)


def version() -> str:
    """Return the version of the loaded module, such as `2.3.2-2~bpo12+2`."""
    for line in run("zfs", "version").splitlines():
        if line.startswith("zfs-kmod-"):
            return line.removeprefix("zfs-kmod-").strip()
    raise ZfsError(Reason.OTHER, "zfs version", "no kernel module in the answer")


def rows(output: str, columns: int) -> list[list[str]]:
    """Split tab-separated lines; a value may hold spaces, and ours hold no tab."""
    # Not `splitlines`, which splits at characters that a value may hold.
    found = [line.split("\t", columns - 1) for line in output.split("\n") if line]
    if any(len(row) != columns for row in found):
        raise ZfsError(Reason.OTHER, "reading a list", f"not {columns} columns: {output[:200]!r}")
    return found
