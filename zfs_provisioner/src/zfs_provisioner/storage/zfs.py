"""Workspaces as ZFS clones: instant and free until they are changed, whatever the size.

The tree below the root and its locally set properties are the only truth::

    <root>/archive/<dataset>@<release>            see `zfs_archive`
    <root>/ws/<owner>/<wid>                       a workspace, a clone of a release
    <root>/ws/<owner>/<wid>@<kind>-<utc>-<n>      a checkpoint; its metadata is its name
    <root>/trash/<wid>-<guid>                     a workspace, renamed here in one step

A clone and its properties are two transactions. A crash between them leaves a clone of the right
name without a label: the name follows from the id, so the next request for that id completes it.
Such a clone is no workspace until then, and it is never destroyed.

Filesystems are never destroyed here at all, nor snapshots other than `zfs_restore`'s own. Snapshots
and filesystems that somebody else made are left alone and not counted.
"""

import errno
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    StorageDamagedError,
    UnknownCheckpointError,
    WorkspaceExistsError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import (
    Capabilities,
    Checkpoint,
    CheckpointName,
    Dataset,
    DatasetInfo,
    DatasetName,
    Owner,
    Progress,
    Release,
    ReleaseName,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.storage import trees, zfs_command, zfs_records
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.storage.zfs_archive import ZfsArchive
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Presence, ZfsError, explained
from zfs_provisioner.storage.zfs_index import Index
from zfs_provisioner.storage.zfs_mounts import Mounts
from zfs_provisioner.storage.zfs_names import WORKSPACE_PROPERTY, Place, Tree
from zfs_provisioner.storage.zfs_restore import Restores

log = logging.getLogger(__name__)


class ZfsStorage:
    """The `Storage` protocol on a ZFS filesystem.

    Parameters
    ----------
    root
        An existing filesystem, such as `tank/casahub`, that is used for nothing else.
    mounts
        Directory in which workspaces are mounted; it must not be on the root itself.
    change
        How the pool is changed: `ZfsCli` or `LibZfsCore`.
    """

    def __init__(self, root: str, mounts: Path, change: Mutations) -> None:
        self._tree = Tree(root)
        self._mounts = Mounts(mounts)
        self._change = change
        self._index = Index(self._tree)
        self._archive = ZfsArchive(self._tree, self._mounts, change)
        self._restores = Restores(self._tree, self._mounts, change)
        self._ensure_laid_out()

    @explained
    def _ensure_laid_out(self) -> None:
        known = zfs_command.filesystems(self._tree.root, depth=1)
        for each in (self._tree.archive, self._tree.ws, self._tree.trash):
            if each not in known:
                # Legacy is inherited: ZFS then never mounts anything below by itself.
                zfs_command.run("zfs", "create", "-o", "mountpoint=legacy", "-o", "atime=off", each)

    @explained
    def capabilities(self) -> Capabilities:
        """Return what the pool has."""
        free, used = (zfs_command.number(self._tree.root, each) for each in ("available", "used"))
        return Capabilities(
            backend="zfs",
            clone_method=self._change.method,
            filesystem="zfs",
            free=free,
            size=free + used,
        )

    @explained
    def reconcile(self) -> list[str]:
        """Undo restores that were under way, and mount every live workspace."""
        self._mounts.remove_leftovers()
        self._index.forget()
        done = []
        for filesystem in self._restores.interrupted():
            self._restores.undo(filesystem)
            done.append(f"undid an unfinished restore of {filesystem}")
        labelled = zfs_command.local_properties(self._tree.ws, WORKSPACE_PROPERTY, depth=2)
        for place in self._index.places():
            if place.state is WorkspaceState.TRASHED:
                continue
            if place.filesystem in labelled:
                self._mounts.ensure_mounted(place.filesystem, self._path(place))
            else:
                log.warning("%s is unlabelled: asking for it again completes it", place.filesystem)
        return done

    @explained
    def datasets(self) -> list[Dataset]:
        """Return what the archive has."""
        return self._archive.datasets()

    @explained
    def import_release(
        self,
        dataset: DatasetName,
        release: ReleaseName,
        info: DatasetInfo,
        source: Path,
        now: datetime,
        report: Report,
    ) -> Release:
        """Copy a directory into the dataset's filesystem and snapshot it."""
        return self._archive.import_release(dataset, release, info, source, now, report)

    @explained
    def digest(self, release: Release) -> str:
        """Read every byte of the release again."""
        return self._archive.digest(release)

    @explained
    def workspaces(self) -> list[Workspace]:
        """Read every workspace's label, with one command for all."""
        found = zfs_command.local_properties(self._tree.root, WORKSPACE_PROPERTY, depth=3)
        places = ((self._tree.parse(name), labels) for name, labels in found.items())
        return [self._read(place, labels[WORKSPACE_PROPERTY]) for place, labels in places if place]

    @explained
    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Read the label of the one filesystem that can be it."""
        place = self._index.find(naming.workspace_directory(workspace))
        label = self._label(place) if place else None
        if place is None or label is None:
            return None
        found = self._read(place, label)
        return found if found.spec.owner == owner else None

    @explained
    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the release, label the clone, mount it."""
        place = self._tree.live(spec.owner, workspace)
        known = self._index.find(place.wid)
        if known and (known != place or self._label(known) is not None):
            raise WorkspaceExistsError(f"The id {workspace} is taken: use a new UUID.")
        report(Progress(stage="preparing your copy of the data"))
        path = self._path(place)
        made = Workspace(
            id=workspace, spec=spec, state=WorkspaceState.LIVE, created=now, path=str(path)
        )
        if known:
            self._complete(place, made)
        else:
            self._clone(place, made)
        self._index.put(place)
        self._mounts.ensure_mounted(place.filesystem, path)
        return made

    def _clone(self, place: Place, made: Workspace) -> None:
        label = {WORKSPACE_PROPERTY: zfs_records.dump_workspace(made)}
        self._ensure_shelf(self._tree.shelf(made.spec.owner))
        origin = self._tree.release(made.spec.dataset, made.spec.release)
        try:
            self._change.clone(origin, place.filesystem, label)
        except ZfsError:
            self._archive.forget()
            if zfs_command.presence(place.filesystem) is not Presence.EXISTS:
                raise
            self._complete(place, made)

    def _ensure_shelf(self, shelf: str) -> None:
        if self._index.has_shelf(shelf):
            return
        try:
            self._change.create(shelf)
        except ZfsError:
            # Another request of the same owner may have made it meanwhile.
            if zfs_command.presence(shelf) is not Presence.EXISTS:
                raise
        self._index.put_shelf(shelf)

    def _complete(self, place: Place, made: Workspace) -> None:
        """Label a clone of ours that has no label yet."""
        wanted = self._tree.release(made.spec.dataset, made.spec.release)
        (origin,) = zfs_command.values(place.filesystem, "origin")
        if origin != wanted:
            raise StorageDamagedError(
                f"{place.filesystem} is a clone of {origin}, not of {wanted}, and has no label. "
                "Nothing was changed. Use a new UUID, and look where that filesystem comes from."
            )
        label = self._label(place)
        if label is None:
            self._set_label(place, made)
            log.warning("completed %s, which had no label", place.filesystem)
        elif label != zfs_records.dump_workspace(made):
            raise WorkspaceExistsError(f"The id {made.id} is taken: use a new UUID.")

    @explained
    def update(self, workspace: Workspace) -> None:
        """Replace the label; mount the workspace if somebody unmounted it."""
        place = self._place(workspace)
        self._set_label(place, workspace)
        if place.state is WorkspaceState.LIVE:
            self._mounts.ensure_mounted(place.filesystem, self._path(place))

    @explained
    def usage(self, workspace: Workspace) -> Usage:
        """Walk the files; compare with the base only if a block was written since."""
        place = self._place(workspace)
        if place.state is WorkspaceState.TRASHED:
            with self._mounts.privately(place.filesystem) as path:
                return self._usage(place, path, workspace)
        return self._usage(place, self._path(place), workspace)

    def _usage(self, place: Place, path: Path, workspace: Workspace) -> Usage:
        _files, size = trees.measure(path)
        base = (
            f"{place.filesystem}@{workspace.base}"
            if workspace.base
            else self._tree.release(workspace.spec.dataset, workspace.spec.release)
        )
        if self._written_since(base, place, path) == 0:
            return Usage(size=size, changed=False)
        with self._mounts.privately(base) as before:
            return Usage(size=size, changed=trees.differs(before, path))

    def _written_since(self, snapshot: str, place: Place, path: Path) -> int:
        """Return the bytes written since a snapshot, those still in memory too."""
        trees.flush(path)  # what was written through memory maps
        zfs_command.sync(self._tree.pool)
        name = snapshot.removeprefix(f"{place.filesystem}@")
        return zfs_command.number(place.filesystem, f"written@{name}")

    @explained
    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Read them from the snapshots' names; the running number is their order."""
        found = []
        for snapshot in zfs_command.snapshots(self._place(workspace).filesystem):
            try:
                found.append(naming.parse_checkpoint(snapshot.partition("@")[2]))
            except UnknownCheckpointError:
                log.debug("%s is not ours", snapshot)
        return sorted(found, key=naming.checkpoint_number)

    @explained
    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Take a snapshot."""
        place = self._place(workspace)
        snapshot = f"{place.filesystem}@{name}"
        trees.flush(self._path(place))
        try:
            self._change.snapshot(snapshot)
        except ZfsError:
            # It may have been taken all the same: then it holds what there is.
            if snapshot not in zfs_command.snapshots(place.filesystem):
                raise
            if self._written_since(snapshot, place, self._path(place)):
                raise

    @explained
    def restore(self, workspace: Workspace, checkpoint: Checkpoint, report: Report) -> None:
        """Make the files those of the checkpoint; later checkpoints stay.

        Meanwhile they are mounted where only we look: writing in place, as root, where a user's
        process may exchange a directory for a link would write wherever that link points.
        """
        place = self._place(workspace)
        self._unmount(place, workspace)
        try:
            self._restores.restore(place.filesystem, checkpoint.name, report)
        finally:
            self._mounts.ensure_mounted(place.filesystem, self._path(place))

    @explained
    def move_to_trash(self, workspace: Workspace) -> None:
        """Unmount and rename."""
        place = self._place(workspace)
        guid = zfs_command.number(place.filesystem, "guid")
        self._unmount(place, workspace)
        try:
            self._rename(place, self._tree.trashed(place.wid, guid))
        except ZfsError:
            self._mounts.ensure_mounted(place.filesystem, self._path(place))
            raise

    def _unmount(self, place: Place, workspace: Workspace) -> None:
        path = self._path(place)
        try:
            self._mounts.ensure_unmounted(path)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            raise WorkspaceInUseError(
                f"A process has files of workspace {workspace.spec.name!r} open: "
                f"`fuser -vm {path}` names it. Stop it first."
            ) from error

    @explained
    def move_from_trash(self, workspace: Workspace) -> None:
        """Rename back and mount."""
        live = self._tree.live(workspace.spec.owner, workspace.id)
        self._rename(self._place(workspace), live)
        self._mounts.ensure_mounted(live.filesystem, self._path(live))

    def _rename(self, place: Place, new: Place) -> None:
        try:
            self._change.rename(place.filesystem, new.filesystem)
        except ZfsError:
            if zfs_command.presence(new.filesystem) is not Presence.EXISTS:
                raise
            if zfs_command.presence(place.filesystem) is not Presence.ABSENT:
                raise
        self._index.put(new)

    def _place(self, workspace: Workspace) -> Place:
        place = self._index.find(naming.workspace_directory(workspace.id))
        if place is None:
            raise StorageDamagedError(
                f"The filesystem of workspace {workspace.id} is gone: it was removed or renamed "
                "by somebody else. Nothing was changed."
            )
        return place

    def _path(self, place: Place) -> Path:
        shelf = place.filesystem.removeprefix(f"{self._tree.ws}/").partition("/")[0]
        return self._mounts.place(shelf, place.wid)

    def _label(self, place: Place) -> str | None:
        found = zfs_command.local_properties(place.filesystem, WORKSPACE_PROPERTY, depth=0)
        return found.get(place.filesystem, {}).get(WORKSPACE_PROPERTY)

    def _set_label(self, place: Place, workspace: Workspace) -> None:
        label = zfs_records.dump_workspace(workspace)
        self._change.set(place.filesystem, WORKSPACE_PROPERTY, label)

    def _read(self, place: Place, label: str) -> Workspace:
        found = zfs_records.load_workspace(label, Path(), place.state, place.filesystem)
        live = self._tree.live(found.spec.owner, found.id)
        return replace(found, path=str(self._path(live)))
