"""Commands side by side where no site runs: one brings a provisioner, the others use it, too.

The kernel drops a lock however its process ends, so nothing is left of a command that was killed.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TextIO

_AGAIN: Final = 0.05  # seconds; waiting inside the kernel could not be interrupted by Ctrl-C


class Turn:
    """A command's lock: alone while a provisioner starts or stops, with others while it is used."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    async def alone(self) -> None:
        """Wait until no other command uses a provisioner, and keep others waiting."""
        await self._take(fcntl.LOCK_EX)

    async def with_others(self) -> None:
        """Let other commands use it, too."""
        await self._take(fcntl.LOCK_SH)

    async def _take(self, kind: int) -> None:
        while True:
            try:
                fcntl.flock(self._file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_AGAIN)
            else:
                return


@asynccontextmanager
async def turn(lock: Path) -> AsyncIterator[Turn]:
    """Give the turn of a command, alone at first, in the block."""
    with lock.open("a") as file:
        taken = Turn(file)
        await taken.alone()
        yield taken
