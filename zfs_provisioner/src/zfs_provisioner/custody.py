"""What every verb on a workspace begins with: its lock, its owner, and what forbids the verb."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    UnknownWorkspaceError,
    WorkspaceInTrashError,
    WorkspaceInUseError,
)
from zfs_provisioner.journal import Journal, Verb, nowhere, of_workspace
from zfs_provisioner.locks import KeyedLocks
from zfs_provisioner.model import Workspace, WorkspaceState
from zfs_provisioner.storage.protocol import Storage

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Custody:
    """The storage, the locks on its workspaces, the clock and the journal.

    All verbs of one root share one: work on one workspace queues, work on different ones runs side
    by side. An owner is named in every call, and somebody else's workspace is answered like one
    that does not exist.
    """

    storage: Storage
    clock: Clock
    journal: Journal = nowhere
    locks: KeyedLocks = field(default_factory=KeyedLocks)

    def found(self, workspace: str, owner: str) -> Workspace:
        """Return the owner's workspace.

        Raises
        ------
        UnknownWorkspaceError
            There is none, or it is another owner's.
        """
        wanted, by = naming.parse_workspace_id(workspace), naming.parse_owner(owner)
        found = self.storage.find(wanted, by)
        if found is None:
            raise UnknownWorkspaceError(
                f"{by} has no workspace {wanted}: the home page and `casahub workspace list` show "
                "the ids."
            )
        return found

    @contextmanager
    def holding(self, workspace: str, owner: str) -> Iterator[Workspace]:
        """Give the owner's workspace and keep other verbs off it in the block."""
        with self.locks.holding(naming.parse_workspace_id(workspace)):
            yield self.found(workspace, owner)

    @contextmanager
    def locked(self, *workspaces: str) -> Iterator[None]:
        """Keep other verbs off several workspaces, which need not exist, in the block."""
        with ExitStack() as stack:
            # Sorted, so that two callers never wait for each other.
            for each in sorted({naming.parse_workspace_id(every) for every in workspaces}):
                stack.enter_context(self.locks.holding(each))
            yield

    def tell(self, verb: Verb, workspace: Workspace, detail: str = "") -> None:
        """Write into the journal what happened to a workspace."""
        self.journal(of_workspace(self.clock(), verb, workspace, detail))


def refuse_if_in_trash(workspace: Workspace) -> None:
    """Raise WorkspaceInTrashError if the workspace must be undeleted first."""
    if workspace.state is WorkspaceState.TRASHED:
        raise WorkspaceInTrashError(
            f"Workspace {workspace.spec.name!r} ({workspace.id}) is in trash: undelete it first."
        )


def refuse_if_in_use(workspace: Workspace, now: datetime) -> None:
    """Raise WorkspaceInUseError if a lease stands."""
    if workspace.in_use(now):
        raise WorkspaceInUseError(
            f"Workspace {workspace.spec.name!r} ({workspace.id}) is open in the session "
            f"{workspace.session!r}: stop that session first."
        )
