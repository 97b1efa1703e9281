"""What changes the pool, by the command `zfs`: works with every ZFS."""

from typing import Protocol

from zfs_provisioner.storage.zfs_command import Properties, run


class Mutations(Protocol):
    """The few ways in which the tree on ZFS is changed.

    Each raises ZfsError when it failed or may have failed; the caller then looks at the state.
    None is recursive and none is forced. Filesystems are never destroyed here.
    """

    method: str

    def create(self, filesystem: str, quota: int | None = None) -> None:
        """Make an empty filesystem, with a quota in bytes."""

    def clone(self, snapshot: str, filesystem: str, properties: Properties) -> None:
        """Clone a snapshot, unmounted, and set properties: after a crash they may be missing."""

    def snapshot(self, snapshot: str) -> None:
        """Take a snapshot."""

    def hold(self, snapshot: str, tag: str) -> None:
        """Keep a snapshot from being destroyed by anybody, until the tag is released."""

    def rename(self, filesystem: str, new: str) -> None:
        """Rename a filesystem with its snapshots, in one step."""

    def set(self, filesystem: str, name: str, value: str) -> None:
        """Set one user property; with several, `zfs set` may set some and refuse others."""

    def rollback(self, snapshot: str) -> None:
        """Make the filesystem what its newest snapshot is; fails if a newer one exists."""

    def destroy_snapshot(self, snapshot: str) -> None:
        """Destroy one snapshot; fails if it has clones or holds."""


def set_quota(filesystem: str, limit: int | None) -> None:
    """Set or lift a filesystem's quota in bytes; the library has no call for it."""
    run("zfs", "set", f"quota={'none' if limit is None else limit}", filesystem)


class ZfsCli:
    """Changes the pool by commands."""

    method = "zfs clone"

    def create(self, filesystem: str, quota: int | None = None) -> None:
        """Run `zfs create`."""
        options = [] if quota is None else ["-o", f"quota={quota}"]
        run("zfs", "create", "-u", *options, filesystem)

    def clone(self, snapshot: str, filesystem: str, properties: Properties) -> None:
        """Run `zfs clone`, which mounts nothing below a legacy mountpoint."""
        options = [part for name, value in properties.items() for part in ("-o", f"{name}={value}")]
        run("zfs", "clone", *options, snapshot, filesystem)

    def snapshot(self, snapshot: str) -> None:
        """Run `zfs snapshot`."""
        run("zfs", "snapshot", snapshot)

    def hold(self, snapshot: str, tag: str) -> None:
        """Run `zfs hold`."""
        run("zfs", "hold", tag, snapshot)

    def rename(self, filesystem: str, new: str) -> None:
        """Run `zfs rename`, which must not mount or unmount anything."""
        run("zfs", "rename", "-u", filesystem, new)

    def set(self, filesystem: str, name: str, value: str) -> None:
        """Run `zfs set`."""
        run("zfs", "set", f"{name}={value}", filesystem)

    def rollback(self, snapshot: str) -> None:
        """Run `zfs rollback`."""
        run("zfs", "rollback", snapshot)

    def destroy_snapshot(self, snapshot: str) -> None:
        """Run `zfs destroy` on a snapshot's full name."""
        run("zfs", "destroy", snapshot)
