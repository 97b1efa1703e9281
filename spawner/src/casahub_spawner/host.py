"""Sessions on the machine that the hub and the workspaces are on.

Each workspace gets a home of its sessions beside it, so that several sessions of one user do not
share settings and locks. The server's runtime directory is one that the hub can look into.
"""

from pathlib import Path
from typing import Final

from traitlets import Unicode
from zfs_provisioner.model import Workspace
from zfs_provisioner.naming import owner_directory, parse_owner

from casahub_spawner.mixin import WorkspaceMixin

RUNTIME: Final = ".local/share/jupyter/runtime"  # Jupyter's own place, below the home


class HostWorkspaceMixin(WorkspaceMixin):
    """Keeps homes of sessions in a directory of this machine."""

    homes = Unicode(
        help="Directory below which every workspace gets the home of its sessions.",
    ).tag(config=True)

    @property
    def home(self) -> Path | None:
        """The home of the sessions on this session's workspace, None before it has one."""
        if not self.workspace_id:
            return None
        return Path(self.homes) / owner_directory(parse_owner(self._owner)) / self.workspace_id

    def home_of(self, workspace: Workspace) -> Path:
        """Return the home of the sessions on a workspace; it is made when it is missing.

        Nothing below it is: whom a home belongs to may put links there.
        """
        owner = owner_directory(parse_owner(workspace.spec.owner))
        home = Path(self.homes) / owner / workspace.id
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    @property
    def runtime_directory(self) -> Path | None:
        """Where the server tells that it listens, as a path of this machine."""
        return self.home / RUNTIME if self.home else None
