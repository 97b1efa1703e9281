"""Sessions on the machine that the hub and the workspaces are on.

Each workspace gets a home of its sessions beside it, so that several sessions of one user do not
share settings and locks. The server's runtime directory is one that the hub can look into.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from traitlets import Integer, Unicode
from zfs_provisioner.model import Workspace
from zfs_provisioner.naming import owner_directory, parse_owner

from casahub_spawner.accounts import Account
from casahub_spawner.mixin import WorkspaceMixin
from casahub_spawner.session_log import last_lines
from casahub_spawner.turns import Turns

RUNTIME: Final = ".local/share/jupyter/runtime"  # Jupyter's own place, below the home


class HostWorkspaceMixin(WorkspaceMixin):
    """Keeps homes of sessions in a directory of this machine."""

    homes = Unicode(
        help="Directory below which every workspace gets the home of its sessions.",
    ).tag(config=True)

    starts_at_once = Integer(
        2 * (os.cpu_count() or 1),
        min=0,
        help="""
        How many servers may load at once; further starts wait for their turn, and their pages say
        so. By default twice the processors of this machine; 0 lets all start together.
        """,
    ).tag(config=True)

    _turns: ClassVar[Turns] = Turns(longest=60.0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Who the session runs as: ourselves, unless the engine finds that it is another account.
        self._account = Account("", os.geteuid(), os.getegid())
        super().__init__(*args, **kwargs)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Run the block when the machine has room for one more start."""

        def tell(before: int) -> None:
            starts = "start" if before == 1 else "starts"
            self.tell_stage(65, f"Waiting for {before} earlier {starts}")

        came = time.monotonic()
        async with self._turns.turn(self.starts_at_once, tell):
            yield time.monotonic() - came

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

    @property
    def _names(self) -> dict[str, str]:
        """By which programs know who they run for: a user of the site needs no account here."""
        return {"USER": self._owner, "LOGNAME": self._owner, "SHELL": "/bin/bash"}

    def get_args(self) -> list[str]:
        """Return the server's arguments; Jupyter asks for consent to run as root."""
        args: list[str] = super().get_args()
        return [*args, "--allow-root"] if self._account.uid == 0 else args

    @property
    def log_place(self) -> str:
        """Beside the home, not in it, where who is in the session could put a link in its place."""
        return f"{self.home}.log" if self.home else ""

    async def last_words(self) -> str:
        """Return the last lines of the session's log."""
        return last_lines(Path(self.log_place)) if self.log_place else ""
