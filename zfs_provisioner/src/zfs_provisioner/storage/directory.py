"""Workspaces in plain directories, for machines without ZFS and without privileges.

The tree below the root is the only truth::

    archive/<dataset>/dataset.json
    archive/<dataset>/<release>/{release.json,tree/}       read-only
    ws/<owner>/<wid>/{workspace.json,live/,checkpoints/}   `live` is what a session gets
    trash/<wid>/…                                          a workspace, renamed here in one step

Whatever is built appears by one rename(2) from a hidden name beside its place, after it was flushed
to disk, so that a crash leaves hidden leftovers and nothing half-made; `reconcile` removes or
completes them. Releases are cloned from the archive, never from a workspace.
"""

import contextlib
import errno
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    ReleaseExistsError,
    StorageFullError,
    StorageUnavailableError,
    WorkspaceExistsError,
)
from zfs_provisioner.model import (
    Capabilities,
    Checkpoint,
    CheckpointName,
    Dataset,
    DatasetInfo,
    DatasetName,
    Owner,
    Release,
    ReleaseName,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.storage import records, sources, trees
from zfs_provisioner.storage.cloning import CopyCloner, best_cloner
from zfs_provisioner.storage.protocol import Report

_COPY_REMARK: Final = (
    "Every workspace and checkpoint is a full copy, because {filesystem} cannot share blocks "
    "between files. On btrfs, XFS or ZFS it would be instant and free: put CASAHUB_STATE there."
)


class DirectoryStorage:
    """The `Storage` protocol on a directory, cloning by subvolume, reflink or copy."""

    def __init__(self, root: Path) -> None:
        for part in ("archive", "ws", "trash"):
            (root / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = root
        self._inode = root.stat().st_ino
        self._cloner = best_cloner(root)

    def capabilities(self) -> Capabilities:
        """Return what the filesystem under the root can do."""
        space = shutil.disk_usage(self._root)
        filesystem = filesystem_of(self._root)
        copies = self._cloner.method == CopyCloner.method
        return Capabilities(
            backend="directory",
            clone_method=self._cloner.method,
            filesystem=filesystem,
            free=space.free,
            size=space.total,
            remarks=(_COPY_REMARK.format(filesystem=filesystem),) if copies else (),
        )

    def refuse_if_unavailable(self) -> None:
        """Look whether the root is the directory that it was."""
        try:
            inode = self._root.stat().st_ino
        except OSError as error:
            raise StorageUnavailableError(
                f"The storage root {self._root} cannot be read ({error.strerror}): mount its disk "
                "again."
            ) from error
        if inode != self._inode:
            raise StorageUnavailableError(
                f"{self._root} is another directory than when the provisioner started: mount its "
                "disk again, or start the provisioner anew if the change is meant."
            )

    def reconcile(self) -> list[str]:
        """Remove hidden leftovers of a crash, and complete a restore that was under way."""
        done = []
        for leftover in [
            *self._root.glob("archive/*/.*.building"),
            *self._root.glob("ws/*/.*.building"),
        ]:
            self._remove_container(leftover)
            done.append(f"removed the half-made {leftover.name}")
        for container in [*self._root.glob("ws/*/*"), *self._root.glob("trash/*")]:
            done += self._reconcile_workspace(container)
        return done

    def _reconcile_workspace(self, container: Path) -> list[str]:
        place = _Place(container)
        done = []
        if place.incoming.exists() and not place.live.exists():
            place.incoming.rename(place.live)
            done.append(f"completed the restore of {container.name}")
        for leftover in (place.incoming, place.building, place.replaced):
            if leftover.exists():
                self._cloner.remove(leftover)
                done.append(f"removed a leftover of a restore of {container.name}")
        for leftover in place.checkpoints.glob(".*.building"):
            self._cloner.remove(leftover)
            done.append(f"removed a half-made checkpoint of {container.name}")
        return done

    def datasets(self) -> list[Dataset]:
        """Read the archive's records; a dataset without a complete release is not shown."""
        found = [self._dataset(place) for place in _visible(self._root / "archive")]
        return [dataset for dataset in found if dataset.releases]

    def _dataset(self, place: Path) -> Dataset:
        releases = [
            records.read(each / "release.json", records.RELEASE) for each in _visible(place)
        ]
        return Dataset(
            name=DatasetName(place.name),
            info=(
                records.read(place / "dataset.json", records.DATASET)
                if releases
                else DatasetInfo(title=place.name)
            ),
            releases=tuple(sorted(releases, key=lambda each: each.created, reverse=True)),
        )

    def import_release(
        self,
        dataset: DatasetName,
        release: ReleaseName,
        info: DatasetInfo,
        source: Path,
        now: datetime,
        report: Report,
    ) -> Release:
        """Copy, fingerprint, freeze, flush, publish."""
        shelf = self._root / "archive" / dataset
        if (shelf / release).exists():
            raise ReleaseExistsError(
                f"{dataset}@{release} exists, and a release never changes: choose another release "
                "name for the new content."
            )
        total = sources.refuse_unfit(source)
        shelf.mkdir(exist_ok=True)
        with self._built(shelf / release) as building, _no_space_means(total, self._root):
            tree = building / "tree"
            self._cloner.make(tree)
            counter = sources.Counter(report, "copying into the archive", total)
            trees.copy(source, tree, shutil.copyfile, counter.add)
            counter = sources.Counter(report, "checking what was copied", total)
            content = trees.digest(tree, counter.add)
            files, size = trees.measure(tree)
            made = Release(
                dataset=dataset, name=release, created=now, size=size, files=files, digest=content
            )
            self._cloner.freeze(tree)
            records.write(building / "release.json", records.RELEASE, made)
            records.write(shelf / "dataset.json", records.DATASET, info)
        return made

    def digest(self, release: Release) -> str:
        """Read every byte of the release again."""
        return trees.digest(self._tree(release.dataset, release.name))

    def _tree(self, dataset: DatasetName, release: ReleaseName) -> Path:
        return self._root / "archive" / dataset / release / "tree"

    def workspaces(self) -> list[Workspace]:
        """Read every workspace's record."""
        live = [place for owner in _visible(self._root / "ws") for place in _visible(owner)]
        return [
            *(_read(_Place(place), WorkspaceState.LIVE) for place in live),
            *(
                _read(_Place(each), WorkspaceState.TRASHED)
                for each in _visible(self._root / "trash")
            ),
        ]

    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Look in the two places where the owner's workspace can be."""
        wid = naming.workspace_directory(workspace)
        for container, state in (
            (self._root / "ws" / naming.owner_directory(owner) / wid, WorkspaceState.LIVE),
            (self._root / "trash" / wid, WorkspaceState.TRASHED),
        ):
            if container.exists():
                found = _read(_Place(container), state)
                return found if found.spec.owner == owner else None
        return None

    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the release's tree into a hidden container and publish that."""
        wid = naming.workspace_directory(workspace)
        if any(self._root.glob(f"ws/*/{wid}")) or (self._root / "trash" / wid).exists():
            raise WorkspaceExistsError(f"The id {workspace} is taken: use a new UUID.")
        shelf = self._root / "ws" / naming.owner_directory(spec.owner)
        shelf.mkdir(exist_ok=True, mode=0o700)
        place = _Place(shelf / wid)
        made = Workspace(
            id=workspace,
            spec=spec,
            state=WorkspaceState.LIVE,
            created=now,
            path=str(place.live),
        )
        tree = self._tree(spec.dataset, spec.release)
        release = records.read(tree.with_name("release.json"), records.RELEASE)
        with self._built(place.container) as building, _no_space_means(release.size, self._root):
            counter = sources.Counter(report, "preparing your copy of the data", release.size)
            self._cloner.clone(tree, _Place(building).live, counter.add)
            _Place(building).checkpoints.mkdir()
            records.write(_Place(building).record, records.WORKSPACE, made)
        return made

    def update(self, workspace: Workspace) -> None:
        """Replace the record."""
        records.write(self._place(workspace).record, records.WORKSPACE, workspace)

    def usage(self, workspace: Workspace) -> Usage:
        """Walk the live tree and compare it with what it was last."""
        place = self._place(workspace)
        _files, size = trees.measure(place.live)
        base = (
            place.checkpoints / workspace.base
            if workspace.base
            else self._tree(workspace.spec.dataset, workspace.spec.release)
        )
        return Usage(size=size, changed=trees.differs(base, place.live))

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Read them from their names; the running number is their order."""
        found = [
            naming.parse_checkpoint(path.name)
            for path in _visible(self._place(workspace).checkpoints)
        ]
        return sorted(found, key=naming.checkpoint_number)

    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Clone the live tree to a hidden name, freeze, flush, publish."""
        place = self._place(workspace)
        _files, size = trees.measure(place.live)
        building = place.checkpoints / f".{name}.building"
        with self._removed_on_failure(building), _no_space_means(size, self._root):
            self._cloner.clone(place.live, building, lambda _size: None)
            self._cloner.freeze(building)
            trees.publish(building, place.checkpoints / name)

    def restore(self, workspace: Workspace, checkpoint: Checkpoint, report: Report) -> None:
        """Clone the checkpoint beside the live tree, then exchange the two.

        Between the two renames there is no live tree: `incoming` is then complete, and `reconcile`
        finishes the exchange.
        """
        place = self._place(workspace)
        source = place.checkpoints / checkpoint.name
        _files, size = trees.measure(source)
        with self._removed_on_failure(place.building), _no_space_means(size, self._root):
            counter = sources.Counter(report, "restoring the checkpoint", size)
            self._cloner.clone(source, place.building, counter.add)
            trees.publish(place.building, place.incoming)
        place.live.rename(place.replaced)
        place.incoming.rename(place.live)
        self._cloner.remove(place.replaced)

    def move_to_trash(self, workspace: Workspace) -> None:
        """Rename the container."""
        container = self._place(workspace).container
        trees.publish(container, self._root / "trash" / container.name)

    def move_from_trash(self, workspace: Workspace) -> None:
        """Rename the container back."""
        container = self._place(workspace).container
        shelf = self._root / "ws" / naming.owner_directory(workspace.spec.owner)
        shelf.mkdir(exist_ok=True, mode=0o700)
        trees.publish(container, shelf / container.name)

    def _place(self, workspace: Workspace) -> "_Place":
        wid = naming.workspace_directory(workspace.id)
        if workspace.state is WorkspaceState.TRASHED:
            return _Place(self._root / "trash" / wid)
        return _Place(self._root / "ws" / naming.owner_directory(workspace.spec.owner) / wid)

    @contextlib.contextmanager
    def _built(self, container: Path) -> Iterator[Path]:
        """Give a hidden directory that becomes `container` when the block ends well."""
        building = container.with_name(f".{container.name}.building")
        if building.exists():
            self._remove_container(building)
        building.mkdir(mode=0o700)
        try:
            yield building
            trees.publish(building, container)
        except BaseException:
            self._remove_container(building)
            raise

    def _remove_container(self, container: Path) -> None:
        for tree in (container / "tree", container / "live"):
            if tree.exists():
                self._cloner.remove(tree)
        trees.remove(container)

    @contextlib.contextmanager
    def _removed_on_failure(self, tree: Path) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if tree.exists():
                self._cloner.remove(tree)
            raise


@dataclass(frozen=True, slots=True)
class _Place:
    """The paths inside a workspace's container."""

    container: Path

    @property
    def record(self) -> Path:
        return self.container / "workspace.json"

    @property
    def live(self) -> Path:
        return self.container / "live"

    @property
    def checkpoints(self) -> Path:
        return self.container / "checkpoints"

    @property
    def building(self) -> Path:
        return self.container / ".building"

    @property
    def incoming(self) -> Path:
        return self.container / ".incoming"

    @property
    def replaced(self) -> Path:
        return self.container / ".replaced"


def _read(place: _Place, state: WorkspaceState) -> Workspace:
    return records.read_workspace(place.record, place.live, state)


def _visible(directory: Path) -> list[Path]:
    return sorted(
        path for path in directory.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


@contextlib.contextmanager
def _no_space_means(needed: int, root: Path) -> Iterator[None]:
    """Turn a full disk or quota into StorageFullError."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        free = shutil.disk_usage(root).free
        raise StorageFullError(
            f"The storage is full: {needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are "
            "free. Nothing was changed. Free space on that disk, or move the state to a larger one."
        ) from error


def filesystem_of(path: Path) -> str:
    """Return the type of the filesystem that holds a path, such as `ext4`."""
    mounts = {each.mountpoint: each.fstype for each in psutil.disk_partitions(all=True)}
    for parent in (path.resolve(), *path.resolve().parents):
        if str(parent) in mounts:
            return str(mounts[str(parent)])
    return "unknown"
