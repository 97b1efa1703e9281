"""The life of a workspace: create, branch, lease, limit, trash, undelete.

Every verb is named by the state that it reaches and may be repeated.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zfs_provisioner import naming
from zfs_provisioner.archive import Archive, refuse_if_retired
from zfs_provisioner.checkpoints import based_on, known_checkpoint, take_if_changed
from zfs_provisioner.custody import Custody, refuse_if_in_trash, refuse_if_in_use
from zfs_provisioner.errors import (
    ProvisionerError,
    WorkspaceExistsError,
    WorkspaceInUseError,
)
from zfs_provisioner.journal import Event, Verb
from zfs_provisioner.model import (
    Allowance,
    Checkpoint,
    CheckpointKind,
    CheckpointRef,
    Holder,
    Lease,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.residents import StillOpen
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.waiting import longer_each_time

log = logging.getLogger(__name__)

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


class Workspaces:
    """All workspaces of one storage root.

    Parameters
    ----------
    refuse_new
        Raises StorageFullError when nobody may have a new workspace.
    """

    def __init__(
        self, custody: Custody, archive: Archive, refuse_new: Callable[[], None] = lambda: None
    ) -> None:
        self._custody = custody
        self._storage = custody.storage
        self._archive = archive
        self._refuse_new = refuse_new
        self._still_open: dict[WorkspaceId, StillOpen] = {}

    def all(self) -> list[Workspace]:
        """Return every workspace, for the operator; those in trash too."""
        return self._storage.workspaces()

    def owned_by(self, owner: str) -> list[Workspace]:
        """Return an owner's workspaces, those in trash too, newest first."""
        mine = self._storage.workspaces(naming.parse_owner(owner))
        return sorted(mine, key=lambda each: each.created, reverse=True)

    def get(self, workspace: str, owner: str) -> Workspace:
        """Return the owner's workspace, or raise UnknownWorkspaceError."""
        return self._custody.found(workspace, owner)

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
        ReleaseRetiredError
            Nobody gets new workspaces of the release.
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
        with self._custody.locked(wanted):
            found = self._existing(wanted, spec)
            if found is not None:
                return found
            refuse_if_retired(origin)
            return self._create(wanted, spec, report)

    def ensure_branched(
        self,
        workspace: str,
        *,
        owner: str,
        origin: str,
        checkpoint: str,
        name: str,
        report: Report,
    ) -> Workspace:
        """Return the workspace of this id, cloned from a checkpoint if it was not there.

        Parameters
        ----------
        origin
            Id of the owner's workspace that has the checkpoint; it may be in trash.

        Raises
        ------
        UnknownWorkspaceError, UnknownCheckpointError
            There is nothing to branch from.
        WorkspaceExistsError, WorkspaceInTrashError, StorageFullError
            As `ensure_created`.
        """
        wanted = naming.parse_workspace_id(workspace)
        if wanted == naming.parse_workspace_id(origin):
            raise WorkspaceExistsError(
                f"A workspace cannot be branched into itself ({wanted}): use a new UUID."
            )
        with self._custody.locked(wanted, origin):
            source = self._custody.found(origin, owner)
            point = known_checkpoint(self._custody, source, checkpoint)
            spec = WorkspaceSpec(
                owner=source.spec.owner,
                dataset=source.spec.dataset,
                release=source.spec.release,
                name=naming.parse_title(name),
                branch=CheckpointRef(workspace=source.id, checkpoint=point.name),
            )
            found = self._existing(wanted, spec)
            return found if found is not None else self._create(wanted, spec, report)

    def _existing(self, wanted: WorkspaceId, spec: WorkspaceSpec) -> Workspace | None:
        found = self._storage.find(wanted, spec.owner)
        if found is None:
            return None
        refuse_if_in_trash(found)
        if found.spec != spec:
            raise WorkspaceExistsError(
                f"The id {wanted} is that of the workspace {found.spec.name!r} on "
                f"{found.spec.dataset}@{found.spec.release}: use a new UUID for another one."
            )
        return found

    def _create(self, wanted: WorkspaceId, spec: WorkspaceSpec, report: Report) -> Workspace:
        self._refuse_new()
        made = self._storage.create(wanted, spec, self._custody.clock(), report)
        branch = spec.branch
        origin = f"{branch.workspace}@{branch.checkpoint}" if branch else ""
        self._custody.tell(Verb.CREATED, made, origin or f"{spec.dataset}@{spec.release}")
        return made

    def ensure_leased(
        self, workspace: str, *, owner: str, holder: str, session: str, duration: timedelta
    ) -> Workspace:
        """Give or renew the holder's lease for `duration` from now; the content is at its path.

        Raises
        ------
        WorkspaceInUseError
            Another holder's lease stands.
        WorkspaceInTrashError
            It is in trash.
        """
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            now = self._custody.clock()
            renewed = found.lease is not None and found.lease.holder == holder
            if not renewed:
                refuse_if_in_use(found, now)
            self._storage.ensure_open(found)
            self._still_open.pop(found.id, None)
            lease = Lease(holder=Holder(holder), until=now + duration)
            leased = replace(found, lease=lease, session=session, active=now)
            self._storage.update(leased)
            self._custody.tell(Verb.LEASED, leased, f"{holder} until {lease.until:%FT%TZ}")
            return leased

    def ensure_released(
        self, workspace: str, *, owner: str, holder: str, until: datetime | None = None
    ) -> Checkpoint | None:
        """End the holder's lease; make an `auto` checkpoint if the content changed.

        Repeating it, or calling it after another holder took over, changes nothing. Content that a
        process still has open stays where it is until that process ends: see `close_expired`.

        Parameters
        ----------
        until
            End only the lease that ends then, as it was seen: one that the holder took or renewed
            since stays.
        """
        with self._custody.holding(workspace, owner) as found:
            if found.lease is None or found.lease.holder != holder:
                return None
            if until is not None and found.lease.until != until:
                return None
            return self._release(found, holder)

    def _release(self, found: Workspace, why: str) -> Checkpoint | None:
        made = take_if_changed(self._custody, found, CheckpointKind.AUTO)
        released = replace(based_on(found, made), lease=None, active=_last_use(found, self._now()))
        self._storage.update(released)
        self._custody.tell(Verb.RELEASED, released, why)
        self._close(released)
        return made

    def _close(self, workspace: Workspace) -> None:
        try:
            self._storage.ensure_closed(workspace)
            self._still_open.pop(workspace.id, None)
        except WorkspaceInUseError as error:
            before = self._still_open.get(workspace.id)
            tries = 1 + (before.tries if before else 0)
            wait = longer_each_time(tries, _FIRST_WAIT, _LONGEST_WAIT)
            log.warning("stays mounted: %s", error)
            self._still_open[workspace.id] = StillOpen(
                workspace=workspace, why=error.message, tries=tries, again=self._now() + wait
            )
            if before is None:
                self._custody.tell(Verb.LEFT, workspace, f"mounted: {error.message}")

    def still_open(self) -> list[StillOpen]:
        """Return the workspaces that nobody leases and that could not be closed."""
        return list(self._still_open.values())

    def close_expired(self) -> list[Workspace]:
        """End the leases whose time is over, and close what could not be closed before.

        Call it now and then. What cannot be done is logged, and tried again the next time.

        Returns
        -------
        The workspaces whose leases were ended.
        """
        ended = []
        for each in self._storage.workspaces():
            now = self._now()
            busy = self._still_open.get(each.id)
            if now >= busy.again if busy else each.lease is not None and not each.in_use(now):
                try:
                    ended += self._close_if_expired(each)
                except ProvisionerError as error:
                    log.warning("workspace %s is closed later: %s", each.id, error)
        return ended

    def _close_if_expired(self, seen: Workspace) -> list[Workspace]:
        with self._custody.holding(seen.id, seen.spec.owner) as found:
            if found.in_use(self._custody.clock()) or found.state is WorkspaceState.TRASHED:
                return []
            if found.lease is None:
                self._close(found)
                return []
            self._release(found, f"the lease of {found.lease.holder} expired")
            return [found]

    def usage(self, workspace: str, owner: str) -> Usage:
        """Return what the workspace takes."""
        with self._custody.holding(workspace, owner) as found:
            return self._storage.usage(found)

    def ensure_trashed(self, workspace: str, owner: str) -> Workspace:
        """Put the workspace into trash, after a `final` checkpoint if it changed.

        Raises
        ------
        WorkspaceInUseError
            A session uses it: stop it first.
        """
        with self._custody.holding(workspace, owner) as found:
            return self.put_into_trash(found)

    def put_into_trash(self, found: Workspace, why: str = "") -> Workspace:
        """Put a workspace that the caller holds into trash; as `ensure_trashed`."""
        if found.state is WorkspaceState.TRASHED:
            return found
        now = self._now()
        refuse_if_in_use(found, now)
        self._storage.ensure_closed(found)
        made = take_if_changed(self._custody, found, CheckpointKind.FINAL)
        self._storage.update(replace(based_on(found, made), trashed=now, lease=None))
        self._storage.move_to_trash(found)
        trashed = self._custody.found(found.id, found.spec.owner)
        self._custody.tell(Verb.TRASHED, trashed, why)
        return trashed

    def ensure_undeleted(self, workspace: str, owner: str) -> Workspace:
        """Bring the workspace back from trash, as it was; that counts as use."""
        with self._custody.holding(workspace, owner) as found:
            # One that is live with a time of trash was half undeleted, or half trashed, in a crash.
            if found.state is WorkspaceState.LIVE and found.trashed is None:
                return found
            if found.state is WorkspaceState.TRASHED:
                self._storage.move_from_trash(found)
            now = self._now()
            back = replace(found, state=WorkspaceState.LIVE, trashed=None, active=now)
            self._storage.update(back)
            self._custody.tell(Verb.UNDELETED, back)
            return self._custody.found(workspace, owner)

    # Collection

    def keep(self, workspace: str, owner: str, until: datetime | None) -> Workspace:
        """Keep the workspace from being collected until a time, or with None no longer than others.

        Raises
        ------
        WorkspaceInTrashError
            It is in trash.
        """
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            if found.keep == until:
                return found
            kept = replace(found, keep=until)
            self._storage.update(kept)
            detail = f"until {until:%FT%TZ}" if until else "no longer than others"
            self._custody.tell(Verb.KEPT, kept, detail)
            return kept

    def note_active(self, workspace: WorkspaceId, owner: str, at: datetime) -> None:
        """Write down that a live workspace was in use at a time, if that is news."""
        with self._custody.holding(workspace, owner) as found:
            newer = found.active is None or found.active < at
            if newer and found.state is WorkspaceState.LIVE:
                self._storage.update(replace(found, active=at))

    def _now(self) -> datetime:
        return self._custody.clock()

    # Quotas

    def allowance(self, owner: str) -> Allowance:
        """Return what an owner's live workspaces take and may take.

        Raises
        ------
        NotSupportedError
            The storage keeps no quotas.
        """
        return self._storage.allowance(naming.parse_owner(owner))

    def limit_owner(self, owner: str, limit: int | None) -> Allowance:
        """Set an owner's quota in bytes, or lift it with None.

        Raises
        ------
        QuotaBelowUsageError
            More than that is used already.
        NotSupportedError
            The storage keeps no quotas.
        """
        wanted = naming.parse_owner(owner)
        self._storage.limit_owner(wanted, limit)
        now = self._custody.clock()
        detail = "no limit" if limit is None else f"{limit} bytes"
        self._custody.journal(
            Event(at=now, verb=Verb.LIMITED, subject=wanted, owner=wanted, detail=detail)
        )
        return self._storage.allowance(wanted)

    def allowance_of(self, workspace: str, owner: str) -> Allowance:
        """Return what one workspace takes and may take; raises as `allowance` does."""
        return self._storage.allowance_of(self._custody.found(workspace, owner))

    def limit(self, workspace: str, owner: str, limit: int | None) -> Allowance:
        """Set or lift a workspace's quota; raises as `limit_owner` does."""
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            self._storage.limit(found, limit)
            self._custody.tell(Verb.LIMITED, found, f"{limit} bytes" if limit else "no limit")
            return self._storage.allowance_of(found)


def _last_use(workspace: Workspace, now: datetime) -> datetime:
    """Return when a lease that ends now was last known to be used."""
    return min(now, workspace.lease.until) if workspace.lease else now
