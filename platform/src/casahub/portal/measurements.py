"""Sizes of workspaces, without letting a big one hold up a page.

Measuring walks a workspace. A page waits a moment for it; what takes longer goes on behind the
page, which shows the measurement before and asks again.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import Usage, Workspace, WorkspaceId

log = logging.getLogger(__name__)

_FRESH: Final = 5.0  # seconds; pages that follow a start ask more often than that
_AT_ONCE: Final = 4  # walks side by side: more would only make a disk seek


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a workspace's usage.

    Attributes
    ----------
    current
        False while a newer measurement is under way.
    """

    usage: Usage | None
    current: bool


class Measurements:
    """The latest measurement of each workspace, and those under way."""

    def __init__(
        self, provisioner: ProvisionerClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provisioner = provisioner
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[WorkspaceId, tuple[Usage, float]] = {}
        self._running: dict[WorkspaceId, asyncio.Task[None]] = {}

    async def of(
        self, workspaces: Iterable[Workspace], patience: float
    ) -> dict[WorkspaceId, Measured]:
        """Return what is known after at most `patience` seconds of waiting."""
        wanted = list(workspaces)
        tasks = [task for each in wanted if (task := self._measuring(each))]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        return {each.id: self._measured(each.id) for each in wanted}

    def forget(self, workspace: str) -> None:
        """Measure anew next time: the workspace was just changed."""
        key = WorkspaceId(workspace)
        self._known.pop(key, None)
        if stale := self._running.pop(key, None):
            stale.cancel()

    async def aclose(self) -> None:
        """Give up what is under way."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _measured(self, workspace: WorkspaceId) -> Measured:
        known = self._known.get(workspace)
        return Measured(known[0] if known else None, workspace not in self._running)

    def _measuring(self, workspace: Workspace) -> asyncio.Task[None] | None:
        known = self._known.get(workspace.id)
        if known and self._clock() - known[1] < _FRESH:
            return None
        if workspace.id not in self._running:
            task = asyncio.create_task(self._measure(workspace))
            self._running[workspace.id] = task
            task.add_done_callback(lambda done: self._ended(workspace.id, done))
        return self._running[workspace.id]

    def _ended(self, workspace: WorkspaceId, task: asyncio.Task[None]) -> None:
        if self._running.get(workspace) is task:  # `forget` may have made room for another
            del self._running[workspace]

    async def _measure(self, workspace: Workspace) -> None:
        async with self._slots:
            try:
                usage = await self._provisioner.usage(workspace.id, workspace.spec.owner)
            except ProvisionerError as error:
                log.warning("usage of workspace %s is not known: %s", workspace.id, error)
                return
        self._known[workspace.id] = (usage, self._clock())
