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
from traitlets import Unicode, default

from casahub_spawner import marks
from casahub_spawner.apptainer_command import as_account, in_groups, is_reference
from casahub_spawner.apptainer_mixin import ApptainerMixin
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
from casahub_spawner.found import EngineError
from casahub_spawner.marks import end, sessions
from casahub_spawner.process_spawner import Preparation, ProcessSpawner
from casahub_spawner.processes import process_ended

__all__ = ["ApptainerWorkspaceSpawner", "end", "sessions"]

_CLEARED: Final = 10.0  # seconds for the kernel to end what was in a container


class ApptainerWorkspaceSpawner(ApptainerMixin, ProcessSpawner):
    """A notebook server in an Apptainer container, started by the hub on its own machine."""

    control_group = Unicode(
        "casahub",
        help="""
        Control group below which sessions get theirs, as a path below where the kernel shows them.
        One that is delegated to the hub's account, where that is not root.
        """,
    ).tag(config=True)

    engine = marks  # sessions are found as processes
    _start_id = ""  # by which this start's processes and control groups are known

    @default("program")
    def _default_program(self) -> str:
        return next(filter(shutil.which, ("apptainer", "singularity")), "apptainer")

    # Start

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
        ours = marks.marks(self.found_as(self._start_id))
        # Apptainer's own settings and keys are the session's, not those of the account.
        outside = ours | {"HOME": str(self._home)}
        return outside | self.container_environment(self.get_env() | ours)

    def _command(self, groups: list[Path]) -> list[str]:
        command = self.container_command()
        if not self._account.is_ours:
            command = as_account(self._account, command)
        return in_groups(groups, command)

    def get_env(self) -> dict[str, str]:
        """Return the server's environment; Apptainer adds the home."""
        env: dict[str, str] = super().get_env()
        return self._names | env

    # While it runs, and its end

    async def exited(self) -> int | None:
        """Wait for the end of the server, also of one that an earlier hub started."""
        await self.process_ended()
        return await ProcessSpawner.poll(self)

    async def last_words(self) -> str:
        """Return the last lines of the server's log, and whether memory was too small for it."""
        trouble = memory_trouble(groups_named(self.control_group, self._start_id))
        return f"{trouble} {await super().last_words()}".strip()

    async def clear_away(self) -> bool:
        """End what outlives a container that was killed, and remove its control groups."""
        if not self._start_id:
            return await super().clear_away()
        try:
            await end(self.found_as(self._start_id))
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
