"""A site made up of values, in which sessions start, stop and get lost at any moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final, cast
from uuid import UUID

from casahub_spawner.found import FoundSession, holder_of
from casahub_spawner.reconciling.looks import Leased, Server, Site
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import (
    DatasetName,
    Holder,
    Lease,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)

OWNER: Final = Owner("ada")
NAMES: Final = ("first", "second")
WORKSPACES: Final = tuple(WorkspaceId(str(UUID(int=number))) for number in (1, 2))
START: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)


def session(name: str = "first", workspace: str = WORKSPACES[0], start: str = "1") -> FoundSession:
    """Return a session of the one user."""
    return FoundSession(
        site="here", owner=OWNER, session=name, workspace=workspace, engine_id=start
    )


def leased(
    name: str = "first", workspace: WorkspaceId = WORKSPACES[0], until: datetime = START
) -> Leased:
    """Return a workspace with the lease of one of the user's servers."""
    lease = Lease(holder=Holder(holder_of(OWNER, name)), until=until)
    return Leased(workspace=workspace, owner=OWNER, lease=lease)


def server(name: str = "first", **known: object) -> Server:
    """Return a server of the user's, which is stopped unless something else is said."""
    return Server(owner=OWNER, session=name, **known)  # type: ignore[arg-type]


def running(name: str = "first", workspace: str = WORKSPACES[0], start: str = "1") -> Server:
    """Return a server that is up."""
    return server(name, ready=True, started=START, workspace=workspace, engine_id=start)


class DownError(Exception):
    """Engine, provisioner or hub do not answer."""


