"""Labels: what the pool holds of workspaces, and where each is mounted while it is in use."""

from dataclasses import replace
from pathlib import Path

from zfs_provisioner.model import Workspace
from zfs_provisioner.storage import zfs_command, zfs_records
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_index import Entry, Found
from zfs_provisioner.storage.zfs_mounts import Mounts
from zfs_provisioner.storage.zfs_names import WORKSPACE_PROPERTY, Place, Tree


class Labels:
    """Reads and writes the property that makes a filesystem a workspace."""

    def __init__(self, tree: Tree, mounts: Mounts, change: Mutations) -> None:
        self._tree, self._mounts, self._change = tree, mounts, change

    def path(self, place: Place) -> Path:
        """Return where a live workspace is mounted while it is in use."""
        shelf = place.filesystem.removeprefix(f"{self._tree.ws}/").partition("/")[0]
        return self._mounts.place(shelf, place.wid)

    def get(self, place: Place) -> str | None:
        """Return the label as it is on the pool, or None."""
        found = zfs_command.local_properties(place.filesystem, WORKSPACE_PROPERTY, depth=0)
        return found.get(place.filesystem, {}).get(WORKSPACE_PROPERTY)

    def set(self, place: Place, workspace: Workspace) -> None:
        """Write the label."""
        label = zfs_records.dump_workspace(workspace)
        self._change.set(place.filesystem, WORKSPACE_PROPERTY, label)

    def read_all(self) -> Found:
        """Read every name and label below the root, with one command for each part."""
        ws, trash = self._tree.ws, self._tree.trash
        live = zfs_command.filesystems(ws, depth=2)
        names = [*live, *zfs_command.filesystems(trash, depth=1)]
        labels = zfs_command.local_properties(self._tree.root, WORKSPACE_PROPERTY, depth=3)
        places = [place for place in map(self._tree.parse, names) if place is not None]
        return Found(
            entries=[Entry(each, self._labelled(each, labels)) for each in places],
            shelves=[each for each in live if each.count("/") == ws.count("/") + 1],
        )

    def _labelled(self, place: Place, labels: dict[str, dict[str, str]]) -> Workspace | None:
        label = labels.get(place.filesystem, {}).get(WORKSPACE_PROPERTY)
        return None if label is None else self.decoded(place, label)

    def decoded(self, place: Place, label: str) -> Workspace:
        """Return the workspace of a label; raise StorageDamagedError if it cannot be read."""
        found = zfs_records.load_workspace(label, Path(), place.state, place.filesystem)
        live = self._tree.live(found.spec.owner, found.id)
        return replace(found, path=str(self.path(live)))
