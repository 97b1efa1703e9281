"""Workspaces as ZFS clones: instant and free until they are changed, whatever the size.

The tree below the root and its locally set properties are the only truth::

    <root>/archive/<dataset>@<release>            see `zfs_archive`
    <root>/ws/<owner>/<wid>                       a workspace, a clone of a release
    <root>/ws/<owner>/<wid>@<kind>-<utc>-<n>      a checkpoint; its metadata is its name
    <root>/trash/<wid>-<guid>                     a workspace, renamed here in one step

A clone and its label are two transactions, and with a branch's first checkpoint three. A crash
between them leaves a clone of the right name without a label: the name follows from the id, so the
next request for that id completes it. Such a clone is no workspace until then, and it is never
destroyed.

A workspace is mounted while it is in use. What is read of it otherwise is mounted privately.

Filesystems are destroyed in one place, `zfs_destruction`: those of workspaces in trash, by name and
guid. Snapshots go there too, and `zfs_restore`'s own in that module. Snapshots and filesystems that
somebody else made are left alone and not counted.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    StorageDamagedError,
    WorkspaceExistsError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import (
    Allowance,
    Capabilities,
    Checkpoint,
    CheckpointName,
    Dataset,
    NewRelease,
    Owner,
    Progress,
    Release,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.residents import Kept, Refusal, Resident, Survey
from zfs_provisioner.storage import holders, sources, trees, zfs_command, zfs_quotas
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.storage.zfs_archive import ZfsArchive
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Presence, ZfsError
from zfs_provisioner.storage.zfs_creation import Creation
from zfs_provisioner.storage.zfs_destruction import Destruction
from zfs_provisioner.storage.zfs_index import Index
from zfs_provisioner.storage.zfs_labels import Labels
from zfs_provisioner.storage.zfs_mounts import Mounts
from zfs_provisioner.storage.zfs_names import Place, Tree
from zfs_provisioner.storage.zfs_pool import Pool, verb
from zfs_provisioner.storage.zfs_restore import Restores
from zfs_provisioner.storage.zfs_snapshots import Snapshots
from zfs_provisioner.storage.zfs_survey import Surveys

log = logging.getLogger(__name__)


class ZfsStorage:
    """The `Storage` protocol on a ZFS filesystem.

    Parameters
    ----------
    pool
        The pool and an existing filesystem on it that is used for nothing else.
    mounts
        Directory in which workspaces are mounted; it must not be on the root itself.
    change
        How the pool is changed: `ZfsCli` or `LibZfsCore`.
    account
        Who owns the files that sessions write; ours when it is None.
    owner_quota
        Bytes that a new owner's workspaces may take; None for no limit.
    """

    def __init__(
        self,
        pool: Pool,
        mounts: Path,
        change: Mutations,
        *,
        account: Account | None = None,
        owner_quota: int | None = None,
    ) -> None:
        self.pool = pool
        self._tree = Tree(pool.root)
        account = account or Account(os.geteuid(), os.getegid())
        self._mounts = Mounts(mounts, account)
        self._change = change
        self._labels = Labels(self._tree, self._mounts, change)
        self._index = Index(self._labels.read_all)
        self._snapshots = Snapshots(pool.name, self._labels, change)
        self._archive = ZfsArchive(self._tree, self._mounts, change, account)
        self._restores = Restores(self._tree, self._mounts, change)
        self._creation = Creation(change, self._index, self._labels, self._snapshots, owner_quota)
        self._surveys = Surveys(self._tree, self._labels, self._index, change)
        self._destruction = Destruction(self._tree, self._index, change, self._surveys.look_closer)
        self._lay_out()

    @verb
    def _lay_out(self) -> None:
        known = zfs_command.filesystems(self._tree.root, depth=1)
        for each in (self._tree.archive, self._tree.ws, self._tree.trash):
            if each not in known:
                # Legacy is inherited: ZFS then never mounts anything below by itself.
                zfs_command.run("zfs", "create", "-o", "mountpoint=legacy", "-o", "atime=off", each)
        self._version = zfs_command.version()

    @verb
    def capabilities(self) -> Capabilities:
        """Return what was probed at the start, with the space that is free now."""
        free, used = zfs_command.numbers(self._tree.root, "available", "used")
        return Capabilities(
            backend="zfs",
            clone_method=self._change.method,
            filesystem="zfs",
            free=free,
            size=free + used,
            version=self._version,
            quotas=True,
        )

    def refuse_if_unavailable(self) -> None:
        """Raise unless the pool works and the root is the one that was opened."""
        self.pool.refuse_if_another()

    def doubt(self) -> None:
        """Forget what is remembered of the pool: it may be otherwise by now."""
        self._index.forget()
        self._archive.forget()

    @verb
    def reconcile(self) -> list[str]:
        """Hold new releases, undo unfinished restores, mount leased workspaces and no others."""
        self._mounts.remove_leftovers()
        self.doubt()
        done = self._archive.ensure_held()
        for filesystem in self._restores.interrupted():
            self._restores.undo(filesystem)
            done.append(f"undid an unfinished restore of {filesystem}")
        unused = set(self._mounts.open_places())
        for entry in self._index.entries():
            if entry.workspace is None:
                name = entry.place.filesystem
                log.warning("%s is unlabelled: asking for it again completes it", name)
            elif entry.workspace.lease is not None and entry.place.state is WorkspaceState.LIVE:
                self.ensure_open(entry.workspace)
                unused.discard(self._labels.path(entry.place))
        return [*done, *self._closed(unused)]

    def _closed(self, places: Collection[Path]) -> list[str]:
        """Unmount what nobody has leased, as far as nobody uses it all the same."""
        done = []
        for place in places:
            try:
                self._mounts.ensure_unmounted(place)
                done.append(f"unmounted {place}, which is not in use")
            except OSError as error:
                log.warning("%s stays mounted: %s", place, error)
        return done

    # The archive

    @verb
    def datasets(self) -> list[Dataset]:
        """Return what the archive has."""
        return self._archive.datasets()

    @verb
    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        """Copy a directory into the dataset's filesystem and snapshot it."""
        return self._archive.import_release(wanted, source, report)

    @verb
    def describe(self, release: Release) -> None:
        """Replace the description of the release."""
        self._archive.describe(release)

    @verb
    def digest(self, release: Release) -> str:
        """Read every byte of the release again."""
        return self._archive.digest(release)

    # Workspaces

    @verb
    def workspaces(self, owner: Owner | None = None) -> list[Workspace]:
        """Return what the index holds; only the first question lists the pool."""
        if owner is not None:
            return self._index.owned_by(owner)
        return [each.workspace for each in self._index.entries() if each.workspace is not None]

    @verb
    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Look into the index."""
        entry = self._index.find(naming.workspace_directory(workspace))
        if entry is None or entry.workspace is None:
            return None
        return entry.workspace if entry.workspace.spec.owner == owner else None

    @verb
    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the release or checkpoint, and label the clone."""
        place = self._tree.live(spec.owner, workspace)
        known = self._index.find(place.wid)
        if known and (known.place != place or known.workspace is not None):
            raise WorkspaceExistsError(f"The id {workspace} is taken: use a new UUID.")
        report(Progress(stage=sources.CLONING))
        wanted = Workspace(
            id=workspace,
            spec=spec,
            state=WorkspaceState.LIVE,
            created=now,
            path=str(self._labels.path(place)),
        )
        self._creation.ensure_shelf(self._tree.shelf(spec.owner))
        make = self._creation.complete if known else self._creation.create
        made = make(self._origin(spec), place, wanted)
        self._index.put(place, made)
        return made

    def _origin(self, spec: WorkspaceSpec) -> str:
        """Return the snapshot that a workspace is a clone of."""
        if spec.branch is None:
            return self._tree.release(spec.dataset, spec.release)
        source = self._index.find(naming.workspace_directory(spec.branch.workspace))
        if source is None:
            raise _gone(spec.branch.workspace)
        return f"{source.place.filesystem}@{spec.branch.checkpoint}"

    @verb
    def ensure_open(self, workspace: Workspace) -> None:
        """Mount the workspace at its path."""
        place = self._place(workspace)
        self._mounts.ensure_mounted(place.filesystem, self._labels.path(place))

    @verb
    def ensure_closed(self, workspace: Workspace) -> None:
        """Unmount the workspace."""
        path = self._labels.path(self._place(workspace))
        try:
            self._mounts.ensure_unmounted(path)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            raise WorkspaceInUseError(
                f"Files of workspace {workspace.spec.name!r} are open: {_named(path)}. Stop that "
                "first."
            ) from error

    @verb
    def update(self, workspace: Workspace) -> None:
        """Replace the label."""
        place = self._place(workspace)
        self._labels.set(place, workspace)
        # State and path are those of the place, which `update` does not move.
        path = str(self._labels.path(self._tree.live(workspace.spec.owner, workspace.id)))
        self._index.put(place, replace(workspace, state=place.state, path=path))

    @verb
    def usage(self, workspace: Workspace) -> Usage:
        """Walk the files; compare with the base only if a block was written since."""
        with self._live(self._place(workspace)) as path:
            _files, size = trees.measure(path)
        return Usage(size=size, changed=self.changed(workspace))

    @verb
    def changed(self, workspace: Workspace) -> bool:
        """Compare with the base if a block was written since."""
        place = self._place(workspace)
        base = (
            f"{place.filesystem}@{workspace.base}"
            if workspace.base
            else self._tree.release(workspace.spec.dataset, workspace.spec.release)
        )
        if self._snapshots.written_since(base, place) == 0:
            return False
        with self._mounts.privately(base) as before, self._live(place) as path:
            return trees.differs(before, path)

    @contextlib.contextmanager
    def _live(self, place: Place) -> Iterator[Path]:
        """Give the live content where it is mounted, or mount it for the block."""
        path = self._labels.path(place)
        if os.path.ismount(path):
            yield path
            return
        with self._mounts.privately(place.filesystem) as private:
            yield private

    @verb
    def move_to_trash(self, workspace: Workspace) -> None:
        """Unmount and rename."""
        place = self._place(workspace)
        guid = zfs_command.number(place.filesystem, "guid")
        self.ensure_closed(workspace)
        self._rename(place, self._tree.trashed(place.wid, guid))

    @verb
    def move_from_trash(self, workspace: Workspace) -> None:
        """Rename back."""
        live = self._tree.live(workspace.spec.owner, workspace.id)
        self._creation.ensure_shelf(self._tree.shelf(workspace.spec.owner))
        self._rename(self._place(workspace), live)

    def _rename(self, place: Place, new: Place) -> None:
        try:
            self._change.rename(place.filesystem, new.filesystem)
        except ZfsError:
            if zfs_command.presence(new.filesystem) is not Presence.EXISTS:
                raise
            if zfs_command.presence(place.filesystem) is not Presence.ABSENT:
                raise
        entry = self._index.find(place.wid)
        if entry is not None and entry.workspace is not None:
            self._index.put(new, replace(entry.workspace, state=new.state))

    # Checkpoints

    @verb
    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Read them from the snapshots' names."""
        return self._snapshots.checkpoints(self._place(workspace))

    @verb
    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Take a snapshot."""
        self._snapshots.take(self._place(workspace), name)

    @contextlib.contextmanager
    def reading(self, workspace: Workspace, checkpoint: CheckpointName | None) -> Iterator[Path]:
        """Mount the checkpoint privately in the block."""
        self.pool.refuse_if_stopped()
        place = self._place(workspace)
        if checkpoint is None:
            with self._live(place) as path:
                yield path
            return
        with self._mounts.privately(f"{place.filesystem}@{checkpoint}") as path:
            yield path

    @verb
    def written(
        self, workspace: Workspace, older: CheckpointName, newer: CheckpointName | None
    ) -> int:
        """Return what ZFS counted."""
        place = self._place(workspace)
        if newer is None:
            return self._snapshots.written_since(f"{place.filesystem}@{older}", place)
        return zfs_command.number(f"{place.filesystem}@{newer}", f"written@{older}")

    @verb
    def restore(
        self,
        workspace: Workspace,
        checkpoint: Checkpoint,
        paths: Collection[str],
        report: Report,
    ) -> None:
        """Make the files those of the checkpoint; later checkpoints stay.

        Meanwhile they are mounted where only we look: writing in place, as root, where a user's
        process may exchange a directory for a link would write wherever that link points.
        """
        self.ensure_closed(workspace)
        filesystem = self._place(workspace).filesystem
        self._restores.restore(filesystem, checkpoint.name, paths, report)

    # What may go

    @verb
    def survey(self) -> Survey:
        """List the pool."""
        return self._surveys.survey()

    @verb
    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        """List these again, with what is set on them."""
        return self._surveys.look_closer(residents)

    @verb
    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        """Check and destroy, in one transaction for each and for many at once."""
        return self._destruction.destroy(residents)

    @verb
    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        """Check and destroy; only those of kind `auto` that are not the workspace's base."""
        return self._destruction.destroy_checkpoints(resident, those)

    @verb
    def write_memo(self, text: str) -> None:
        """Set a property of the trash."""
        self._surveys.write_memo(text)

    # Quotas

    @verb
    def allowance(self, owner: Owner) -> Allowance:
        """Read the owner's filesystem; who has none takes nothing."""
        shelf = self._tree.shelf(owner)
        if not self._index.has_shelf(shelf):
            return Allowance(used=0, limit=self._creation.owner_quota)
        return zfs_quotas.read(shelf)

    @verb
    def limit_owner(self, owner: Owner, limit: int | None) -> None:
        """Set the quota of the owner's filesystem."""
        shelf = self._tree.shelf(owner)
        self._creation.ensure_shelf(shelf)
        zfs_quotas.set_limit(shelf, limit)

    @verb
    def allowance_of(self, workspace: Workspace) -> Allowance:
        """Read the workspace's filesystem."""
        return zfs_quotas.read(self._place(workspace).filesystem)

    @verb
    def limit(self, workspace: Workspace, limit: int | None) -> None:
        """Set the quota of the workspace's filesystem."""
        zfs_quotas.set_limit(self._place(workspace).filesystem, limit)

    def _place(self, workspace: Workspace) -> Place:
        entry = self._index.find(naming.workspace_directory(workspace.id))
        if entry is None:
            raise _gone(workspace.id)
        return entry.place


def _named(path: Path) -> str:
    """Return who has files below a mount open."""
    unseen = "by something that no process seen from here shows, as in another container"
    return "; ".join(holders.using(path)) or unseen


def _gone(workspace: WorkspaceId) -> StorageDamagedError:
    return StorageDamagedError(
        f"The filesystem of workspace {workspace} is gone: it was removed or renamed by somebody "
        "else. Nothing was changed."
    )
