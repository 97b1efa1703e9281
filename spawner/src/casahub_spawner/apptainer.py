"""Sessions in Apptainer or Singularity, on the machine that the hub and the workspaces are on.

Nothing here needs a daemon or root. A session is one process of its account, with a container in
namespaces below it, which end with it. It carries marks in its environment (see `marks`), by which
it is found when a hub was killed before it could remember what it had started.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import uuid
from pathlib import Path
from typing import Any, Final

from tornado.web import HTTPError
from traitlets import Bool, List, Unicode, default
from zfs_provisioner.model import Workspace

from casahub_spawner import marks
from casahub_spawner.accounts import Account, AccountError, account_of, ensure_owned
from casahub_spawner.apptainer_command import (
    Container,
    as_account,
    engine_environment,
    exec_command,
    in_groups,
    is_reference,
)
from casahub_spawner.compat import refused
from casahub_spawner.control_groups import (
    Limits,
    NoLimitsError,
    groups_named,
    make_groups,
    memory_trouble,
    processes_in,
    remove_groups_when_free,
)
from casahub_spawner.found import EngineError, FoundSession
from casahub_spawner.host import RUNTIME, HostWorkspaceMixin
from casahub_spawner.marks import end, sessions
from casahub_spawner.offers import Image
from casahub_spawner.process_spawner import Preparation, ProcessSpawner
from casahub_spawner.processes import process_ended
from casahub_spawner.session_log import last_lines

__all__ = ["ApptainerWorkspaceSpawner", "end", "sessions"]

_SCRATCH: Final = ".scratch"  # in the home: what is written to /tmp, which may be more than memory
_CLEARED: Final = 10.0  # seconds for the kernel to end what was in a container
# Of the hub's environment, for Apptainer itself: where its programs are, and where images that it
# has to get are kept.
_KEPT: Final = ("PATH", "APPTAINER_CACHEDIR", "APPTAINER_TMPDIR", "SINGULARITY_CACHEDIR")


class ApptainerWorkspaceSpawner(HostWorkspaceMixin, ProcessSpawner):
    """A notebook server in an Apptainer container, with the workspace at `~/work`."""

    program = Unicode(
        help="Name or path of the program; apptainer, or singularity where that is missing.",
    ).tag(config=True)

    image = Unicode(
        help="A SIF file, a directory, or a reference such as docker://...; for what offers none.",
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

    control_group = Unicode(
        "casahub",
        help="""
        Control group below which sessions get theirs, as a path below where the kernel shows them.
        One that is delegated to the hub's account, where that is not root.
        """,
    ).tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._start_id = ""  # by which this start's processes and control groups are known
        # Who the session runs as, and its places on this machine: known when it has a workspace.
        self._account = Account("", os.geteuid(), os.getegid())
        self._home = self._work = Path()
        super().__init__(*args, **kwargs)

    @default("program")
    def _default_program(self) -> str:
        return next(filter(shutil.which, ("apptainer", "singularity")), "apptainer")

    @default("env_keep")
    def _default_env_keep(self) -> list[str]:
        """Hand nothing of the hub's environment on: the image has its own programs."""
        return []

    # Start

    def use_image(self, image: Image) -> None:
        """Let the server that starts next run in this image."""
        self.image = image.reference

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Prepare the home for whom the session runs as."""
        self._work = Path(workspace.path)
        self.notebook_dir = f"{self.container_home}/work"
        self._home = self.home_of(workspace)
        self._account = await asyncio.to_thread(self._prepare, self._home)
        # What a hub that was killed in the middle of a start left.
        for each in await sessions(self.site):
            if (each.owner, each.session) == (self._owner, self.name):
                self.log.warning("Ending a session of %s that was forgotten", self._log_name)
                await end(each)

    def _prepare(self, home: Path) -> Account:
        person = self._owner if self.system_users else None
        try:
            account = account_of(person, self._work.stat())
            self._empty(home / _SCRATCH)
            for each in (RUNTIME, "work", _SCRATCH):
                ensure_owned(home, each, account)
        except AccountError as error:
            raise refused(str(error), "account", 500) from error
        except OSError as error:
            raise refused(
                f"The home of this workspace's sessions is not as it has to be: {error}. Ask the "
                f"site's administrators to look into {home}.",
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

    def prepare(self) -> Preparation:
        """Return what runs the server in its container.

        Raises
        ------
        HTTPError
            The image or the program is missing; with the remedy.
        """
        self._refuse_if_missing()
        self._start_id = uuid.uuid4().hex
        self.remember()  # else a hub that is killed now would leave control groups
        command = self._command(self._limited())
        return Preparation(command, self._environment(), Path(self.log_place))

    def _refuse_if_missing(self) -> None:
        if not shutil.which(self.program):
            raise self._missing(
                f"The program {self.program!r} is not on this machine: ask the site's "
                "administrators to install Apptainer, or to name its place "
                "(c.ApptainerWorkspaceSpawner.program)."
            )
        if not is_reference(self.image) and not os.access(self.image, os.F_OK):
            raise self._missing(
                f"The image {self.image!r} is not on this machine: choose another one, or ask the "
                "site's administrators to put it there."
            )

    def _missing(self, sentence: str) -> HTTPError:
        self.log.error("%s cannot start: %s", self._log_name, sentence)
        return refused(sentence, "no_image", 500)

    def _limited(self) -> list[Path]:
        """Return control groups that keep the session to its size, none where that cannot be."""
        limits = Limits(self.cpu_limit, self.mem_limit)
        if not limits:
            return []
        try:
            return make_groups(self.control_group, self._start_id, limits)
        except NoLimitsError as error:
            self.log.warning("The size of %s is only advice: %s", self._log_name, error)
            self.tell_stage(72, "Nothing on this machine enforces the size: please keep to it")
            return []

    def _environment(self) -> dict[str, str]:
        ours = marks.marks(self._found())
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        inside = engine_environment(self.program, self.get_env() | ours)
        # Apptainer's own settings and keys are the session's, not those of the account.
        return kept | ours | {"HOME": str(self._home)} | inside

    def _command(self, groups: list[Path]) -> list[str]:
        container = Container(
            image=self.image,
            home=self._home,
            home_inside=self.container_home,
            work=self._work,
            scratch=self._home / _SCRATCH,
            options=self.exec_options,
        )
        command = exec_command(self.program, container, [*self.cmd, *self.get_args()])
        if not self._account.is_ours:
            command = as_account(self._account, command)
        return in_groups(groups, command)

    def get_args(self) -> list[str]:
        """Return the server's arguments; Jupyter asks for consent to run as root."""
        args: list[str] = super().get_args()
        return [*args, "--allow-root"] if self._account.uid == 0 else args

    def get_env(self) -> dict[str, str]:
        """Return the server's environment; Apptainer adds the home."""
        env: dict[str, str] = super().get_env()
        return {"USER": self._owner, "LOGNAME": self._owner, "SHELL": "/bin/bash"} | env

    def _found(self) -> FoundSession:
        return FoundSession(
            site=self.site,
            owner=self._owner,
            session=self.name,
            workspace=self.workspace_id,
            engine_id=self._start_id,
        )

    # While it runs, and its end

    @property
    def log_place(self) -> str:
        """Beside the home, not in it: there, a session could put a link in its place."""
        return f"{self.home}.log" if self.home else ""

    async def exited(self) -> int | None:
        """Wait for the end of the server, also of one that an earlier hub started."""
        await self.process_ended()
        return await ProcessSpawner.poll(self)

    async def last_words(self) -> str:
        """Return the last lines of the server's log, and whether memory was too small for it."""
        trouble = memory_trouble(groups_named(self.control_group, self._start_id))
        return f"{trouble} {last_lines(Path(self.log_place))}".strip()

    async def clear_away(self) -> bool:
        """End what outlives a container that was killed, and remove its control groups."""
        if not self._start_id:
            return await super().clear_away()
        try:
            await end(self._found())
            groups = groups_named(self.control_group, self._start_id)
            async with asyncio.timeout(_CLEARED):
                for process in processes_in(groups):
                    # Apptainer's own, such as the one that serves the image, have no marks.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                    await process_ended(process)
                await remove_groups_when_free(groups)
        except (EngineError, OSError) as error:  # a timeout is one of the latter
            self.log.warning("Something of %s is left: %s", self._log_name, error)
            return False
        return await super().clear_away()

    # State kept by the hub

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up the session of an earlier hub."""
        super().load_state(state)
        self._start_id = state.get("engine_id", "")

    def get_state(self) -> dict[str, Any]:
        """Return the state with what the session's processes are known by."""
        state: dict[str, Any] = super().get_state()
        return state | {"engine_id": self._start_id} if self._start_id else state

    def clear_state(self) -> None:
        """Forget the server."""
        super().clear_state()
        self._start_id = ""
