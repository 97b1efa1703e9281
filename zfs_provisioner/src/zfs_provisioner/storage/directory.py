"""Workspaces in plain directories, for machines without ZFS and without privileges.

The tree below the root (`directory_places`) is the only truth. Releases are cloned from the
archive, never from a workspace; a branch is cloned from a checkpoint.
"""

import contextlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

import psutil

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    NotSupportedError,
    StorageUnavailableError,
    WorkspaceExistsError,
)
from zfs_provisioner.model import (
    Allowance,
    Capabilities,
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    Dataset,
    NewRelease,
    Owner,
    Release,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.residents import Kept, Refusal, Resident, Survey
from zfs_provisioner.storage import directory_residents, records, sources, trees
from zfs_provisioner.storage.cloning import PROBE, best_cloner
from zfs_provisioner.storage.directory_archive import DirectoryArchive
from zfs_provisioner.storage.directory_collection import DirectoryCollection
from zfs_provisioner.storage.directory_places import BUILDING, Place, Root, visible
from zfs_provisioner.storage.equality import Account, make_paths_equal, refuse_paths_outside
from zfs_provisioner.storage.protocol import Report

_COPY_REMARK: Final = (
    "Every workspace and checkpoint is a full copy, because {filesystem} cannot share blocks "
    "between files. On btrfs, XFS or ZFS it would be instant and free: put CASAHUB_STATE there."
)


class DirectoryStorage:
    """The `Storage` protocol on a directory, cloning by subvolume, reflink or copy.

    Parameters
    ----------
    account
        Who owns the files that sessions write; ours unless we are root.
    """

    def __init__(self, root: Path, account: Account | None = None) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        group = account.gid if account and account.uid != os.geteuid() else None
        self._root = Root(root, best_cloner(root), group)
        self._root.lay_out()
        self._identity = _identity(root)
        account = account or Account(os.geteuid(), os.getegid())
        self._archive = DirectoryArchive(self._root, account)
        self._collection = DirectoryCollection(self._root)
        filesystem = filesystem_of(root)
        remarks = () if self._root.cloner.shares else (_COPY_REMARK.format(filesystem=filesystem),)
        self._capabilities = Capabilities(
            backend="directory",
            clone_method=self._root.cloner.method,
            filesystem=filesystem,
            free=0,
            size=0,
            remarks=remarks,
        )

    def capabilities(self) -> Capabilities:
        """Return what was probed at the start, with the space that is free now."""
        space = shutil.disk_usage(self._root.path)
        return replace(self._capabilities, free=space.free, size=space.total)

    def refuse_if_unavailable(self) -> None:
        """Raise if the root was replaced or unmounted: what is there now is not what was opened."""
        if _identity(self._root.path) != self._identity:
            raise StorageUnavailableError(
                f"{self._root.path} is not the directory that it was at the start: is its disk "
                "mounted? Nothing was changed. Mount it, and start the provisioner again."
            )

    def reconcile(self) -> list[str]:
        """Remove hidden leftovers of a crash, and complete a restore that was under way."""
        done = self._collection.finish()
        for leftover in [
            *self._root.archive.glob(f"*/{BUILDING}"),
            *self._root.ws.glob(f"*/{BUILDING}"),
        ]:
            self._root.remove_container(leftover)
            done.append(f"removed the half-made {leftover.name}")
        for container in [*self._root.ws.glob("*/*"), *self._root.trash.glob("*")]:
            done += self._reconcile_workspace(Place(container))
        for leftover in self._root.path.glob(f"{PROBE}*"):
            trees.remove(leftover)
            done.append(f"removed the unfinished probe {leftover.name}")
        for leftover in self._root.unfinished_records():
            leftover.unlink()
            done.append(f"removed the half-written {leftover.name} in {leftover.parent}")
        return done

    def _reconcile_workspace(self, place: Place) -> list[str]:
        name = place.container.name
        done = []
        if place.incoming.exists() and not place.live.exists():
            place.incoming.rename(place.live)
            done.append(f"completed the restore of {name}")
        for leftover in place.hidden:
            if leftover.exists():
                self._root.cloner.remove(leftover)
                done.append(f"removed a leftover of a restore of {name}")
        for leftover in place.checkpoints.glob(BUILDING):
            self._root.cloner.remove(leftover)
            done.append(f"removed a half-made checkpoint of {name}")
        return done

    # The archive

    def datasets(self) -> list[Dataset]:
        """Read the archive's records."""
        return self._archive.datasets()

    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        """Copy what cannot be shared, and publish the whole."""
        return self._archive.import_release(wanted, source, report)

    def describe(self, release: Release) -> None:
        """Replace the release's record."""
        self._archive.describe(release)

    def digest(self, release: Release) -> str:
        """Read every byte of the release again."""
        return self._archive.digest(release)

    # Workspaces

    def workspaces(self, owner: Owner | None = None) -> list[Workspace]:
        """Read the workspaces' records: of the live ones only the owner's."""
        shelves = visible(self._root.ws) if owner is None else [self._root.shelf(owner)]
        live = [place for shelf in shelves if shelf.exists() for place in visible(shelf)]
        found = [
            *(_read(place, WorkspaceState.LIVE) for place in _recorded(live)),
            *(
                _read(place, WorkspaceState.TRASHED)
                for place in _recorded(visible(self._root.trash))
            ),
        ]
        return [each for each in found if owner in (None, each.spec.owner)]

    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        """Look in the two places where the owner's workspace can be."""
        for place, state in (
            (self._root.live(owner, workspace), WorkspaceState.LIVE),
            (self._root.trashed(workspace), WorkspaceState.TRASHED),
        ):
            if place.container.exists():
                found = _read(place, state)
                return found if found.spec.owner == owner else None
        return None

    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        """Clone the tree into a hidden container and publish that."""
        wid = naming.workspace_directory(workspace)
        if any(self._root.ws.glob(f"*/{wid}")) or self._root.trashed(workspace).container.exists():
            raise WorkspaceExistsError(f"The id {workspace} is taken: use a new UUID.")
        place = self._root.live(spec.owner, workspace)
        self._root.ensure_shelf(place.container)
        base = naming.format_checkpoint(CheckpointKind.AUTO, now, 1) if spec.branch else None
        made = Workspace(
            id=workspace,
            spec=spec,
            state=WorkspaceState.LIVE,
            created=now,
            path=str(place.live),
            base=base,
        )
        origin, size = self._origin(spec)
        with self._root.built(place.container) as container, self._root.no_space_means(size):
            building = Place(container)
            counter = sources.Counter(report, sources.CLONING, size)
            self._root.cloner.clone(origin, building.live, counter.add)
            building.checkpoints.mkdir()
            if base:
                first = building.checkpoints / base
                self._root.cloner.clone(building.live, first, lambda _size: None)
                self._root.cloner.freeze(first)
            records.write(building.record, records.WORKSPACE, made)
        return made

    def _origin(self, spec: WorkspaceSpec) -> tuple[Path, int]:
        """Return the tree that a workspace begins with, and its bytes."""
        if spec.branch is None:
            tree = self._root.tree(spec.dataset, spec.release)
            return tree, records.read(tree.with_name("release.json"), records.RELEASE).size
        source = self._root.live(spec.owner, spec.branch.workspace)
        if not source.container.exists():
            source = self._root.trashed(spec.branch.workspace)
        tree = source.checkpoints / spec.branch.checkpoint
        return tree, trees.measure(tree)[1]

    def ensure_open(self, workspace: Workspace) -> None:
        """Do nothing: the content is always at its path."""

    def ensure_closed(self, workspace: Workspace) -> None:
        """Do nothing: the content is always at its path."""

    def update(self, workspace: Workspace) -> None:
        """Replace the record."""
        records.write(self._place(workspace).record, records.WORKSPACE, workspace)

    def usage(self, workspace: Workspace) -> Usage:
        """Walk the live tree and compare it with what it was last."""
        _files, size = trees.measure(self._place(workspace).live)
        return Usage(size=size, changed=self.changed(workspace))

    def changed(self, workspace: Workspace) -> bool:
        """Compare the live tree with its base."""
        place = self._place(workspace)
        base = (
            place.checkpoints / workspace.base
            if workspace.base
            else self._root.tree(workspace.spec.dataset, workspace.spec.release)
        )
        return trees.differs(base, place.live)

    def move_to_trash(self, workspace: Workspace) -> None:
        """Rename the container."""
        trees.publish(self._place(workspace).container, self._root.trashed(workspace.id).container)

    def move_from_trash(self, workspace: Workspace) -> None:
        """Rename the container back."""
        live = self._root.live(workspace.spec.owner, workspace.id).container
        self._root.ensure_shelf(live)
        trees.publish(self._place(workspace).container, live)

    # Checkpoints

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Read them from their names; the running number is their order."""
        found = directory_residents.checkpoints(self._place(workspace))
        return [checkpoint for checkpoint, _path in found]

    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        """Clone the live tree to a hidden name, freeze, flush, publish."""
        place = self._place(workspace)
        _files, size = trees.measure(place.live)
        building = place.checkpoints / f".{name}.building"
        with self._root.removed_on_failure(building), self._root.no_space_means(size):
            self._root.cloner.clone(place.live, building, lambda _size: None)
            self._root.cloner.freeze(building)
            trees.publish(building, place.checkpoints / name)

    @contextlib.contextmanager
    def reading(self, workspace: Workspace, checkpoint: CheckpointName | None) -> Iterator[Path]:
        """Give the path of the tree."""
        place = self._place(workspace)
        yield place.live if checkpoint is None else place.checkpoints / checkpoint

    def written(
        self, workspace: Workspace, older: CheckpointName, newer: CheckpointName | None
    ) -> None:
        """Return None: directories do not know which blocks they share."""

    def restore(
        self,
        workspace: Workspace,
        checkpoint: Checkpoint,
        paths: Collection[str],
        report: Report,
    ) -> None:
        """Make the new tree beside the live one, then exchange the two.

        Between the two renames there is no live tree: `incoming` is then complete, and `reconcile`
        finishes the exchange.
        """
        place = self._place(workspace)
        source = place.checkpoints / checkpoint.name
        refuse_paths_outside(source, paths)
        _files, size = trees.measure(source)
        with self._root.removed_on_failure(place.building), self._root.no_space_means(size):
            counter = sources.Counter(report, sources.RESTORING, size)
            if paths:
                self._root.cloner.clone(place.live, place.building, lambda _size: None)
                make_paths_equal(source, place.building, paths, counter.add)
            else:
                self._root.cloner.clone(source, place.building, counter.add)
            trees.publish(place.building, place.incoming)
        place.live.rename(place.replaced)
        place.incoming.rename(place.live)
        self._root.cloner.remove(place.replaced)

    # What may go

    def survey(self) -> Survey:
        """Read all records, and what is in the directories beside them."""
        self.refuse_if_unavailable()
        return self._collection.survey()

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        """Read the records again, and look at every process."""
        self.refuse_if_unavailable()
        return self._collection.look_closer(residents)

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        """Rename each container to a hidden name, and remove it there."""
        self.refuse_if_unavailable()
        return self._collection.destroy(residents)

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        """Rename each tree to a hidden name, and remove it there."""
        self.refuse_if_unavailable()
        return self._collection.destroy_checkpoints(resident, those)

    def write_memo(self, text: str) -> None:
        """Replace the record of the memo."""
        self._collection.write_memo(text)

    # Quotas

    def allowance(self, owner: Owner) -> Allowance:  # noqa: ARG002
        """Raise NotSupportedError."""
        _refuse_quotas()

    def limit_owner(self, owner: Owner, limit: int | None) -> None:  # noqa: ARG002
        """Raise NotSupportedError."""
        _refuse_quotas()

    def allowance_of(self, workspace: Workspace) -> Allowance:  # noqa: ARG002
        """Raise NotSupportedError."""
        _refuse_quotas()

    def limit(self, workspace: Workspace, limit: int | None) -> None:  # noqa: ARG002
        """Raise NotSupportedError."""
        _refuse_quotas()

    def _place(self, workspace: Workspace) -> Place:
        return self._root.place(workspace)


def _refuse_quotas() -> NoReturn:
    raise NotSupportedError(
        "Workspaces in plain directories have no quotas: keep them on ZFS, or limit the disk that "
        "they are on."
    )


def _identity(root: Path) -> tuple[int, int] | None:
    """Return what tells a directory from another one that is mounted over it, or put there."""
    try:
        status = root.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _recorded(containers: Iterable[Path]) -> list[Place]:
    """Return the places that have a record; a directory without one is not ours."""
    return [place for place in map(Place, containers) if place.record.exists()]


def _read(place: Place, state: WorkspaceState) -> Workspace:
    return records.read_workspace(place.record, place.live, state)


def filesystem_of(path: Path) -> str:
    """Return the type of the filesystem that holds a path, such as `ext4`."""
    mounts = {each.mountpoint: each.fstype for each in psutil.disk_partitions(all=True)}
    for parent in (path.resolve(), *path.resolve().parents):
        if str(parent) in mounts:
            return str(mounts[str(parent)])
    return "unknown"
