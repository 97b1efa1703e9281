"""Where everything is below a storage root that is a plain directory. Paths, and how they appear.

::

    archive/<dataset>/dataset.json
    archive/<dataset>/<release>/{release.json,tree/}       read-only
    ws/<owner>/<wid>/{workspace.json,live/,checkpoints/}   `live` is what a session gets
    trash/<wid>/…                                          a workspace, renamed here in one step
    memo                                                   what the garbage collection remembers

Whatever is built appears by one rename(2) from a hidden name beside its place, after it was flushed
to disk, so that a crash leaves hidden leftovers and nothing half-made. Whatever is removed vanishes
by one rename to a hidden name, and is removed there.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zfs_provisioner import naming
from zfs_provisioner.errors import StorageFullError
from zfs_provisioner.model import (
    DatasetName,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)
from zfs_provisioner.storage import records, trees
from zfs_provisioner.storage.cloning import Cloner

# The patterns of the hidden names of what is being made, and of what is being removed.
BUILDING: Final = ".*.building"
REMOVING: Final = ".*.removing"

_PASS_THROUGH: Final = 0o710  # the account's group, and nobody else on the machine


@dataclass(frozen=True, slots=True)
class Place:
    """The paths inside a workspace's container."""

    container: Path

    @property
    def record(self) -> Path:
        """The workspace's record."""
        return self.container / "workspace.json"

    @property
    def live(self) -> Path:
        """What a session gets."""
        return self.container / "live"

    @property
    def checkpoints(self) -> Path:
        """The directory of checkpoints by name."""
        return self.container / "checkpoints"

    @property
    def building(self) -> Path:
        """A live tree that is being made."""
        return self.container / ".building"

    @property
    def incoming(self) -> Path:
        """A complete tree that will be the live one."""
        return self.container / ".incoming"

    @property
    def replaced(self) -> Path:
        """The live tree of before a restore."""
        return self.container / ".replaced"

    @property
    def hidden(self) -> tuple[Path, Path, Path]:
        """What a restore makes and leaves beside the live tree."""
        return self.incoming, self.building, self.replaced


@dataclass(frozen=True, slots=True)
class Root:
    """All paths below one storage root, and how trees below it are cloned.

    Attributes
    ----------
    group
        The group of the account that sessions run as, where that is another one than ours.
    """

    path: Path
    cloner: Cloner
    group: int | None = None

    @property
    def archive(self) -> Path:
        """The directory of all datasets."""
        return self.path / "archive"

    @property
    def ws(self) -> Path:
        """The directory of all owners."""
        return self.path / "ws"

    @property
    def trash(self) -> Path:
        """The directory of workspaces in trash."""
        return self.path / "trash"

    def release(self, dataset: DatasetName, release: ReleaseName) -> Path:
        """Return a release's directory."""
        return self.archive / dataset / release

    def tree(self, dataset: DatasetName, release: ReleaseName) -> Path:
        """Return the directory of a release's files."""
        return self.release(dataset, release) / "tree"

    def live(self, owner: Owner, workspace: WorkspaceId) -> Place:
        """Return where the owner's workspace is unless it is in trash."""
        return Place(self.shelf(owner) / naming.workspace_directory(workspace))

    def shelf(self, owner: Owner) -> Path:
        """Return the directory of the owner's workspaces."""
        return self.ws / naming.owner_directory(owner)

    def trashed(self, workspace: WorkspaceId) -> Place:
        """Return where a workspace is in trash."""
        return Place(self.trash / naming.workspace_directory(workspace))

    def place(self, workspace: Workspace) -> Place:
        """Return where a workspace is, live or in trash."""
        if workspace.state is WorkspaceState.TRASHED:
            return self.trashed(workspace.id)
        return self.live(workspace.spec.owner, workspace.id)

    @property
    def memo(self) -> Path:
        """The record of what the garbage collection remembers."""
        return self.path / "memo"

    def lay_out(self) -> None:
        """Make the three parts."""
        for part in (self.archive, self.ws, self.trash):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        for above in (self.path, self.ws):
            self.let_through(above)

    def let_through(self, directory: Path) -> None:
        """Let sessions reach what is theirs below a directory that they may not list."""
        if self.group is not None:
            os.chown(directory, -1, self.group)
            directory.chmod(_PASS_THROUGH)

    def ensure_shelf(self, container: Path) -> None:
        """Make the directory that a workspace is to appear in."""
        container.parent.mkdir(exist_ok=True, mode=0o700)
        self.let_through(container.parent)

    def unfinished_records(self) -> list[Path]:
        """Return what a kill left of records that were being written."""
        return [
            path
            for pattern in ("", "archive/*/", "archive/*/*/", "ws/*/*/", "trash/*/")
            for path in self.path.glob(f"{pattern}{records.UNFINISHED}")
        ]

    @contextlib.contextmanager
    def built(self, container: Path) -> Iterator[Path]:
        """Give a hidden directory that becomes `container` when the block ends well."""
        building = container.with_name(f".{container.name}.building")
        if building.exists():
            self.remove_container(building)
        building.mkdir(mode=0o700)
        self.let_through(building)
        try:
            yield building
            trees.publish(building, container)
        except BaseException:
            self.remove_container(building)
            raise

    def remove_container(self, container: Path) -> None:
        """Remove a release or workspace that is half made, or half removed."""
        place = Place(container)
        made = [*place.checkpoints.iterdir()] if place.checkpoints.exists() else []
        for tree in (container / "tree", place.live, *place.hidden, *made):
            if tree.exists():
                self.cloner.remove(tree)
        trees.remove(container)

    @contextlib.contextmanager
    def removed_on_failure(self, tree: Path) -> Iterator[None]:
        """Remove a tree if the block that makes it fails."""
        try:
            yield
        except BaseException:
            if tree.exists():
                self.cloner.remove(tree)
            raise

    @contextlib.contextmanager
    def no_space_means(self, needed: int) -> Iterator[None]:
        """Turn a full disk or quota into StorageFullError."""
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            free = shutil.disk_usage(self.path).free
            raise StorageFullError(
                f"The storage is full: {needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB "
                "are free. Nothing was changed. Free space on that disk, or move the state to a "
                "larger one."
            ) from error


def visible(directory: Path) -> list[Path]:
    """Return the directories in a directory, without those that are being made."""
    return sorted(
        path for path in directory.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
