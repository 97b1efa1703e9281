"""Sessions as processes of this machine: the embedded default.

All sessions run as the account that runs the hub.
"""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from subprocess import STDOUT
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from zfs_provisioner.model import Workspace

from casahub_spawner.found import EngineError
from casahub_spawner.host import RUNTIME, HostWorkspaceMixin
from casahub_spawner.identity import process_identity
from casahub_spawner.marks import end, marks
from casahub_spawner.processes import process_ended
from casahub_spawner.session_log import open_rotated


class LocalWorkspaceSpawner(HostWorkspaceMixin, LocalProcessSpawner):  # type: ignore[misc]
    """A notebook server as a local process, in `~/work` of a home made for the workspace."""

    popen_kwargs: dict[str, Any]  # a trait of JupyterHub's
    _start_id = ""  # by which the reconciler knows this start's processes, see `marks`

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Link `~/work` to the workspace and serve notebooks from there."""
        home = self.home_of(workspace)
        link = home / "work"
        if link.is_symlink():
            link.unlink()
        elif link.exists():  # of a time when sessions were in containers
            link.rmdir()
        link.symlink_to(workspace.path)
        (home / RUNTIME).mkdir(parents=True, exist_ok=True, mode=0o700)  # it is watched from now on
        self.notebook_dir = str(link)
        self._start_id = uuid.uuid4().hex

    async def start_server(self) -> str | tuple[str, int]:
        """Start it with a log of its own: what it says is not the hub's to say."""
        configured = self.popen_kwargs
        with open_rotated(Path(self.log_place)) as log:
            self.popen_kwargs = {"stdout": log, "stderr": STDOUT, **configured}
            try:
                return await super().start_server()
            finally:
                self.popen_kwargs = configured

    async def exited(self) -> int | None:
        """Wait for the end of the process, also of one that an earlier hub started."""
        if self.pid:
            await process_ended(self.pid)
        return self.proc.poll() if self.proc else None

    async def wait_for_death(self, timeout: float = 10) -> bool:  # noqa: ASYNC109  # JupyterHub's
        """Return whether the server ended in time, as soon as it did."""
        try:
            async with asyncio.timeout(timeout):
                await self.ended()
        except TimeoutError:
            return False
        return True

    async def clear_away(self) -> bool:
        """End what outlives the server, such as a kernel that does not listen."""
        if self._start_id:
            try:
                await end(self.found_as(self._start_id))
            except EngineError as error:
                self.log.warning("Something of %s is left: %s", self._log_name, error)
                return False
        return await super().clear_away()

    def make_preexec_fn(self, name: str) -> Callable[[], None] | None:  # noqa: ARG002
        """Return nothing to do: a user of the site needs no account on the machine."""
        return None

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Point everything that programs keep at home to the workspace's own home."""
        if self.home is None:
            return env
        own = {"HOME": str(self.home), "PYTHONNOUSERSITE": "1"}
        return env | self._names | own | marks(self.found_as(self._start_id))

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
        else:
            self._start_id = state.get("engine_id", "")

    def get_state(self) -> dict[str, Any]:
        """Return the state with what tells the process from a later one of the same number."""
        state: dict[str, Any] = super().get_state()
        if not self.pid:
            return state
        return state | {"process": process_identity(self.pid), "engine_id": self._start_id}
