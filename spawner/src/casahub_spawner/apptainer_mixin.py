"""Sessions in Apptainer or Singularity, whoever starts the container: the hub or a batch system."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from traitlets import Bool, List, Unicode, default
from zfs_provisioner.model import Workspace

from casahub_spawner.accounts import Account, AccountError, account_of, ensure_owned
from casahub_spawner.apptainer_command import Container, engine_environment, exec_command
from casahub_spawner.compat import refused
from casahub_spawner.engines import Engine
from casahub_spawner.host import RUNTIME, HostWorkspaceMixin
from casahub_spawner.offers import Image

_SCRATCH: Final = ".scratch"  # in the home: what is written to /tmp, which may be more than memory


class ApptainerMixin(HostWorkspaceMixin):
    """Runs a notebook server in a container of Apptainer, with the workspace at `~/work`.

    Subclasses say how its command is started, and which engine finds what was started.
    """

    program = Unicode(
        "apptainer",
        help="Name or path of the program where sessions run: apptainer, or singularity.",
    ).tag(config=True)

    image = Unicode(
        help="""
        A SIF file or a directory that is seen where sessions run, or a reference such as
        docker://...; for what offers none.
        """,
    ).tag(config=True)

    exec_options = List(
        Unicode(),
        help="More options of `apptainer exec`, such as --nv, or --bind=/archive:/archive:ro.",
    ).tag(config=True)

    container_home = Unicode(
        "/home/casahub",
        help="Home directory of sessions inside their containers, the same for every user.",
    ).tag(config=True)

    system_users = Bool(
        False,
        help="""
        Run each session as the machine's account of its user's name, for which the hub has to run
        as root. Otherwise all run as the account that the workspaces' files belong to.
        """,
    ).tag(config=True)

    engine: Engine
    """What finds and ends sessions that a hub forgot."""

    kept: ClassVar[tuple[str, ...]] = (
        *("PATH", "APPTAINER_CACHEDIR", "APPTAINER_TMPDIR", "SINGULARITY_CACHEDIR"),
    )
    """Of the hub's environment: where programs are, and images that Apptainer has to get."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._home = self._work = Path()  # on this machine: known when there is a workspace
        super().__init__(*args, **kwargs)

    @default("env_keep")
    def _default_env_keep(self) -> list[str]:
        """Hand nothing of the hub's environment on: the image has its own programs."""
        return []

    def use_image(self, image: Image) -> None:
        """Let the server that starts next run in this image."""
        self.image = image.reference

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Prepare the home for whom the session runs as.

        Raises
        ------
        EngineError
            Nothing is known of an earlier start, or it does not end.
        """
        self._work = Path(workspace.path)
        self._home = self.home_of(workspace)
        self.notebook_dir = f"{self.container_home}/work"
        await self._end_forgotten()  # before its files are taken away
        self._account = await asyncio.to_thread(self._prepare_home)

    async def _end_forgotten(self) -> None:
        """End what a hub that was killed in the middle of a start left."""
        for each in await self.engine.sessions(self.site):
            if (each.owner, each.session) == (self._owner, self.name):
                self.log.warning("Ending a session of %s that was forgotten", self._log_name)
                await self.engine.end(each)

    def _prepare_home(self) -> Account:
        """Leave the home to who the session runs as, and return that."""
        person = self._owner if self.system_users else None
        try:
            account = account_of(person, self._work.stat())
            self._empty(self._home / _SCRATCH)
            for each in (RUNTIME, "work", _SCRATCH):
                ensure_owned(self._home, each, account)
        except AccountError as error:
            raise refused(str(error), "account", 500) from error
        except OSError as error:
            raise refused(
                f"The home of this workspace's sessions is not as it has to be: {error}. Ask the "
                f"site's administrators to look into {self._home}.",
                "home",
                500,
            ) from error
        return account

    def _empty(self, scratch: Path) -> None:
        try:
            if scratch.exists():
                shutil.rmtree(scratch)
        except OSError as error:
            # Somebody's program made files there that are not its account's to remove.
            self.log.warning("Left in /tmp of %s: %s", self._log_name, error)

    def container_command(self) -> list[str]:
        """Return the command that runs the server in its container."""
        container = Container(
            image=self.image,
            home=self._home,
            home_inside=self.container_home,
            work=self._work,
            scratch=self._home / _SCRATCH,
            options=self.exec_options,
        )
        return exec_command(self.program, container, [*self.cmd, *self.get_args()])

    def container_environment(self, inside: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of that command, with what is the server's own in it."""
        kept = {name: os.environ[name] for name in self.kept if name in os.environ}
        return kept | engine_environment(self.program, inside)
