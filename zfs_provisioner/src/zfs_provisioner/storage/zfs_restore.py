"""Restores: an older checkpoint's content in the live filesystem, with every checkpoint kept.

`zfs rollback` to an older snapshot destroys the later ones, and a clone of the checkpoint in the
workspace's place would leave them behind. So the files are made equal to the checkpoint's, writing
only what differs, in a transaction of our own:

1. the snapshot `restoring` keeps the present content;
2. the files are made equal to the checkpoint's, in a mount that nobody else sees;
3. the snapshot is destroyed, which is the commit.

As long as the snapshot is there the restore has not happened: whoever finds it, after an error or a
crash, goes back to it. ZFS writes in order: if the third step is on disk, so is the second.
"""

from collections.abc import Collection

from zfs_provisioner.storage import sources, trees, zfs_command
from zfs_provisioner.storage.equality import make_equal, make_paths_equal, refuse_paths_outside
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import ZfsError
from zfs_provisioner.storage.zfs_mounts import Mounts
from zfs_provisioner.storage.zfs_names import RESTORING, Tree


class Restores:
    """Makes and undoes restores of workspaces that are not mounted."""

    def __init__(self, tree: Tree, mounts: Mounts, change: Mutations) -> None:
        self._tree, self._mounts, self._change = tree, mounts, change

    def restore(
        self, filesystem: str, checkpoint: str, paths: Collection[str], report: Report
    ) -> None:
        """Make the content, or some paths, that of the checkpoint, or leave it and raise."""
        wanted = f"{filesystem}@{checkpoint}"
        with self._mounts.privately(wanted) as source:
            refuse_paths_outside(source, paths)
        kept = f"{filesystem}@{RESTORING}"
        if kept in zfs_command.snapshots(filesystem):
            self.undo(filesystem)
        self._change.snapshot(kept)
        try:
            self._make_equal(wanted, filesystem, report, paths)
        except BaseException:
            self.undo(filesystem)
            raise
        self._forget(kept)

    def interrupted(self) -> list[str]:
        """Return the filesystems whose restore was begun and not completed."""
        found = (each.partition("@") for each in zfs_command.snapshots(self._tree.ws, depth=3))
        return [
            filesystem
            for filesystem, _, name in found
            if name == RESTORING and self._tree.parse(filesystem)
        ]

    def undo(self, filesystem: str) -> None:
        """Go back to what was there before an unfinished restore; may be repeated."""
        kept = f"{filesystem}@{RESTORING}"
        self._tree.refuse_unless_restoring(kept)
        try:
            self._change.rollback(kept)
        except ZfsError:
            # A snapshot that somebody else took meanwhile forbids it, and it is not ours to remove.
            self._make_equal(kept, filesystem, lambda _progress: None)
        self._forget(kept)

    def _make_equal(
        self, snapshot: str, filesystem: str, report: Report, paths: Collection[str] = ()
    ) -> None:
        with (
            self._mounts.privately(snapshot) as wanted,
            self._mounts.privately(filesystem, writable=True) as live,
        ):
            _files, size = trees.measure(wanted)
            counter = sources.Counter(report, sources.RESTORING, size)
            if paths:
                make_paths_equal(wanted, live, paths, counter.add)
            else:
                make_equal(wanted, live, counter.add, trust_times=True)

    def _forget(self, kept: str) -> None:
        self._tree.refuse_unless_restoring(kept)
        self._change.destroy_snapshot(kept)
