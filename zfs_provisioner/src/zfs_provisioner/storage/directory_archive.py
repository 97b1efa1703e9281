"""The archive in plain directories: a read-only tree and a record for each release."""

from pathlib import Path

from zfs_provisioner.errors import ReleaseExistsError
from zfs_provisioner.model import Dataset, DatasetInfo, DatasetName, NewRelease, Release
from zfs_provisioner.storage import records, sources, trees
from zfs_provisioner.storage.copying import copy, copy_bytes
from zfs_provisioner.storage.directory_places import Root, visible
from zfs_provisioner.storage.equality import Account, make_equal
from zfs_provisioner.storage.protocol import Report


class DirectoryArchive:
    """Datasets and releases below `archive/`.

    Parameters
    ----------
    account
        Who owns the files of releases, and therefore those of workspaces.
    """

    def __init__(self, root: Root, account: Account) -> None:
        self._root, self._account = root, account

    def datasets(self) -> list[Dataset]:
        """Read the archive's records; a dataset without a complete release is not shown."""
        found = [self._dataset(place) for place in visible(self._root.archive)]
        return [dataset for dataset in found if dataset.releases]

    @staticmethod
    def _dataset(place: Path) -> Dataset:
        releases = [records.read(each / "release.json", records.RELEASE) for each in visible(place)]
        return Dataset(
            name=DatasetName(place.name),
            info=(
                records.read(place / "dataset.json", records.DATASET)
                if releases
                else DatasetInfo(title=place.name)
            ),
            releases=tuple(sorted(releases, key=lambda each: each.created, reverse=True)),
        )

    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        """Make the tree, fingerprint, freeze, flush, publish."""
        place = self._root.release(wanted.dataset, wanted.name)
        if place.exists():
            raise ReleaseExistsError(
                f"{wanted.label} exists, and a release never changes: choose another release name "
                "for the new content."
            )
        total = sources.refuse_unfit(source, self._root.path)
        place.parent.mkdir(exist_ok=True)
        with self._root.built(place) as building, self._root.no_space_means(total):
            tree = building / "tree"
            self._fill(tree, wanted, source, sources.Counter(report, sources.COPYING, total))
            counter = sources.Counter(report, sources.CHECKING, total)
            content = trees.digest(tree, counter.add)
            files, size = trees.measure(tree)
            made = wanted.made(size=size, files=files, digest=content)
            self._root.cloner.freeze(tree)
            records.write(building / "release.json", records.RELEASE, made)
            records.write(place.parent / "dataset.json", records.DATASET, wanted.info)
        return made

    def _fill(self, tree: Path, wanted: NewRelease, source: Path, counter: sources.Counter) -> None:
        """Make a tree of the source's content that shares what it can with what there is."""
        cloner = self._root.cloner
        if not cloner.shares:
            cloner.make(tree)
            copy(source, tree, copy_bytes, counter.add)
            trees.give(tree, self._account.uid, self._account.gid)
            return
        if wanted.origin is not None:
            # A checkpoint is a tree of ours, so its blocks can be shared as they are.
            cloner.clone(source, tree, counter.add)
            return
        newest = self._newest_tree(wanted.dataset)
        if newest is None:
            cloner.make(tree)
        else:
            cloner.clone(newest, tree, lambda _size: None)
        make_equal(source, tree, counter.add, trust_times=False, account=self._account)

    def _newest_tree(self, dataset: DatasetName) -> Path | None:
        place = self._root.archive / dataset
        releases = self._dataset(place).releases
        return self._root.tree(dataset, releases[0].name) if releases else None

    def describe(self, release: Release) -> None:
        """Replace the record; the tree is not touched."""
        place = self._root.release(release.dataset, release.name)
        records.write(place / "release.json", records.RELEASE, release)

    def digest(self, release: Release) -> str:
        """Read every byte of the release again."""
        return trees.digest(self._root.tree(release.dataset, release.name))
