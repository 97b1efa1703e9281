"""What engine, provisioner and hub say at one time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Lease, Owner, Workspace, WorkspaceId

from casahub_spawner.engines import Engine
from casahub_spawner.found import HOLDERS, FoundSession, holder_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server as the hub knows it.

    Two looks that give equal ones mean that nothing happened to it in between.

    Attributes
    ----------
    pending
        What the hub is doing with it: `spawn`, `stop`, `check` after a restart, `rename`; else
        None.
    ready
        Whether the hub has it running.
    started
        When its present start began; None when it is stopped.
    touched
        When it was last started or used; None while it is ready, as use says nothing new then.
    workspace
        Id of the workspace that it had last; empty before its first start.
    engine_id
        As in `FoundSession`; empty when the hub does not know it.
    """

    owner: str
    session: str
    pending: str | None = None
    ready: bool = False
    started: datetime | None = None
    touched: datetime | None = None
    workspace: str = ""
    engine_id: str = ""

    @property
    def active(self) -> bool:
        """Whether it runs, or is on its way up or down."""
        return self.ready or self.pending is not None

    @property
    def holder(self) -> str:
        """Who holds its lease."""
        return holder_of(self.owner, self.session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A workspace that somebody has a lease on."""

    workspace: WorkspaceId
    owner: Owner
    lease: Lease

    @property
    def is_hubs(self) -> bool:
        """Whether a session of the hub has it; other programs' leases are their own business."""
        return self.lease.holder.startswith(HOLDERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was there when each of them was asked: first the engine, last the hub."""

    sessions: Sequence[FoundSession] = ()
    leases: Sequence[Leased] = ()
    servers: Sequence[Server] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whom to ask.

    Attributes
    ----------
    name
        By which its sessions are marked.
    servers
        Asks the hub for all servers, stopped ones too.
    """

    name: str
    engine: Engine
    provisioner: ProvisionerClient
    servers: Callable[[], Awaitable[Sequence[Server]]]

    async def look(self) -> Look:
        """Ask engine, provisioner and hub, in this order.

        The hub knows of a session before the engine has it, and until the engine has it no more. So
        what was found before the hub was asked, and is still there at the next look, is in the
        hub's answer if the hub knows it at all.

        Raises
        ------
        Exception
            One of them does not answer: then nothing is known.
        """
        sessions = await self.engine.sessions(self.name)
        workspaces = await self.provisioner.workspaces()
        return Look(
            sessions=tuple(sessions),
            leases=tuple(each for one in workspaces for each in _leases(one)),
            servers=tuple(await self.servers()),
        )


def _leases(workspace: Workspace) -> list[Leased]:
    if workspace.lease is None:
        return []
    return [Leased(workspace=workspace.id, owner=workspace.spec.owner, lease=workspace.lease)]
