"""The verbs of a storage. One contract suite (`tests/zfs_provisioner/storage`) holds for all."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

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
)

Report = Callable[[Progress], None]


class Storage(Protocol):
    """Releases and workspaces on disk.

    Every verb either reaches the state in its name or raises and leaves what was there. Callers
    serialise the verbs on one workspace; verbs on different ones may run side by side. All raise
    `StorageFullError` when space runs out and `StorageDamagedError` for what they do not recognise.
    """

    def capabilities(self) -> Capabilities:
        """Return what this storage can do, with the space free now."""

    def reconcile(self) -> list[str]:
        """Finish or undo what a crash left half-done; return a sentence for each.

        Call it once, before any other verb.
        """

    def datasets(self) -> list[Dataset]:
        """Return all datasets by name, each with its releases, newest first."""

    def import_release(
        self,
        dataset: DatasetName,
        release: ReleaseName,
        info: DatasetInfo,
        source: Path,
        now: datetime,
        report: Report,
    ) -> Release:
        """Copy a directory into the archive as an immutable release, visible only when complete."""

    def digest(self, release: Release) -> str:
        """Return the digest of a release's content as it is on disk now."""

    def workspaces(self) -> list[Workspace]:
        """Return all workspaces, those in trash too."""

    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Return the owner's workspace, live or in trash, or None."""

    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the release of the spec; the workspace appears complete or not at all."""

    def update(self, workspace: Workspace) -> None:
        """Write what can change of a workspace: its session, lease, base and time of trash."""

    def usage(self, workspace: Workspace) -> Usage:
        """Return what the workspace takes and whether it differs from its base."""

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Return a workspace's checkpoints, oldest first."""

    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Keep the workspace's present content under the name."""

    def restore(self, workspace: Workspace, checkpoint: Checkpoint, report: Report) -> None:
        """Make the workspace's content that of the checkpoint again."""

    def move_to_trash(self, workspace: Workspace) -> None:
        """Put a workspace with its checkpoints into trash, in one step."""

    def move_from_trash(self, workspace: Workspace) -> None:
        """Bring a workspace back from trash, in one step."""
