"""Snapshots that are checkpoints: list and take them, and tell what was written since."""

import logging
import os

from zfs_provisioner import naming
from zfs_provisioner.errors import UnknownCheckpointError
from zfs_provisioner.model import Checkpoint, CheckpointName
from zfs_provisioner.storage import trees, zfs_command
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import ZfsError
from zfs_provisioner.storage.zfs_labels import Labels
from zfs_provisioner.storage.zfs_names import Place

log = logging.getLogger(__name__)


class Snapshots:
    """Checkpoints of workspaces by their filesystems."""

    def __init__(self, pool: str, labels: Labels, change: Mutations) -> None:
        self._pool, self._labels, self._change = pool, labels, change

    @staticmethod
    def checkpoints(place: Place) -> list[Checkpoint]:
        """Read them from the snapshots' names; the running number is their order."""
        found = []
        for snapshot in zfs_command.snapshots(place.filesystem):
            try:
                found.append(naming.parse_checkpoint(snapshot.partition("@")[2]))
            except UnknownCheckpointError:
                log.debug("%s is not ours", snapshot)
        return sorted(found, key=naming.checkpoint_number)

    def take(self, place: Place, name: CheckpointName) -> None:
        """Keep the present content, what is still in memory too."""
        snapshot = f"{place.filesystem}@{name}"
        self._flush(place)
        try:
            self._change.snapshot(snapshot)
        except ZfsError:
            # It may have been taken all the same: then it holds what there is.
            if snapshot not in zfs_command.snapshots(place.filesystem):
                raise
            if self.written_since(snapshot, place):
                raise

    def written_since(self, snapshot: str, place: Place) -> int:
        """Return the bytes written since a snapshot of the filesystem or of its origin."""
        self._flush(place)
        zfs_command.sync(self._pool)
        name = snapshot.removeprefix(f"{place.filesystem}@")
        return zfs_command.number(place.filesystem, f"written@{name}")

    def _flush(self, place: Place) -> None:
        """Let ZFS have what was written through memory maps; what is unmounted has none."""
        path = self._labels.path(place)
        if os.path.ismount(path):
            trees.flush(path)
