"""The life of a workspace: create, lease, checkpoint, restore, trash, undelete.

Every verb is named by the state that it reaches and may be repeated. Work on one workspace queues;
work on different ones runs side by side. An owner is named in every call, and somebody else's
workspace is answered like one that does not exist.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from zfs_provisioner import naming
from zfs_provisioner.archive import Archive
from zfs_provisioner.errors import (
    UnknownCheckpointError,
    UnknownWorkspaceError,
    WorkspaceExistsError,
    WorkspaceInTrashError,
    WorkspaceInUseError,
)
from zfs_provisioner.locks import KeyedLocks
from zfs_provisioner.model import (
    Checkpoint,
    CheckpointKind,
    Holder,
    Lease,
    Owner,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.storage.protocol import Report, Storage


class Workspaces:
    """All workspaces of one storage root."""

    def __init__(self, storage: Storage, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._archive = archive
        self._clock = clock
        self._locks = KeyedLocks()

    def all(self) -> list[Workspace]:
        """Return every workspace, for the operator; those in trash too."""
        return self._storage.workspaces()

    def owned_by(self, owner: str) -> list[Workspace]:
        """Return an owner's workspaces, those in trash too, newest first."""
        wanted = naming.parse_owner(owner)
        mine = [each for each in self._storage.workspaces() if each.spec.owner == wanted]
        return sorted(mine, key=lambda each: each.created, reverse=True)

    def get(self, workspace: str, owner: str) -> Workspace:
        """Return the owner's workspace.

        Raises
        ------
        UnknownWorkspaceError
            There is none, or it is another owner's.
        """
        return self._get(naming.parse_workspace_id(workspace), naming.parse_owner(owner))

    def _get(self, workspace: WorkspaceId, owner: Owner) -> Workspace:
        found = self._storage.find(workspace, owner)
        if found is None:
            raise UnknownWorkspaceError(
                f"{owner} has no workspace {workspace}: the home page and `casahub workspace list` "
                "show the ids."
            )
        return found

    def ensure_created(
        self, workspace: str, *, owner: str, dataset: str, release: str, name: str, report: Report
    ) -> Workspace:
        """Return the workspace of this id, cloned from the release if it was not there.

        Raises
        ------
        WorkspaceExistsError
            The id belongs to a workspace that was asked for differently, or to another owner.
        WorkspaceInTrashError
            It is in trash.
        StorageFullError
            No space; nothing was changed.
        """
        wanted = naming.parse_workspace_id(workspace)
        origin = self._archive.release(dataset, release)
        spec = WorkspaceSpec(
            owner=naming.parse_owner(owner),
            dataset=origin.dataset,
            release=origin.name,
            name=naming.parse_title(name),
        )
        with self._locks.holding(wanted):
            found = self._storage.find(wanted, spec.owner)
            if found is None:
                return self._storage.create(wanted, spec, self._clock(), report)
            _refuse_if_in_trash(found)
            if found.spec != spec:
                raise WorkspaceExistsError(
                    f"The id {wanted} is that of the workspace {found.spec.name!r} on "
                    f"{found.spec.dataset}@{found.spec.release}: use a new UUID for another one."
                )
            return found

    def ensure_leased(
        self, workspace: str, *, owner: str, holder: str, session: str, duration: timedelta
    ) -> Workspace:
        """Give or renew the holder's lease for `duration` from now.

        Raises
        ------
        WorkspaceInUseError
            Another holder's lease stands.
        WorkspaceInTrashError
            It is in trash.
        """
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            _refuse_if_in_trash(found)
            now = self._clock()
            if found.lease is not None and found.lease.holder != holder:
                _refuse_if_in_use(found, now)
            lease = Lease(holder=Holder(holder), until=now + duration)
            leased = replace(found, lease=lease, session=session)
            self._storage.update(leased)
            return leased

    def ensure_released(self, workspace: str, *, owner: str, holder: str) -> Checkpoint | None:
        """End the holder's lease; make an `auto` checkpoint if the content changed.

        Repeating it, or calling it after another holder took over, changes nothing.
        """
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            if found.lease is None or found.lease.holder != holder:
                return None
            made = self._checkpoint_if_changed(found, CheckpointKind.AUTO)
            self._storage.update(replace(_based_on(found, made), lease=None))
            return made

    def usage(self, workspace: str, owner: str) -> Usage:
        """Return what the workspace takes."""
        return self._storage.usage(self.get(workspace, owner))

    def checkpoints(self, workspace: str, owner: str) -> list[Checkpoint]:
        """Return the workspace's checkpoints, oldest first."""
        return self._storage.checkpoints(self.get(workspace, owner))

    def checkpoint(self, workspace: str, owner: str) -> Checkpoint:
        """Make a `user` checkpoint of the present content, whether it changed or not."""
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            _refuse_if_in_trash(found)
            made = self._take_checkpoint(found, CheckpointKind.USER)
            self._storage.update(_based_on(found, made))
            return made

    def restore(self, workspace: str, owner: str, checkpoint: str, report: Report) -> Workspace:
        """Make the content that of a checkpoint; an `auto` checkpoint first keeps what changed.

        Raises
        ------
        UnknownCheckpointError
            The workspace has no such checkpoint.
        WorkspaceInUseError
            A session has files of it open: stop it first.
        """
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        parsed = naming.parse_checkpoint(checkpoint)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            _refuse_if_in_trash(found)
            _refuse_if_in_use(found, self._clock())
            self._refuse_if_unknown(found, parsed)
            self._checkpoint_if_changed(found, CheckpointKind.AUTO)
            self._storage.restore(found, parsed, report)
            restored = _based_on(found, parsed)
            self._storage.update(restored)
            return restored

    def ensure_trashed(self, workspace: str, owner: str) -> Workspace:
        """Put the workspace into trash, after a `final` checkpoint if it changed.

        Raises
        ------
        WorkspaceInUseError
            A session uses it: stop it first.
        """
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            if found.state is WorkspaceState.TRASHED:
                return found
            now = self._clock()
            _refuse_if_in_use(found, now)
            made = self._checkpoint_if_changed(found, CheckpointKind.FINAL)
            self._storage.update(replace(_based_on(found, made), trashed=now, lease=None))
            self._storage.move_to_trash(found)
            return self._get(wanted, by)

    def ensure_undeleted(self, workspace: str, owner: str) -> Workspace:
        """Bring the workspace back from trash, as it was."""
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        with self._locks.holding(wanted):
            found = self._get(wanted, by)
            if found.state is WorkspaceState.LIVE:
                return found
            self._storage.move_from_trash(found)
            back = replace(found, state=WorkspaceState.LIVE, trashed=None)
            self._storage.update(back)
            return self._get(wanted, by)

    def _checkpoint_if_changed(
        self, workspace: Workspace, kind: CheckpointKind
    ) -> Checkpoint | None:
        if not self._storage.usage(workspace).changed:
            return None
        return self._take_checkpoint(workspace, kind)

    def _take_checkpoint(self, workspace: Workspace, kind: CheckpointKind) -> Checkpoint:
        earlier = self._storage.checkpoints(workspace)
        number = 1 + max((naming.checkpoint_number(each) for each in earlier), default=0)
        name = naming.format_checkpoint(kind, self._clock(), number)
        self._storage.take_checkpoint(workspace, name)
        return naming.parse_checkpoint(name)

    def _refuse_if_unknown(self, workspace: Workspace, checkpoint: Checkpoint) -> None:
        known = self._storage.checkpoints(workspace)
        if checkpoint not in known:
            names = ", ".join(each.name for each in known) or "none"
            raise UnknownCheckpointError(
                f"Workspace {workspace.id} has no checkpoint {checkpoint.name}. It has: {names}."
            )


def _based_on(workspace: Workspace, checkpoint: Checkpoint | None) -> Workspace:
    """Return the workspace with the checkpoint as its base.

    Lost in a crash, a base costs one checkpoint too many and nothing else.
    """
    return replace(workspace, base=checkpoint.name) if checkpoint else workspace


def _refuse_if_in_trash(workspace: Workspace) -> None:
    if workspace.state is WorkspaceState.TRASHED:
        raise WorkspaceInTrashError(
            f"Workspace {workspace.spec.name!r} ({workspace.id}) is in trash: undelete it first."
        )


def _refuse_if_in_use(workspace: Workspace, now: datetime) -> None:
    if workspace.in_use(now):
        raise WorkspaceInUseError(
            f"Workspace {workspace.spec.name!r} ({workspace.id}) is open in the session "
            f"{workspace.session!r}: stop that session first."
        )
