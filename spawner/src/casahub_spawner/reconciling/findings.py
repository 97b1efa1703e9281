"""What does not fit together in a look, and what of it is certain enough to act on.

A look is not one moment: while engine, provisioner and hub are asked one after the other, sessions
start and stop. So whatever is found has to be found again, unchanged, at least a period later; and
once more right before something is done about it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from casahub_spawner.found import FoundSession
from casahub_spawner.reconciling.looks import Leased, Look, Server


class Trouble(StrEnum):
    """What is wrong; the words are those that an operator reads."""

    UNKNOWN = "a session that the hub does not know"
    UNUSED = "a lease without a session"
    UNLEASED = "a session without a lease"
    GONE = "a server whose session is gone"
    SHARED = "several sessions on one workspace"


# The others heal by the hub's own look at its servers (`WorkspaceMixin.poll`), or need a person.
REPAIRED: Final = frozenset({Trouble.UNKNOWN, Trouble.UNUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, with all that it was concluded from.

    Two looks that give equal ones mean that nothing changed in between: the same start of the
    session, the same lease, which nobody renewed, and the same server, which nobody started.
    """

    trouble: Trouble
    session: FoundSession | None = None
    lease: Leased | None = None
    server: Server | None = None

    @property
    def repaired(self) -> bool:
        """Whether the reconciler does something about it."""
        return self.trouble in REPAIRED

    @property
    def owner(self) -> str:
        """Whose session, server or lease it is about."""
        for each in (self.session, self.server, self.lease):
            if each is not None:
                return each.owner
        return ""

    @property
    def name(self) -> str:
        """The server's name, or of a lease its holder's."""
        if self.session is not None:
            return self.session.session
        if self.server is not None:
            return self.server.session
        return self.lease.lease.holder.rpartition("/")[2] if self.lease else ""

    @property
    def workspace(self) -> str:
        """Id of the workspace under it, empty when it is not known."""
        for each in (self.session, self.lease, self.server):
            if each is not None:
                return each.workspace
        return ""


def find(look: Look) -> tuple[Finding, ...]:
    """Return everything that does not fit together in a look."""
    return (
        *_unknown_sessions(look),
        *_unused_leases(look),
        *_troubled_servers(look),
        *_shared_workspaces(look),
    )


def _unknown_sessions(look: Look) -> Iterator[Finding]:
    by_name = {(each.owner, each.session): each for each in look.servers}
    for session in look.sessions:
        server = by_name.get((session.owner, session.session))
        if server is None or not _may_be_of(server, session):
            lease = _unused_on(session.workspace, look)
            # Such a session may go on telling the hub that it is used.
            server = replace(server, touched=None) if server else None
            yield Finding(trouble=Trouble.UNKNOWN, session=session, lease=lease, server=server)


def _may_be_of(server: Server, session: FoundSession) -> bool:
    """Tell whether the hub knows this session, or may know it in a moment."""
    if server.pending is not None:
        return True
    return server.ready and server.engine_id in {session.engine_id, ""}


def _unused_on(workspace: str, look: Look) -> Leased | None:
    """Return the lease on a workspace, unless a server of the hub holds it."""
    for each in look.leases:
        if each.workspace == workspace and each.is_hubs and not _is_used(each, look.servers):
            return each
    return None


def _is_used(lease: Leased, servers: Iterable[Server]) -> bool:
    """Tell whether a server has this lease, or may have it in a moment."""
    return any(
        each.active
        and each.holder == lease.lease.holder
        and (each.pending is not None or each.workspace in {lease.workspace, ""})
        for each in servers
    )


def _unused_leases(look: Look) -> Iterator[Finding]:
    """Find leases on workspaces where nothing runs: those under a session end with it."""
    running = {each.workspace for each in look.sessions}
    by_holder = {each.holder: each for each in look.servers}
    for each in look.leases:
        if each.workspace not in running and _unused_on(each.workspace, look):
            server = by_holder.get(each.lease.holder)
            yield Finding(trouble=Trouble.UNUSED, lease=each, server=server)


def _troubled_servers(look: Look) -> Iterator[Finding]:
    known = {each.engine_id for each in look.sessions}
    leased = {(each.workspace, each.lease.holder) for each in look.leases}
    for server in look.servers:
        if server.pending is not None or not server.ready:
            continue
        if server.engine_id and server.engine_id not in known:
            yield Finding(trouble=Trouble.GONE, server=server)
        elif server.workspace and (server.workspace, server.holder) not in leased:
            yield Finding(trouble=Trouble.UNLEASED, server=server)


def _shared_workspaces(look: Look) -> Iterator[Finding]:
    counts = Counter(each.workspace for each in look.sessions)
    for each in look.sessions:
        if counts[each.workspace] > 1:
            yield Finding(trouble=Trouble.SHARED, session=each)


@dataclass(frozen=True, slots=True)
class Memory:
    """Since when each finding is there, unchanged; in seconds of a clock that only goes on."""

    since: Mapping[Finding, float] = field(default_factory=dict)

    def after(self, found: Iterable[Finding], at: float) -> "Memory":
        """Return what is remembered after a look that began at a time."""
        return Memory({each: self.since.get(each, at) for each in found})

    def certain(self, at: float, period: float) -> list[Finding]:
        """Return what was there in two looks, at least a period apart, and in all between."""
        return [each for each, since in self.since.items() if at - since >= period]
