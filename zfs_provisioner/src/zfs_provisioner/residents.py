"""Workspaces as they are found on the storage, for whoever decides what may go.

A `Survey` is read from the storage itself and not from what is remembered of it. What it does not
say (None) is unknown, and nobody acts on what is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointName,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)

LONGEST_MEMO: Final = 4000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint on the storage.

    Attributes
    ----------
    identity
        Tells it from another one of its name: on ZFS the snapshot's guid.
    created
        Seconds since the epoch, as its name says them.
    branches
        Workspaces that share its blocks because they began with it, so that it has to stay.
    odd
        What somebody else did with it, such as a hold; empty where nobody did anything.
    """

    name: CheckpointName
    identity: int
    created: int
    branches: tuple[WorkspaceId, ...] = ()
    odd: str = ""

    @property
    def kind(self) -> CheckpointKind:
        """Why it was made."""
        return CheckpointKind(self.name.partition("-")[0])

    @property
    def made(self) -> datetime:
        """When it was made."""
        return datetime.fromtimestamp(self.created, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A workspace on the storage.

    Attributes
    ----------
    identity
        Tells it from another one in its place: on ZFS the filesystem's guid.
    checkpoints
        Oldest first.
    size
        Bytes that are free when it is destroyed.
    written
        Bytes written since its newest checkpoint, or since it was made.
    odd
        Sentences on what is not ours there: snapshots, filesystems, properties.
    users
        Sentences on who has it mounted, or files of it open, although nobody may have a lease.
    """

    workspace: Workspace
    identity: int
    checkpoints: tuple[Kept, ...] = ()
    size: int | None = None
    written: int | None = None
    odd: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Tell whether it holds nothing that its user made, as far as can be told by looking.

        What goes to trash has a `final` checkpoint if its content was changed, so one in trash
        without any was compared. A live one that is mistaken for unchanged goes to trash earlier,
        and is compared then.
        """
        if self.checkpoints:
            return False
        if self.written is None:
            return self.workspace.state is WorkspaceState.TRASHED
        return self.written == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that is below a root's `ws` and `trash`.

    Attributes
    ----------
    odd
        Sentences on what is no workspace: half-made ones, and what others made there.
    free, size
        Bytes of the storage.
    memo
        What `Storage.write_memo` wrote last; empty if it never did.
    """

    residents: Sequence[Resident]
    odd: tuple[str, ...] = ()
    free: int
    size: int
    memo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A workspace that was not destroyed, and why; nothing of it was changed."""

    workspace: WorkspaceId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """A workspace that stays mounted because somebody uses it without a lease.

    Attributes
    ----------
    why
        Who does.
    again
        When closing it is tried again.
    """

    workspace: Workspace
    why: str
    tries: int
    again: datetime
