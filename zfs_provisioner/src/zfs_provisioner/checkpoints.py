"""The checkpoints of a workspace: take, compare, restore, publish."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from zfs_provisioner import naming
from zfs_provisioner.archive import Archive
from zfs_provisioner.custody import Custody, refuse_if_in_trash, refuse_if_in_use
from zfs_provisioner.errors import UnknownCheckpointError
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import (
    Changes,
    Checkpoint,
    CheckpointKind,
    CheckpointRef,
    DatasetInfo,
    Release,
    Workspace,
)
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.protocol import Report

MOST_CHANGES: Final = 10_000  # files in one answer; a person reads fewer, and a page can count


class Checkpoints:
    """The checkpoints of all workspaces of one storage root."""

    def __init__(self, custody: Custody, archive: Archive) -> None:
        self._custody = custody
        self._storage = custody.storage
        self._archive = archive

    def of(self, workspace: str, owner: str) -> list[Checkpoint]:
        """Return a workspace's checkpoints, oldest first."""
        return self._storage.checkpoints(self._custody.found(workspace, owner))

    def take(self, workspace: str, owner: str) -> Checkpoint:
        """Make a `user` checkpoint of the present content, whether it changed or not."""
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            made = take(self._custody, found, CheckpointKind.USER)
            self._storage.update(replace(based_on(found, made), active=self._custody.clock()))
            return made

    def keep_changes(self, workspace: str, owner: str) -> Checkpoint | None:
        """Make an `auto` checkpoint if the content changed; repeated, it makes none.

        Whoever is about to stop a session calls it first, so that it is known to have worked. It is
        no use of the workspace: nobody did anything.
        """
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            made = take_if_changed(self._custody, found, CheckpointKind.AUTO)
            if made is not None:
                self._storage.update(based_on(found, made))
            return made

    def changes(
        self,
        workspace: str,
        owner: str,
        older: str,
        newer: str | None = None,
        limit: int = MOST_CHANGES,
    ) -> Changes:
        """Return what differs between two checkpoints, or a checkpoint and the present content.

        Parameters
        ----------
        newer
            None for the present content.
        limit
            The most files in the answer; all are counted.
        """
        with self._custody.holding(workspace, owner) as found:
            before = self._known(found, older)
            after = self._known(found, newer) if newer is not None else None
            written = self._storage.written(found, before.name, after.name if after else None)
            with (
                self._storage.reading(found, before.name) as one,
                self._storage.reading(found, after.name if after else None) as other,
            ):
                changes = trees.changes(one, other)
        if written is None:
            written = sum(each.after for each in changes)
        return Changes(files=tuple(changes[:limit]), total=len(changes), written=written)

    def restore(
        self,
        workspace: str,
        owner: str,
        checkpoint: str,
        report: Report,
        paths: Sequence[str] = (),
    ) -> Workspace:
        """Make the content that of a checkpoint; an `auto` checkpoint first keeps what changed.

        Parameters
        ----------
        paths
            Files and directories, relative to the workspace, to which it is confined; none for all.

        Raises
        ------
        UnknownCheckpointError
            The workspace has no such checkpoint.
        InvalidPathError
            A path is not in the checkpoint.
        WorkspaceInUseError
            A session has files of it open: stop it first.
        """
        wanted = sorted({naming.parse_path(each) for each in paths})
        with self._custody.holding(workspace, owner) as found:
            refuse_if_in_trash(found)
            refuse_if_in_use(found, self._custody.clock())
            known = self._known(found, checkpoint)
            # Closed first: what a forgotten process writes after the checkpoint would be lost.
            self._storage.ensure_closed(found)
            kept = take_if_changed(self._custody, found, CheckpointKind.AUTO)
            self._storage.restore(found, known, wanted, report)
            now = self._custody.clock()
            restored = replace(based_on(found, kept if wanted else known), active=now)
            self._storage.update(restored)
            which = f"{', '.join(wanted)} of {known.name}" if wanted else known.name
            self._custody.tell(Verb.RESTORED, restored, which)
            return restored

    def publish(
        self,
        workspace: str,
        owner: str,
        checkpoint: str,
        *,
        dataset: str,
        release: str,
        info: DatasetInfo,
        report: Report,
    ) -> Release:
        """Make a checkpoint's content a release; doing it again returns the same release.

        Raises
        ------
        ReleaseExistsError
            The release's name is taken by other content.
        InvalidSourceError
            The checkpoint holds links, or no file.
        """
        with self._custody.holding(workspace, owner) as found:
            known = self._known(found, checkpoint)
            origin = CheckpointRef(workspace=found.id, checkpoint=known.name)
            with self._storage.reading(found, known.name) as content:
                return self._archive.publish(dataset, release, info, content, origin, report)

    def _known(self, workspace: Workspace, name: str) -> Checkpoint:
        return known_checkpoint(self._custody, workspace, name)


def known_checkpoint(custody: Custody, workspace: Workspace, name: str) -> Checkpoint:
    """Return a workspace's checkpoint, or raise UnknownCheckpointError that lists those it has."""
    wanted = naming.parse_checkpoint(name)
    known = custody.storage.checkpoints(workspace)
    if wanted not in known:
        names = ", ".join(each.name for each in known) or "none"
        raise UnknownCheckpointError(
            f"Workspace {workspace.id} has no checkpoint {wanted.name}. It has: {names}."
        )
    return wanted


def take_if_changed(
    custody: Custody, workspace: Workspace, kind: CheckpointKind
) -> Checkpoint | None:
    """Make a checkpoint if the content differs from the workspace's base; the caller holds it."""
    return take(custody, workspace, kind) if custody.storage.changed(workspace) else None


def take(custody: Custody, workspace: Workspace, kind: CheckpointKind) -> Checkpoint:
    """Make a checkpoint; the caller holds the workspace and writes its new base."""
    earlier = custody.storage.checkpoints(workspace)
    number = 1 + max((naming.checkpoint_number(each) for each in earlier), default=0)
    name = naming.format_checkpoint(kind, custody.clock(), number)
    custody.storage.take_checkpoint(workspace, name)
    custody.tell(Verb.CHECKPOINTED, workspace, name)
    return naming.parse_checkpoint(name)


def based_on(workspace: Workspace, checkpoint: Checkpoint | None) -> Workspace:
    """Return the workspace with the checkpoint as its base.

    Lost in a crash, a base costs one checkpoint too many and nothing else.
    """
    return replace(workspace, base=checkpoint.name) if checkpoint else workspace
