"""Sessions as processes of this machine: the embedded default.

All sessions run as the account that runs the hub.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from zfs_provisioner.model import Workspace

from casahub_spawner.host import HostWorkspaceMixin
from casahub_spawner.identity import process_identity


class LocalWorkspaceSpawner(HostWorkspaceMixin, LocalProcessSpawner):  # type: ignore[misc]
    """A notebook server as a local process, in `~/work` of a home made for the workspace."""

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Link `~/work` to the workspace and serve notebooks from there."""
        link = self.home_of(workspace) / "work"
        if not (link.is_symlink() and link.readlink() == Path(workspace.path)):
            link.unlink(missing_ok=True)
            link.symlink_to(workspace.path)
        self.notebook_dir = str(link)

    def make_preexec_fn(self, name: str) -> Callable[[], None] | None:  # noqa: ARG002
        """Return nothing to do: a user of the site needs no account on the machine."""
        return None

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Point everything that programs keep at home to the workspace's own home."""
        if self._home is None:
            return env
        return env | {
            "HOME": str(self._home),
            "USER": self._owner,
            "LOGNAME": self._owner,
            "SHELL": "/bin/bash",
            "PYTHONNOUSERSITE": "1",
        }

    def get_args(self) -> list[str]:
        """Return the server's arguments; Jupyter asks for consent to run as root."""
        args: list[str] = super().get_args()
        return [*args, "--allow-root"] if os.geteuid() == 0 else args

    async def move_certs(self, paths: dict[str, str]) -> dict[str, str]:
        """Leave certificates where they are: the server runs as the hub's account."""
        return paths

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up the server, unless its number means another process by now.

        JupyterHub would interrupt that one, since no notebook server answers.
        """
        super().load_state(state)
        found = process_identity(state.get("pid", 0))
        if state.get("process", found) != found:
            self.clear_state()

    def get_state(self) -> dict[str, Any]:
        """Return the state with what tells the process from a later one of the same number."""
        state: dict[str, Any] = super().get_state()
        return state | {"process": process_identity(self.pid)} if self.pid else state
