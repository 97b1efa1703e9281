"""How a clone becomes a workspace, in steps of which each may be the last one before a crash.

1. the owner's filesystem, which stays if the rest fails;
2. the clone, whose name follows from the workspace's id;
3. for a branch, its first checkpoint;
4. the label, which makes it a workspace. Of a release it comes with the clone, but in a later
   transaction.

Whoever asks for the same workspace again finds the clone and goes on from there.
"""

import logging
from dataclasses import replace

from zfs_provisioner import naming
from zfs_provisioner.errors import StorageDamagedError, WorkspaceExistsError
from zfs_provisioner.locks import KeyedLocks
from zfs_provisioner.model import CheckpointKind, Workspace
from zfs_provisioner.storage import zfs_command, zfs_records
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Presence, ZfsError
from zfs_provisioner.storage.zfs_index import Index
from zfs_provisioner.storage.zfs_labels import Labels
from zfs_provisioner.storage.zfs_names import WORKSPACE_PROPERTY, Place
from zfs_provisioner.storage.zfs_snapshots import Snapshots

log = logging.getLogger(__name__)


class Creation:
    """Makes workspaces of snapshots.

    Parameters
    ----------
    owner_quota
        Bytes, set when an owner's filesystem is made; None for no limit.
    """

    def __init__(
        self,
        change: Mutations,
        index: Index,
        labels: Labels,
        snapshots: Snapshots,
        owner_quota: int | None,
    ) -> None:
        self._change, self._index, self._labels = change, index, labels
        self._snapshots = snapshots
        self.owner_quota = owner_quota
        self._shelves = KeyedLocks()

    def create(self, origin: str, place: Place, wanted: Workspace) -> Workspace:
        """Clone the snapshot and label the clone; return the workspace with its base."""
        branch = wanted.spec.branch
        # A branch gets its label last, because that names its first checkpoint.
        label = {} if branch else {WORKSPACE_PROPERTY: zfs_records.dump_workspace(wanted)}
        try:
            self._change.clone(origin, place.filesystem, label)
        except ZfsError:
            if zfs_command.presence(place.filesystem) is not Presence.EXISTS:
                raise
            return self.complete(origin, place, wanted)
        return self._begun(place, wanted) if branch else wanted

    def complete(self, origin: str, place: Place, wanted: Workspace) -> Workspace:
        """Go on with a clone of ours that has no label yet.

        Raises
        ------
        StorageDamagedError
            It is a clone of something else, and so not ours.
        WorkspaceExistsError
            It has the label of another request.
        """
        (found,) = zfs_command.values(place.filesystem, "origin")
        if found != origin:
            raise StorageDamagedError(
                f"{place.filesystem} is a clone of {found}, not of {origin}, and has no label. "
                "Nothing was changed. Use a new UUID, and look where that filesystem comes from."
            )
        label = self._labels.get(place)
        if label is None and wanted.spec.branch:
            wanted = self._begun(place, wanted)
        elif label is None:
            self._labels.set(place, wanted)
        elif label != zfs_records.dump_workspace(wanted):
            self._index.forget()
            raise WorkspaceExistsError(f"The id {wanted.id} is taken: use a new UUID.")
        log.warning("completed %s, which had no label", place.filesystem)
        return wanted

    def _begun(self, place: Place, wanted: Workspace) -> Workspace:
        """Give a branch its first checkpoint, unless it has one, and its label."""
        first = self._snapshots.checkpoints(place)
        if first:
            base = first[0].name
        else:
            base = naming.format_checkpoint(CheckpointKind.AUTO, wanted.created, 1)
            self._snapshots.take(place, base)
        made = replace(wanted, base=base)
        self._labels.set(place, made)
        return made

    def ensure_shelf(self, shelf: str) -> None:
        """Make the owner's filesystem unless it is there; who comes meanwhile waits for it."""
        if self._index.has_shelf(shelf):
            return
        with self._shelves.holding(shelf):
            if self._index.has_shelf(shelf):
                return
            try:
                self._change.create(shelf, self.owner_quota)
            except ZfsError:
                # It may have been made all the same.
                if zfs_command.presence(shelf) is not Presence.EXISTS:
                    raise
            self._index.put_shelf(shelf)
