"""Leases that could not be ended when their session ended: tried again until it succeeds.

A hub that ends in between forgets them; `casahub up` then ends them at its next start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from zfs_provisioner.errors import ProvisionerError

_PAUSE: Final = 5.0  # seconds between two tries; the provisioner of a site is back in about two


class Closings:
    """Ends of sessions that wait for the provisioner, one for each key."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def try_later(
        self,
        key: str,
        close: Callable[[], Awaitable[None]],
        failed: Callable[[ProvisionerError], None],
    ) -> None:
        """Call `close` until it succeeds, unless `forget` comes first.

        `failed` is told of an error after which no retry helps; none is made then.
        """
        self.forget(key)
        task = asyncio.create_task(_until_done(close, failed))
        self._waiting[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))

    def forget(self, key: str) -> None:
        """Stop trying: the session began anew, and its lease must stay."""
        task = self._waiting.pop(key, None)
        if task is not None:
            task.cancel()

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        if self._waiting.get(key) is task:
            del self._waiting[key]


async def _until_done(
    close: Callable[[], Awaitable[None]], failed: Callable[[ProvisionerError], None]
) -> None:
    while True:
        await asyncio.sleep(_PAUSE)
        try:
            return await close()
        except ProvisionerError as error:
            # One that is just starting answers, but not yet for its storage.
            if not error.retry:
                return failed(error)
