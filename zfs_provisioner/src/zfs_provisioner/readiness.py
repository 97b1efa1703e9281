"""Whether the provisioner can be asked: its storage is there, and put in order after the start."""

import logging
from collections.abc import Callable
from datetime import datetime

from zfs_provisioner.errors import ProvisionerError, StorageUnavailableError
from zfs_provisioner.journal import Event, Journal, Verb
from zfs_provisioner.storage.protocol import Storage

log = logging.getLogger(__name__)

_STARTING = (
    "The provisioner has just started and puts in order what the last run left half-done: ask "
    "again in a few seconds."
)


class Readiness:
    """Prepares a storage, and tells whether it can be used."""

    def __init__(
        self, storage: Storage, root: str, clock: Callable[[], datetime], journal: Journal
    ) -> None:
        self._storage = storage
        self._root = root
        self._clock = clock
        self._journal = journal
        self._unprepared: str | None = _STARTING

    def prepare(self) -> None:
        """Put in order what the last run left; may be repeated after it failed."""
        try:
            self._storage.refuse_if_unavailable()
            for done in self._storage.reconcile():
                log.warning("after an interrupted run: %s", done)
                self._journal(
                    Event(at=self._clock(), verb=Verb.RECONCILED, subject=self._root, detail=done)
                )
        except ProvisionerError as error:
            self._unprepared = error.message
            raise
        except Exception as error:
            self._unprepared = f"Putting the storage in order failed ({error}): see the log."
            raise
        self._unprepared = None

    def refuse_if_unprepared(self) -> None:
        """Raise StorageUnavailableError until the storage is in order; asks no disk."""
        if self._unprepared is not None:
            raise StorageUnavailableError(self._unprepared)

    def refuse_if_not_ready(self) -> None:
        """Raise StorageUnavailableError unless the storage can be used now."""
        self.refuse_if_unprepared()
        self._storage.refuse_if_unavailable()

    def reasons(self) -> tuple[str, ...]:
        """Return why it is not ready; nothing when it is."""
        try:
            self.refuse_if_not_ready()
        except StorageUnavailableError as error:
            return (error.message,)
        return ()
