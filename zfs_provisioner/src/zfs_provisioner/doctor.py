"""What a machine can do for a provisioner, in sentences.

What is said of ZFS is asked of its commands and its library, never guessed from versions.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from rich.filesize import decimal

from zfs_provisioner.storage.cloning import best_cloner
from zfs_provisioner.storage.directory import filesystem_of

_PATIENCE: Final = 20.0  # seconds; a pool that does not say how it is by then is not healthy
_SYSTEM: Final = "/usr/sbin:/sbin:/usr/local/sbin"  # not in an ordinary account's PATH

Ask = Callable[[Sequence[str]], "Answer"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `needed` when nothing goes without it."""

    what: str
    good: bool
    needed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said; `status` is None when there is no such command or it hung."""

    status: int | None
    text: str


def ask(command: Sequence[str]) -> Answer:
    """Run a command that only looks."""
    program = shutil.which(command[0], path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM}")
    if program is None:
        return Answer(None, f"there is no `{command[0]}` here")
    try:
        done = subprocess.run(
            [program, *command[1:]],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return Answer(None, f"`{' '.join(command)}` did not answer within {_PATIENCE:.0f} s")
    return Answer(done.returncode, done.stdout.decode(errors="replace").strip())


def examine_directory(root: Path, setting: str = "--root") -> list[Finding]:
    """Look how workspaces would be made below a directory, which a setting names."""
    places = (root.resolve(), *root.resolve().parents)
    # Below a directory that is closed to us, `Path.exists` raises.
    place = next(path for path in places if os.access(path, os.F_OK))
    try:
        cloner = best_cloner(place)
    except OSError as error:
        sentence = f"{root} cannot be written ({error.strerror}): name another {setting}."
        return [Finding("directory", False, True, sentence)]
    kind, free = filesystem_of(place), decimal(shutil.disk_usage(place).free)
    sentence = (
        f"Below {root} workspaces are made by {cloner.method} on {kind}, at once; {free} are free."
        if cloner.shares
        else f"Below {root} workspaces are full copies, because {kind} cannot share blocks between "
        f"files ({free} are free): on btrfs, XFS or ZFS they would be instant and free."
    )
    return [Finding("directory", cloner.shares, False, sentence)]


def examine_zfs(root: str | None, ask: Ask = ask) -> list[Finding]:
    """Look at ZFS; with the filesystem that is to be the root, also at its pool and itself."""
    findings = [_version(ask, needed=root is not None), _library()]
    if root is not None and findings[0].good:
        findings += [_pool(root.split("/", maxsplit=1)[0], ask), _root(root, ask)]
    return findings


def _version(ask: Ask, *, needed: bool) -> Finding:
    answer = ask(["zfs", "version"])
    if answer.status is None:
        sentence = (
            f"ZFS is not usable here ({answer.text}): install zfsutils-linux to keep workspaces on "
            "a pool."
        )
        return Finding("zfs", False, needed, sentence)
    lines = answer.text.splitlines()
    tools = next((line for line in lines if not line.startswith("zfs-kmod-")), "zfs")
    module = next((line for line in lines if line.startswith("zfs-kmod-")), None)
    if answer.status or module is None:
        sentence = f"{tools} is installed, but its kernel module is not loaded: `modprobe zfs`."
        return Finding("zfs", False, needed, sentence)
    return Finding("zfs", True, needed, f"{tools} with the kernel module {module}.")


def _library() -> Finding:
    try:
        import_module("libzfs_core")
    except (ImportError, OSError) as error:
        sentence = (
            f"libzfs_core is not usable from this Python ({error}): with python3-pyzfs, of the "
            "same version as ZFS, workspaces are made without starting processes."
        )
        return Finding("libzfs_core", False, False, sentence)
    return Finding("libzfs_core", True, False, "libzfs_core can be used: no process per change.")


def _pool(pool: str, ask: Ask) -> Finding:
    answer = ask(["zpool", "list", "-Hp", "-o", "health,size,free", pool])
    words = answer.text.split()
    if answer.status != 0 or len(words) != 3:  # noqa: PLR2004 - the columns asked for
        sentence = f"The pool {pool} does not say how it is ({answer.text}): `zpool status {pool}`."
        return Finding("pool", False, True, sentence)
    health, size, free = words
    space = f"{decimal(int(free))} of {decimal(int(size))} are free"
    if health == "ONLINE":
        return Finding("pool", True, True, f"The pool {pool} is online; {space}.")
    # A degraded pool works, and the next disk that fails may end that.
    sentence = f"The pool {pool} is {health.lower()} ({space}): `zpool status {pool}` says why."
    return Finding("pool", False, health != "DEGRADED", sentence)


def _root(root: str, ask: Ask) -> Finding:
    answer = ask(["zfs", "get", "-Hp", "-o", "value", "guid", root])
    if answer.status != 0 or not answer.text.isdecimal():
        sentence = f"There is no filesystem {root} ({answer.text}): `zfs create {root}`."
        return Finding("root", False, True, sentence)
    return Finding("root", True, True, f"The root {root} has the guid {answer.text}.")
