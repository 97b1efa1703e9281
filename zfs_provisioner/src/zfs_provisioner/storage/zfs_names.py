"""Names of filesystems, snapshots and properties on ZFS. Parse and format, nothing else.

::

    <root>/archive/<dataset>@<release>
    <root>/ws/<owner>/<wid>@<checkpoint>
    <root>/trash/<wid>-<guid>
"""

import re
from dataclasses import dataclass
from typing import Final

from zfs_provisioner import naming
from zfs_provisioner.errors import StorageDamagedError, UnknownCheckpointError
from zfs_provisioner.model import (
    DatasetName,
    Owner,
    ReleaseName,
    WorkspaceId,
    WorkspaceState,
)

WORKSPACE_PROPERTY: Final = "casahub:workspace"
# Of the filesystem `trash`: what garbage collection keeps from one time to the next.
MEMO_PROPERTY: Final = "casahub:collection"
_RELEASE_PROPERTY: Final = "casahub:release:"

# The tag of the hold on every release: nobody destroys one without releasing it first.
HOLD: Final = "casahub:release"

# A snapshot of this name keeps what a restore replaces until the restore is complete. No checkpoint
# can have this name.
RESTORING: Final = "restoring"

_WID: Final = "[a-z2-7]{26}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workspace's filesystem is."""

    filesystem: str
    wid: str
    state: WorkspaceState


@dataclass(frozen=True, slots=True)
class Tree:
    """All names below one root, a filesystem such as `tank/casahub`."""

    root: str

    @property
    def pool(self) -> str:
        """The pool that the root is in."""
        return self.root.partition("/")[0]

    @property
    def archive(self) -> str:
        """The parent of all datasets."""
        return f"{self.root}/archive"

    @property
    def ws(self) -> str:
        """The parent of all owners' filesystems."""
        return f"{self.root}/ws"

    @property
    def trash(self) -> str:
        """The parent of the workspaces in trash."""
        return f"{self.root}/trash"

    def dataset(self, dataset: DatasetName) -> str:
        """Return the filesystem whose snapshots are the dataset's releases."""
        return f"{self.archive}/{dataset}"

    def release(self, dataset: DatasetName, release: ReleaseName) -> str:
        """Return the snapshot that is the release."""
        return f"{self.dataset(dataset)}@{release}"

    def shelf(self, owner: Owner) -> str:
        """Return the parent of the owner's workspaces."""
        return f"{self.ws}/{naming.owner_directory(owner)}"

    def live(self, owner: Owner, workspace: WorkspaceId) -> Place:
        """Return where the owner's workspace is unless it is in trash."""
        wid = naming.workspace_directory(workspace)
        return Place(f"{self.shelf(owner)}/{wid}", wid, WorkspaceState.LIVE)

    def trashed(self, wid: str, guid: int) -> Place:
        """Return where a workspace is in trash; the guid is that of its filesystem."""
        return Place(f"{self.trash}/{wid}-{guid}", wid, WorkspaceState.TRASHED)

    def parse(self, filesystem: str) -> Place | None:
        """Return the place that a filesystem's name means, or None for what is not ours."""
        live = re.fullmatch(rf"{re.escape(self.ws)}/[^/@]+/({_WID})", filesystem)
        if live:
            return Place(filesystem, live[1], WorkspaceState.LIVE)
        trashed = re.fullmatch(rf"{re.escape(self.trash)}/({_WID})-\d+", filesystem)
        if trashed:
            return Place(filesystem, trashed[1], WorkspaceState.TRASHED)
        return None

    def refuse_unless_restoring(self, snapshot: str) -> None:
        """Raise unless the snapshot is the one that a restore of a workspace keeps.

        It is the only thing that this storage ever rolls back to.
        """
        filesystem, _, name = snapshot.partition("@")
        if self.parse(filesystem) is None or name != RESTORING:
            raise StorageDamagedError(
                f"{snapshot} is not a workspace's snapshot {RESTORING!r}: nothing was changed."
            )

    def refuse_unless_in_trash(self, filesystem: str, guid: int) -> None:
        """Raise unless the name is that of a workspace in trash whose filesystem has this guid.

        No other filesystem is ever destroyed by this storage.
        """
        place = self.parse(filesystem)
        if place is None or place != self.trashed(place.wid, guid):
            raise StorageDamagedError(
                f"{filesystem} is not the name of a workspace in trash whose filesystem has the "
                f"guid {guid}: nothing was changed."
            )

    def refuse_unless_checkpoint(self, snapshot: str) -> None:
        """Raise unless the snapshot is a checkpoint of a workspace, by its name."""
        filesystem, _, name = snapshot.partition("@")
        try:
            naming.parse_checkpoint(name)
        except UnknownCheckpointError as error:
            raise StorageDamagedError(f"{error.message} Nothing was changed.") from error
        if self.parse(filesystem) is None:
            raise StorageDamagedError(
                f"{snapshot} is not a checkpoint of a workspace: nothing was changed."
            )


def release_property(release: ReleaseName) -> str:
    """Return the property of a dataset's filesystem that describes the release."""
    return f"{_RELEASE_PROPERTY}{release}"


def described_release(name: str) -> str | None:
    """Return the release that a property describes, or None for any other property."""
    return name.removeprefix(_RELEASE_PROPERTY) if name.startswith(_RELEASE_PROPERTY) else None
