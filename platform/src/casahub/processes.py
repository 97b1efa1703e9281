"""Child processes of a running site: their logs, their readiness, their end."""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final

from casahub.errors import SiteError

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_LOOK: Final = 0.05  # seconds between two looks at a process that is coming up
_SHOWN_LINES: Final = 15


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent ends, however it ends: prctl(2)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A running child process with a log file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name, self.log = name, log
        self._process = process

    async def wait(self) -> int:
        """Return its exit status when it ends."""
        return await self._process.wait()

    async def ready(self, answers: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Return when `answers` does; raise SiteError when the process ends or time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._process.returncode is None:
                    if await answers():
                        return
                    await asyncio.sleep(_LOOK)
        ended = self._process.returncode
        what = f"ended with status {ended}" if ended is not None else "does not answer"
        raise SiteError(f"The {self.name} {what}. The end of its log, {self.log}:\n{self._tail()}")

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:])

    async def stop(self, seconds: float) -> None:
        """Ask it to stop, then insist; it and its process group are gone afterwards."""
        if self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _fresh(log: Path) -> BinaryIO:
    """Open a log file, keeping the one of the run before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    return log.open("wb")


@asynccontextmanager
async def child(
    name: str, command: list[str], log: Path, environment: dict[str, str], patience: float
) -> AsyncIterator[Child]:
    """Run a command in the block, in a session of its own, so that Ctrl-C reaches only us.

    `patience` is how many seconds it gets to end by itself.
    """
    with _fresh(log) as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    running = Child(name, process, log)
    try:
        yield running
    finally:
        await running.stop(patience)
