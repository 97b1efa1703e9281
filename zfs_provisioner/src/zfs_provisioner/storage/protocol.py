"""The verbs of a storage. One contract suite (`tests/zfs_provisioner/storage`) holds for all."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

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
)
from zfs_provisioner.residents import Kept, Refusal, Resident, Survey

Report = Callable[[Progress], None]


class Storage(Protocol):
    """Releases and workspaces on disk.

    Every verb either reaches the state in its name or raises and leaves what was there. Callers
    serialise the verbs on one workspace; verbs on different ones may run side by side. All raise
    `StorageFullError` when space runs out, `StorageUnavailableError` when the storage does not say
    how it is, and `StorageDamagedError` for what they do not recognise.
    """

    def capabilities(self) -> Capabilities:
        """Return what this storage can do, with the space free now."""

    def refuse_if_unavailable(self) -> None:
        """Raise StorageUnavailableError unless the root is there and is the one opened."""

    def reconcile(self) -> list[str]:
        """Finish or undo what a crash left half-done; return a sentence for each.

        Call it once, before any other verb.
        """

    # The archive

    def datasets(self) -> list[Dataset]:
        """Return all datasets by name, each with its releases, newest first, retired ones too."""

    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        """Copy a directory into the archive as an immutable release, visible only when complete.

        Blocks that are equal in the dataset's last release are shared with it where the storage can
        share blocks. The files belong to the account that sessions run as.
        """

    def describe(self, release: Release) -> None:
        """Write what can change of a release: since when it is retired."""

    def digest(self, release: Release) -> str:
        """Return the digest of a release's content as it is on disk now."""

    # Workspaces

    def workspaces(self, owner: Owner | None = None) -> list[Workspace]:
        """Return an owner's workspaces, without an owner all; those in trash too."""

    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Return the owner's workspace, live or in trash, or None."""

    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the release or checkpoint of the spec; it appears complete or not at all.

        A branch has a first `auto` checkpoint, which is its base.
        """

    def ensure_open(self, workspace: Workspace) -> None:
        """Let the live content appear at the workspace's path."""

    def ensure_closed(self, workspace: Workspace) -> None:
        """Take the live content from the path, where the storage puts it there only for use.

        Raises
        ------
        WorkspaceInUseError
            A process has a file of it open; it stays there.
        """

    def update(self, workspace: Workspace) -> None:
        """Write what can change of a workspace: its session, lease, base and time of trash."""

    def usage(self, workspace: Workspace) -> Usage:
        """Return what the workspace takes and whether it differs from its base."""

    def changed(self, workspace: Workspace) -> bool:
        """Tell whether the workspace differs from its base, without measuring it."""

    def move_to_trash(self, workspace: Workspace) -> None:
        """Put a workspace with its checkpoints into trash, in one step."""

    def move_from_trash(self, workspace: Workspace) -> None:
        """Bring a workspace back from trash, in one step."""

    # Checkpoints

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Return a workspace's checkpoints, oldest first."""

    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Keep the workspace's present content under the name."""

    def reading(
        self, workspace: Workspace, checkpoint: CheckpointName | None
    ) -> AbstractContextManager[Path]:
        """Give the content of a checkpoint, or the live one for None, read-only in the block."""

    def written(
        self, workspace: Workspace, older: CheckpointName, newer: CheckpointName | None
    ) -> int | None:
        """Return the bytes of blocks written between two contents; None if it cannot be told."""

    def restore(
        self,
        workspace: Workspace,
        checkpoint: Checkpoint,
        paths: Collection[str],
        report: Report,
    ) -> None:
        """Make the workspace's content that of the checkpoint again.

        With paths, only what is there; each must be in the checkpoint. The workspace is closed.
        """

    # What may go

    def survey(self) -> Survey:
        """Read what there is below `ws` and `trash`, with at most one process.

        It may leave out what is costly to find out and matters only for what may go: see
        `look_closer`.
        """

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        """Read some again, with all that is odd about them; those that are gone are left out."""

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        """Destroy workspaces in trash with their checkpoints, in this order; none by halves.

        Each only if it is what the caller saw: the same filesystem with the same checkpoints,
        without anything odd, without a branch, and mounted nowhere. The caller holds them.

        Returns
        -------
        Those that were left as they are.
        """

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        """Destroy checkpoints of a live workspace; the caller holds it.

        Returns
        -------
        Those that are gone. One that is not what the caller saw, or has a hold or branch, stays.
        """

    def write_memo(self, text: str) -> None:
        """Keep a text of at most 4000 bytes for `survey`, in one step."""

    # Quotas

    def allowance(self, owner: Owner) -> Allowance:
        """Return what an owner's live workspaces take and may take, or raise NotSupportedError."""

    def limit_owner(self, owner: Owner, limit: int | None) -> None:
        """Set or, with None, lift an owner's quota.

        Raises
        ------
        QuotaBelowUsageError
            More than that is used already.
        NotSupportedError
            This storage keeps no quotas.
        """

    def allowance_of(self, workspace: Workspace) -> Allowance:
        """Return what one workspace takes and may take, or raise NotSupportedError."""

    def limit(self, workspace: Workspace, limit: int | None) -> None:
        """Set or lift a workspace's quota; raises as `limit_owner` does."""
