"""A server that is a process of this machine, and need not be a child of the hub that looks at it.

It has a session of its own and writes to a file, so that nothing of it ends with the hub. Its
number and `process_identity` are kept: a hub that starts anew finds it by them.
"""

import asyncio
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jupyterhub.spawner import Spawner
from jupyterhub.utils import random_port
from traitlets import Integer

from casahub_spawner.identity import process_identity, send
from casahub_spawner.processes import process_ended
from casahub_spawner.session_log import open_rotated

_KILLED: Final = 10.0  # seconds for the kernel to clear away what was killed


@dataclass(frozen=True, slots=True)
class Preparation:
    """A process that is to be started: its command, all of its environment, and its log."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


class ProcessSpawner(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """Starts, watches and ends one process. What it runs is the subclass's to say."""

    term_timeout = Integer(
        20,
        min=0,
        help="Seconds for a server that was told to end, before it is killed.",
    ).tag(config=True)

    port: int  # upstream's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._picked_port = False
        self.pid = 0
        self._identity = ""
        self._child: subprocess.Popen[bytes] | None = None
        super().__init__(*args, **kwargs)

    def prepare(self) -> Preparation:
        """Return what to start, on the port that is set."""
        raise NotImplementedError

    async def start(self) -> str | tuple[str, int]:
        """Start the process with its environment and no other, and return the server's address."""
        if not self.port:
            self.port = random_port()
            self._picked_port = True
        self._launch(self.prepare())
        return (self.ip or "127.0.0.1", self.port)

    def _launch(self, ready: Preparation) -> None:
        self.log.info("Starting %s: %s", self._log_name, shlex.join(ready.command))
        with open_rotated(ready.log) as output:
            os.fchmod(output.fileno(), 0o600)  # who else is on the machine has no business there
            self._child = subprocess.Popen(
                ready.command,
                env=ready.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",  # a place that nobody has to unmount
                start_new_session=True,
            )
        self.pid = self._child.pid
        self._identity = process_identity(self.pid)

    def is_ours(self) -> bool:
        """Return whether the number still means the process that was launched."""
        return bool(self.pid) and process_identity(self.pid) == self._identity

    async def poll(self) -> int | None:
        """Return None while the process runs, else its status; 0 for one that is no child."""
        if self._child is not None:
            return self._child.poll()
        return None if self.is_ours() else 0

    async def process_ended(self) -> None:
        """Return when it ended."""
        if self.is_ours():
            await process_ended(self.pid)

    async def stop(self, now: bool = False) -> None:
        """End the process, with patience unless it has to be now; one that ended is fine."""
        if not now and await self._end(signal.SIGTERM, self.term_timeout):
            return
        if not await self._end(signal.SIGKILL, _KILLED):
            self.log.error("Process %d of %s does not end, though killed", self.pid, self._log_name)

    async def _end(self, number: signal.Signals, patience: float) -> bool:
        """Send the signal; return whether the process ended in time."""
        send(number, self.pid, self._identity)
        try:
            async with asyncio.timeout(patience):
                await self.process_ended()
        except TimeoutError:
            return False
        return True

    # State kept by the hub

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up the process of an earlier hub."""
        super().load_state(state)
        self.pid, self._identity = state.get("pid", 0), state.get("process", "")

    def get_state(self) -> dict[str, Any]:
        """Return the state with what tells the process from a later one of the same number."""
        state: dict[str, Any] = super().get_state()
        return state | {"pid": self.pid, "process": self._identity} if self.pid else state

    def clear_state(self) -> None:
        """Forget the process, and the port that was picked for it: it may be another's by now."""
        super().clear_state()
        self.pid, self._identity, self._child = 0, "", None
        if self._picked_port:
            self.port = 0
            self._picked_port = False
