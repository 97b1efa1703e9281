"""The archive on ZFS: one filesystem per dataset, whose snapshots are its releases.

One filesystem, and not one per release, because most of a dataset's next release is its last one:
an import writes into the filesystem only the blocks that differ, so releases share the rest.

A release is described by a property of the dataset's filesystem, set before the snapshot is taken.
The snapshot is the commit: a release is there if it has both. Properties of the snapshot itself
would be one step less, but reading them opens the snapshot, which costs more with every workspace
that was cloned from it.

Nothing below `archive/` is ever destroyed or rolled back here. What an interrupted import left in
the filesystem is seen by nobody, and the next import writes over it.
"""

import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from zfs_provisioner.errors import ReleaseExistsError, StorageUnavailableError
from zfs_provisioner.model import Dataset, DatasetInfo, NewRelease, Release
from zfs_provisioner.storage import sources, trees, zfs_command, zfs_names, zfs_records
from zfs_provisioner.storage.equality import Account, make_equal
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Presence, ZfsError
from zfs_provisioner.storage.zfs_mounts import Mounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Description:
    """What a release's property holds; the newest release's text is that of the dataset.

    `held` is written last: a kill may fall between the snapshot and its hold.
    """

    release: Release
    info: DatasetInfo
    held: bool = False


_DESCRIPTION: Final = TypeAdapter(_Description)


class ZfsArchive:
    """Datasets and releases below `<root>/archive`."""

    def __init__(
        self, tree: zfs_names.Tree, mounts: Mounts, change: Mutations, account: Account
    ) -> None:
        self._tree, self._mounts, self._change = tree, mounts, change
        self._account = account
        self._known: list[Dataset] | None = None

    def datasets(self) -> list[Dataset]:
        """Return all datasets with a release, by name; read once, because releases never change."""
        if self._known is None:
            self._known = self._read()
        return list(self._known)

    def forget(self) -> None:
        """Read the archive again at the next question."""
        self._known = None

    def _read(self) -> list[Dataset]:
        by_name: dict[str, list[_Description]] = {}
        for each in self._descriptions():
            by_name.setdefault(each.release.dataset, []).append(each)
        return [_dataset(described) for _name, described in sorted(by_name.items())]

    def _descriptions(self) -> list[_Description]:
        archive = self._tree.archive
        snapshots = set(zfs_command.snapshots(archive, depth=2))
        return [
            zfs_records.load(_DESCRIPTION, value, filesystem)
            for filesystem, properties in zfs_command.local_properties(
                archive, "all", depth=1
            ).items()
            for name, value in properties.items()
            if f"{filesystem}@{zfs_names.described_release(name)}" in snapshots
        ]

    def ensure_held(self) -> list[str]:
        """Hold the releases whose import was cut off before; return a sentence for each."""
        unheld = [each for each in self._descriptions() if not each.held]
        return [f"held {each.release.label}" for each in unheld if self._hold(each)]

    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        """Write what differs, fingerprint all, describe, snapshot, hold."""
        filesystem = self._tree.dataset(wanted.dataset)
        snapshot = self._tree.release(wanted.dataset, wanted.name)
        present = self._present(filesystem)
        if present and snapshot in zfs_command.snapshots(filesystem):
            raise ReleaseExistsError(
                f"{wanted.label} exists, and a release never changes: choose another release name "
                "for the new content."
            )
        total = sources.refuse_unfit(source, self._mounts.directory)
        if not present:
            self._change.create(filesystem)
        with self._mounts.privately(filesystem, writable=True) as head:
            try:
                digest = self._filled(head, source, total, report)
                files, size = trees.measure(head)
            except BaseException:
                self._empty(head)
                raise
        made = wanted.made(size=size, files=files, digest=digest)
        description = _Description(made, wanted.info)
        self._set(description)
        self._take(snapshot)
        self._hold(description)
        self.forget()
        return made

    def _filled(self, head: Path, source: Path, total: int, report: Report) -> str:
        """Make the head equal to the source and return the digest of what is in it then."""
        counter = sources.Counter(report, sources.COPYING, total)
        make_equal(source, head, counter.add, trust_times=False, account=self._account)
        counter = sources.Counter(report, sources.CHECKING, total)
        return trees.digest(head, counter.add)

    def _set(self, description: _Description) -> None:
        release = description.release
        text = zfs_records.dump(_DESCRIPTION, description)
        name = zfs_names.release_property(release.name)
        self._change.set(self._tree.dataset(release.dataset), name, text)

    def _take(self, snapshot: str) -> None:
        try:
            self._change.snapshot(snapshot)
        except ZfsError:
            # The head is ours alone, so a snapshot that was taken all the same is the right one.
            if snapshot not in zfs_command.snapshots(snapshot.partition("@")[0]):
                raise

    def _hold(self, description: _Description) -> bool:
        """Keep the release from `zfs destroy`; it is complete whether that succeeds or not."""
        release = description.release
        try:
            self._change.hold(self._tree.release(release.dataset, release.name), zfs_names.HOLD)
            self._set(replace(description, held=True))
        except ZfsError as error:
            log.warning("%s is not held, the next start tries again: %s", release.label, error)
            return False
        return True

    def describe(self, release: Release) -> None:
        """Replace the release's description; the snapshot is not touched."""
        (dataset,) = [each for each in self.datasets() if each.name == release.dataset]
        self._set(_Description(release, dataset.info, held=True))
        self.forget()

    @staticmethod
    def _present(filesystem: str) -> bool:
        found = zfs_command.presence(filesystem)
        if found is Presence.UNKNOWN:
            raise StorageUnavailableError(
                f"ZFS does not say whether {filesystem} exists, so nothing was changed: look at "
                "`zpool status`, and repeat the import when the pool is healthy."
            )
        return found is Presence.EXISTS

    @staticmethod
    def _empty(head: Path) -> None:
        """Give back the space of an import that failed; what releases hold stays theirs."""
        with tempfile.TemporaryDirectory() as nothing:
            make_equal(Path(nothing), head, lambda _size: None, trust_times=True)

    def digest(self, release: Release) -> str:
        """Read every byte of a release again."""
        snapshot = self._tree.release(release.dataset, release.name)
        with self._mounts.privately(snapshot) as tree:
            return trees.digest(tree)


def _dataset(described: list[_Description]) -> Dataset:
    newest_first = sorted(described, key=lambda each: each.release.created, reverse=True)
    return Dataset(
        name=newest_first[0].release.dataset,
        info=newest_first[0].info,
        releases=tuple(each.release for each in newest_first),
    )
