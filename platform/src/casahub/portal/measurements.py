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
from zfs_provisioner.model import CheckpointName, Usage, Workspace, WorkspaceId

log = logging.getLogger(__name__)

# What is measured: a new base makes an older measurement of "changed" wrong.
Subject = tuple[WorkspaceId, CheckpointName | None]

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
        self._known: dict[Subject, tuple[Usage, float]] = {}
        self._running: dict[Subject, asyncio.Task[None]] = {}

    async def of(
        self, workspaces: Iterable[Workspace], patience: float
    ) -> dict[WorkspaceId, Measured]:
        """Return what is known after at most `patience` seconds of waiting."""
        wanted = list(workspaces)
        tasks = [task for each in wanted if (task := self._measuring(each))]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        return {each.id: self._measured(_subject(each)) for each in wanted}

    def forget(self, workspace: str) -> None:
        """Measure anew next time: the workspace was just changed."""
        for subject in [each for each in self._known if each[0] == workspace]:
            del self._known[subject]
        for subject in [each for each in self._running if each[0] == workspace]:
            self._running.pop(subject).cancel()

    async def aclose(self) -> None:
        """Give up what is under way."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _measured(self, subject: Subject) -> Measured:
        known = self._known.get(subject)
        return Measured(known[0] if known else None, subject not in self._running)

    def _measuring(self, workspace: Workspace) -> asyncio.Task[None] | None:
        subject = _subject(workspace)
        known = self._known.get(subject)
        if known and self._clock() - known[1] < _FRESH:
            return None
        if subject not in self._running:
            task = asyncio.create_task(self._measure(workspace))
            self._running[subject] = task
            task.add_done_callback(lambda done: self._ended(subject, done))
        return self._running[subject]

    def _ended(self, subject: Subject, task: asyncio.Task[None]) -> None:
        if self._running.get(subject) is task:  # `forget` may have made room for another
            del self._running[subject]

    async def _measure(self, workspace: Workspace) -> None:
        async with self._slots:
            try:
                usage = await self._provisioner.usage(workspace.id, workspace.spec.owner)
            except ProvisionerError as error:
                log.warning("usage of workspace %s is not known: %s", workspace.id, error)
                return
        for older in [each for each in self._known if each[0] == workspace.id]:
            del self._known[older]
        self._known[_subject(workspace)] = (usage, self._clock())


def _subject(workspace: Workspace) -> Subject:
    return workspace.id, workspace.base