@dataclass
class World:
    """Engine, provisioner and hub. Whoever is asked, `happens` is called before the answer.

    What it is told to do follows the order of `WorkspaceMixin` and JupyterHub: pending, then the
    lease, then the session, then ready; and the other way round at the end.
    """

    happens: Callable[["World"], None] = lambda _world: None
    servers: dict[str, Server] = field(default_factory=dict)
    sessions: list[FoundSession] = field(default_factory=list)
    leases: dict[WorkspaceId, Leased] = field(default_factory=dict)
    taken: dict[str, datetime] = field(default_factory=dict)  # by servers, the lease they hold
    ended: list[FoundSession] = field(default_factory=list)
    down: str = ""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def site(self) -> Site:
        """The world, as the reconciler sees it."""
        return Site(
            name="here",
            engine=_Engine(self),
            provisioner=cast(ProvisionerClient, _Provisioner(self)),
            servers=self._all_servers,
        )

    async def _all_servers(self) -> Sequence[Server]:
        self.asked("hub")
        return list(self.servers.values())

    def asked(self, who: str) -> None:
        """Let things happen; fail when who is asked is down."""
        self.happens(self)
        if self.down == who:
            raise DownError(who)

    # What may happen; each does nothing where it cannot

    def begin(self, name: str, workspace: WorkspaceId) -> None:
        known = self.servers.get(name, server(name))
        other = self.leases.get(workspace)
        if known.active or (other and other.lease.holder != known.holder):
            return
        now = self._now()
        self.servers[name] = replace(
            known, pending="spawn", started=now, touched=now, workspace=workspace, engine_id=""
        )

    def go_on(self, name: str) -> None:
        """Let the hub do the next step of what is pending."""
        known = self.servers.get(name)
        if known and known.pending == "spawn":
            step = (
                self.ready if known.engine_id else self.launch if name in self.taken else self.lease
            )
            step(name)
        elif known and known.pending == "stop":
            alive = known.engine_id in {each.engine_id for each in self.sessions}
            (self.exit if alive else self.stopped)(name)
        elif known and known.pending == "check":
            self.check(name)

    def lease(self, name: str) -> None:
        """Take or renew it."""
        known = self.servers.get(name)
        if known and known.pending in {"spawn", None} and known.active:
            until = self._now()
            self.taken[name] = until
            workspace = WorkspaceId(known.workspace)
            self.leases[workspace] = leased(name, workspace, until)

    def launch(self, name: str) -> None:
        known = self.servers.get(name)
        if known and known.pending == "spawn" and name in self.taken and not known.engine_id:
            made = session(name, known.workspace, str(next(self._numbers)))
            self.sessions.append(made)
            self.servers[name] = replace(known, engine_id=made.engine_id)

    def ready(self, name: str) -> None:
        known = self.servers.get(name)
        if known and known.pending == "spawn" and known.engine_id:
            self.servers[name] = replace(known, pending=None, ready=True, touched=None)

    def stop(self, name: str) -> None:
        """Begin to stop it, or to undo a start."""
        known = self.servers.get(name)
        if known and known.active and known.pending != "check":
            self.servers[name] = replace(known, pending="stop", ready=False, touched=self._now())

    def exit(self, name: str) -> None:
        """Let its session end, asked or by itself."""
        known = self.servers.get(name)
        if known and known.active:
            self.sessions = [each for each in self.sessions if each.engine_id != known.engine_id]

    def stopped(self, name: str) -> None:
        known = self.servers.get(name)
        gone = known and known.engine_id not in {each.engine_id for each in self.sessions}
        if known and known.pending == "stop" and gone:
            self.leases.pop(WorkspaceId(known.workspace), None)
            self.taken.pop(name, None)
            self.servers[name] = replace(known, pending=None, started=None, engine_id="")

    def crash(self) -> None:
        """Let the hub be killed and start again: what it had not written down, it does not know."""
        for name, known in self.servers.items():
            if known.pending == "spawn":
                self.servers[name] = server(name, touched=known.touched)
                self.taken.pop(name, None)
            elif known.active:
                self.servers[name] = replace(known, pending="check", ready=False)

    def check(self, name: str) -> None:
        """Let a hub that has started find out about a server."""
        known = self.servers.get(name)
        if known and known.pending == "check":
            alive = known.engine_id in {each.engine_id for each in self.sessions}
            pending = None if alive else "stop"
            self.servers[name] = replace(known, pending=pending, ready=alive)

    def forget(self, name: str) -> None:
        """Let an older copy of the database take the place of the hub's."""
        self.servers.pop(name, None)
        self.taken.pop(name, None)

    def _now(self) -> datetime:
        return START + timedelta(minutes=next(self._numbers))


@dataclass
class _Engine:
    world: World

    async def sessions(self, site: str, /) -> list[FoundSession]:
        self.world.asked("engine")
        return [each for each in self.world.sessions if each.site == site]

    async def end(self, ended: FoundSession, /) -> None:
        self.world.asked("engine")
        known = [each.engine_id for each in self.world.servers.values() if each.active]
        assert ended.engine_id not in known, f"the hub knows {ended}"
        self.world.sessions = [each for each in self.world.sessions if each != ended]
        self.world.ended.append(ended)


@dataclass
class _Provisioner:
    world: World

    async def workspaces(self) -> list[Workspace]:
        self.world.asked("provisioner")
        return [_workspace(each) for each in self.world.leases.values()]

    async def release_lease(
        self, workspace: WorkspaceId, _owner: str, *, holder: str, until: datetime
    ) -> None:
        self.world.asked("provisioner")
        found = self.world.leases.get(workspace)
        if found and found.lease == Lease(holder=Holder(holder), until=until):
            assert until not in self.world.taken.values(), f"a session has {found}"
            assert workspace not in {each.workspace for each in self.world.sessions}
            del self.world.leases[workspace]


def _workspace(leased: Leased) -> Workspace:
    spec = WorkspaceSpec(
        owner=leased.owner, dataset=DatasetName("obs"), release=ReleaseName("1"), name="x"
    )
    return Workspace(
        id=leased.workspace,
        spec=spec,
        state=WorkspaceState.LIVE,
        created=START,
        path="/",
        lease=leased.lease,
    )
