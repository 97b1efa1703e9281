"""The archive: datasets and their immutable releases."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    ReleaseExistsError,
    ReleaseRetiredError,
    UnknownDatasetError,
    UnknownReleaseError,
)
from zfs_provisioner.journal import Journal, Verb, nowhere, of_release
from zfs_provisioner.locks import KeyedLocks
from zfs_provisioner.model import (
    CheckpointRef,
    Dataset,
    DatasetInfo,
    NewRelease,
    Release,
    Retirement,
    Workspace,
)
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
    """Finds, imports, retires and verifies releases. No verb changes or destroys one."""

    def __init__(
        self, storage: Storage, clock: Callable[[], datetime], journal: Journal = nowhere
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._journal = journal
        self._locks = KeyedLocks()

    def datasets(self, *, retired: bool = False) -> list[Dataset]:
        """Return the datasets by name with the releases that people can get; or with all."""
        known = self._storage.datasets()
        if retired:
            return known
        offered = [
            replace(each, releases=tuple(one for one in each.releases if one.retired is None))
            for each in known
        ]
        return [each for each in offered if each.releases]

    def dataset(self, name: str) -> Dataset:
        """Return a dataset with all its releases, or raise UnknownDatasetError."""
        wanted = naming.parse_dataset(name)
        known = self._storage.datasets()
        for each in known:
            if each.name == wanted:
                return each
        names = ", ".join(each.name for each in known) or "none yet"
        raise UnknownDatasetError(f"There is no dataset {wanted!r}. The archive has: {names}.")

    def release(self, dataset: str, name: str) -> Release:
        """Return a release, a retired one too, or raise UnknownReleaseError."""
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
        return self._make(Verb.IMPORTED, dataset, name, info, source, report)

    def publish(
        self,
        dataset: str,
        name: str,
        info: DatasetInfo,
        content: Path,
        origin: CheckpointRef,
        report: Report,
    ) -> Release:
        """Make the content of a checkpoint a release; publishing it again returns that release.

        Raises what `import_release` raises.
        """
        return self._make(Verb.PUBLISHED, dataset, name, info, content, report, origin)

    def _make(
        self,
        verb: Verb,
        dataset: str,
        name: str,
        info: DatasetInfo,
        source: Path,
        report: Report,
        origin: CheckpointRef | None = None,
    ) -> Release:
        wanted = NewRelease(
            dataset=naming.parse_dataset(dataset),
            name=naming.parse_release(name),
            info=info,
            created=self._clock(),
            origin=origin,
        )
        with self._locks.holding(wanted.dataset):
            existing = self._existing(wanted)
            if existing is not None and origin is not None and existing.origin == origin:
                return existing
            if existing is not None:
                raise ReleaseExistsError(
                    f"{wanted.label} exists, and a release never changes: choose another release "
                    "name for the new content."
                )
            made = self._storage.import_release(wanted, source, report)
        came_from = f"{origin.workspace}@{origin.checkpoint}" if origin else str(source)
        self._journal(of_release(self._clock(), verb, made, f"from {came_from}"))
        return made

    def _existing(self, wanted: NewRelease) -> Release | None:
        for dataset in self._storage.datasets():
            for release in dataset.releases:
                if (release.dataset, release.name) == (wanted.dataset, wanted.name):
                    return release
        return None

    def retire(self, dataset: str, name: str) -> Retirement:
        """Offer a release no longer; return who still holds it.

        Its workspaces keep it, and it stays on disk. Repeating it changes nothing.
        """
        return self._set_retired(dataset, name, self._clock())

    def reinstate(self, dataset: str, name: str) -> Retirement:
        """Offer a retired release again."""
        return self._set_retired(dataset, name, None)

    def _set_retired(self, dataset: str, name: str, when: datetime | None) -> Retirement:
        with self._locks.holding(naming.parse_dataset(dataset)):
            found = self.release(dataset, name)
            if (found.retired is None) != (when is None):
                found = replace(found, retired=when)
                self._storage.describe(found)
                verb = Verb.REINSTATED if when is None else Verb.RETIRED
                self._journal(of_release(self._clock(), verb, found))
        return Retirement(release=found, held_by=tuple(self.holders(found)))

    def holders(self, release: Release) -> list[Workspace]:
        """Return the workspaces that share a release's blocks, branches and trash too."""
        wanted = (release.dataset, release.name)
        return [
            each
            for each in self._storage.workspaces()
            if (each.spec.dataset, each.spec.release) == wanted
        ]

    def verify(self, dataset: str, name: str) -> Verification:
        """Read every byte of a release and compare with the digest made at its import."""
        release = self.release(dataset, name)
        return Verification(release, self._storage.digest(release))


def refuse_if_retired(release: Release) -> None:
    """Raise ReleaseRetiredError if nobody gets new workspaces of the release."""
    if release.retired is not None:
        raise ReleaseRetiredError(
            f"{release.label} is retired since {release.retired:%Y-%m-%d}: choose another release. "
            "Workspaces that were made of it go on."
        )
