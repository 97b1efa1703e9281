"""What changes the pool, by the command `zfs`: works with every ZFS."""

import json
from typing import Final, Protocol

from zfs_provisioner.storage.zfs_command import (
    Presence,
    Properties,
    Reason,
    ZfsError,
    local_properties,
    number,
    presence,
    run,
    snapshots,
)

# Limits of a program that asks: the highest that ZFS lets one have.
INSTRUCTIONS: Final = 100_000_000
MEMORY: Final = 100 * 1024 * 1024  # bytes, its answer's too


class Mutations(Protocol):
    """The few ways in which the tree on ZFS is changed, and how it is asked by a program.

    Each raises ZfsError when it failed or may have failed; the caller then looks at the state.
    None is recursive and none is forced. Filesystems are destroyed by `program` alone, whose one
    such script is in `zfs_destruction`.

    Attributes
    ----------
    method
        How it clones, as people call it.
    is_kernels_word
        Whether its answers are the kernel's own, given in this process. A command may be a wrapper:
        look afterwards; and a process for each question is dear.
    """

    method: str
    is_kernels_word: bool

    def create(self, filesystem: str, quota: int | None = None) -> None:
        """Make an empty filesystem, with a quota in bytes."""

    def clone(self, snapshot: str, filesystem: str, properties: Properties) -> None:
        """Clone a snapshot, unmounted, and set properties: after a crash they may be missing."""

    def snapshot(self, snapshot: str) -> None:
        """Take a snapshot."""

    def hold(self, snapshot: str, tag: str) -> None:
        """Keep a snapshot from being destroyed by anybody; it stays held if it was."""

    def rename(self, filesystem: str, new: str) -> None:
        """Rename a filesystem with its snapshots, in one step."""

    def set(self, filesystem: str, name: str, value: str) -> None:
        """Set one user property; with several, `zfs set` may set some and refuse others."""

    def rollback(self, snapshot: str) -> None:
        """Make the filesystem what its newest snapshot is; fails if a newer one exists."""

    def destroy_snapshot(self, snapshot: str) -> None:
        """Destroy one snapshot; fails if it has clones or holds."""

    def program(self, pool: str, script: str, argument: str) -> str:
        """Run a channel program: in one transaction, in which nobody else changes the pool.

        It finds its argument as `(...)["argv"][1]`, and returns a string. What it did before an
        error stays done.
        """

    def ask(self, pool: str, script: str, argument: str) -> str:
        """Run a channel program that changes nothing, beside others and waiting for nobody."""


def set_quota(filesystem: str, limit: int | None) -> None:
    """Set or lift a filesystem's quota in bytes; the library has no call for it."""
    run("zfs", "set", f"quota={'none' if limit is None else limit}", filesystem)
    _refuse_unless(number(filesystem, "quota") == (limit or 0), "set quota", filesystem)


def _refuse_unless(done: bool, verb: str, name: str) -> None:
    """Raise ZfsError for a command that reports success and had none.

    `zfs` may be a wrapper, and since 2.4.0 it succeeds when only its last step failed.
    """
    if not done:
        answer = "it reports success, and did not do it"
        raise ZfsError(Reason.OTHER, f"zfs {verb} {name}", answer, name.partition("@")[0])


class ZfsCli:
    """Changes the pool by commands, and looks afterwards: a status of 0 is not believed."""

    method = "zfs clone"
    is_kernels_word = False

    def create(self, filesystem: str, quota: int | None = None) -> None:
        """Run `zfs create`."""
        options = [] if quota is None else ["-o", f"quota={quota}"]
        run("zfs", "create", "-u", *options, filesystem)
        _refuse_unless(presence(filesystem) is Presence.EXISTS, "create", filesystem)

    def clone(self, snapshot: str, filesystem: str, properties: Properties) -> None:
        """Run `zfs clone`, which mounts nothing below a legacy mountpoint."""
        options = [part for name, value in properties.items() for part in ("-o", f"{name}={value}")]
        run("zfs", "clone", *options, snapshot, filesystem)
        if not properties:
            _refuse_unless(presence(filesystem) is Presence.EXISTS, "clone", filesystem)
        for name, value in properties.items():
            _refuse_unless(_has(filesystem, name, value), f"clone -o {name}", filesystem)

    def snapshot(self, snapshot: str) -> None:
        """Run `zfs snapshot`."""
        run("zfs", "snapshot", snapshot)
        _refuse_unless(_is_there(snapshot), "snapshot", snapshot)

    def hold(self, snapshot: str, tag: str) -> None:
        """Run `zfs hold` unless `zfs holds` has the tag."""
        if not _is_held(snapshot, tag):
            run("zfs", "hold", tag, snapshot)
            _refuse_unless(_is_held(snapshot, tag), "hold", snapshot)

    def rename(self, filesystem: str, new: str) -> None:
        """Run `zfs rename`, which must not mount or unmount anything."""
        run("zfs", "rename", "-u", filesystem, new)
        _refuse_unless(presence(new) is Presence.EXISTS, "rename", filesystem)

    def set(self, filesystem: str, name: str, value: str) -> None:
        """Run `zfs set`."""
        run("zfs", "set", f"{name}={value}", filesystem)
        _refuse_unless(_has(filesystem, name, value), f"set {name}", filesystem)

    def rollback(self, snapshot: str) -> None:
        """Run `zfs rollback`."""
        run("zfs", "rollback", snapshot)
        _refuse_unless(number(snapshot.partition("@")[0], "written") == 0, "rollback", snapshot)

    def destroy_snapshot(self, snapshot: str) -> None:
        """Run `zfs destroy` on a snapshot's full name."""
        run("zfs", "destroy", snapshot)
        _refuse_unless(not _is_there(snapshot), "destroy", snapshot)

    def program(self, pool: str, script: str, argument: str) -> str:
        """Run `zfs program`; who calls this looks afterwards."""
        return _returned(run("zfs", "program", "-j", pool, "-", argument, given=script, about=pool))

    def ask(self, pool: str, script: str, argument: str) -> str:
        """Run `zfs program -n`."""
        options = ["-nj", "-t", str(INSTRUCTIONS), "-m", str(MEMORY)]
        answer = run("zfs", "program", *options, pool, "-", argument, given=script, about=pool)
        return _returned(answer)


def _returned(answer: str) -> str:
    """Return the string that a program returned."""
    try:
        returned = json.loads(answer)["return"]
    except (ValueError, KeyError, TypeError):
        returned = None
    if not isinstance(returned, str):
        raise ZfsError(Reason.OTHER, "zfs program", f"unexpected answer {answer[:200]!r}")
    return returned


def _has(filesystem: str, name: str, value: str) -> bool:
    return local_properties(filesystem, name, depth=0).get(filesystem, {}).get(name) == value


def _is_there(snapshot: str) -> bool:
    return snapshot in snapshots(snapshot.partition("@")[0])


def _is_held(snapshot: str, tag: str) -> bool:
    return tag in run("zfs", "holds", "-H", snapshot).split("\t")
