"""Which hub server belongs to which workspace, and what that makes of the workspace."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from casahub_spawner.names import session_name
from zfs_provisioner.model import Workspace

from casahub.portal.hub import Server


class SessionState(StrEnum):
    """What the session of a workspace does; unknown while the hub does not answer."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    UNKNOWN = "unknown"

    @property
    def settled(self) -> bool:
        """Whether it stays so until somebody acts."""
        return self not in {SessionState.STARTING, SessionState.STOPPING}


Servers = Mapping[str, Server]


def server_of(workspace: Workspace, servers: Servers) -> Server | None:
    """Return the active server that has the workspace open, or is opening or closing it.

    What a server was started for is in its options. Where they name no workspace, the name of the
    session that opened the workspace last is all there is.
    """
    active = [each for each in servers.values() if each.active]
    for each in active:
        if each.workspace == workspace.id:
            return each
    for each in active:
        if not each.workspace and each.name == workspace.session:
            return each
    return None


def state_of(server: Server | None) -> SessionState:
    """Return the state of a session by its server; without one it is stopped."""
    if server is None or not server.active:
        return SessionState.STOPPED
    if server.pending == "spawn":
        return SessionState.STARTING
    if server.pending is not None:
        return SessionState.STOPPING
    return SessionState.RUNNING


def session_for(workspace: Workspace, servers: Servers) -> str:
    """Return the session to start the workspace in: the one it had, unless that is busy."""
    mine = server_of(workspace, servers)
    if mine is not None:
        return mine.name
    last = servers.get(workspace.session or "")
    if workspace.session and (last is None or not last.active):
        return workspace.session
    return session_name(workspace.spec.name, servers)


def session_for_new(workspace: str, title: str, servers: Servers) -> str:
    """Return the session to start a new workspace in; the same one when it is asked for twice."""
    for each in servers.values():
        if each.workspace == workspace:
            return each.name
    return session_name(title, servers)


def without_workspace(workspaces: Iterable[Workspace], servers: Servers) -> list[Server]:
    """Return the active servers that none of the workspaces accounts for."""
    owned = {each.name for each in (server_of(one, servers) for one in workspaces) if each}
    return [each for each in servers.values() if each.active and each.name not in owned]
