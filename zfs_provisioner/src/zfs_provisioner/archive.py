"""The archive: datasets and their immutable releases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zfs_provisioner import naming
from zfs_provisioner.errors import UnknownDatasetError, UnknownReleaseError
from zfs_provisioner.locks import KeyedLocks
from zfs_provisioner.model import Dataset, DatasetInfo, Release
from zfs_provisioner.storage.protocol import Report, Storage


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a release again found; `intact` when the digests are equal."""

    release: Release
    found: str

    @property
    def intact(self) -> bool:
        """Tell whether the content is what was imported."""
        return self.found == self.release.digest


class Archive:
    """Finds, imports and verifies releases. There is no verb that changes or destroys one."""

    def __init__(self, storage: Storage, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock
        self._locks = KeyedLocks()

    def datasets(self) -> list[Dataset]:
        """Return all datasets by name."""
        return self._storage.datasets()

    def dataset(self, name: str) -> Dataset:
        """Return a dataset, or raise UnknownDatasetError that lists those there are."""
        wanted = naming.parse_dataset(name)
        known = self._storage.datasets()
        for each in known:
            if each.name == wanted:
                return each
        names = ", ".join(each.name for each in known) or "none yet"
        raise UnknownDatasetError(f"There is no dataset {wanted!r}. The archive has: {names}.")

    def release(self, dataset: str, name: str) -> Release:
        """Return a release, or raise UnknownReleaseError that lists those there are."""
        holder = self.dataset(dataset)
        wanted = naming.parse_release(name)
        for each in holder.releases:
            if each.name == wanted:
                return each
        names = ", ".join(each.name for each in holder.releases)
        raise UnknownReleaseError(
            f"Dataset {holder.name!r} has no release {wanted!r}. It has: {names}."
        )

    def import_release(
        self, dataset: str, name: str, info: DatasetInfo, source: Path, report: Report
    ) -> Release:
        """Copy a directory into the archive; the release appears when it is complete.

        Raises
        ------
        ReleaseExistsError
            The name is taken: a release never changes.
        InvalidSourceError
            The source is not a readable directory of plain files.
        StorageFullError
            No space; nothing was changed.
        """
        parsed = naming.parse_dataset(dataset)
        release = naming.parse_release(name)
        with self._locks.holding(parsed):
            return self._storage.import_release(
                parsed, release, info, source, self._clock(), report
            )

    def verify(self, dataset: str, name: str) -> Verification:
        """Read every byte of a release and compare with the digest made at its import."""
        release = self.release(dataset, name)
        return Verification(release, self._storage.digest(release))
