"""What the provisioner keeps: datasets, releases, workspaces, checkpoints, leases.

All are values: frozen, comparable, without a way to reach storage. Times are aware datetimes in
UTC; sizes are bytes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

DatasetName = NewType("DatasetName", str)
ReleaseName = NewType("ReleaseName", str)
WorkspaceId = NewType("WorkspaceId", str)
CheckpointName = NewType("CheckpointName", str)
Owner = NewType("Owner", str)
Holder = NewType("Holder", str)


class WorkspaceState(StrEnum):
    """Where a workspace is in its life."""

    LIVE = "live"
    TRASHED = "trashed"


class CheckpointKind(StrEnum):
    """Why a checkpoint was made: asked for, at the end of a session, or before trash."""

    USER = "user"
    AUTO = "auto"
    FINAL = "final"


class ChangeKind(StrEnum):
    """What became of a file or link between two contents."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInfo:
    """What people read about a dataset, as the archive operator wrote it."""

    title: str
    source: str = ""
    telescope: str = ""
    observed: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRef:
    """One checkpoint of one workspace."""

    workspace: WorkspaceId
    checkpoint: CheckpointName


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """What is asked for when a release is made; its content is a directory named beside it.

    Attributes
    ----------
    origin
        The checkpoint that is published; None for a directory that an operator imports.
    """

    dataset: DatasetName
    name: ReleaseName
    info: DatasetInfo
    created: datetime
    origin: CheckpointRef | None = None

    @property
    def label(self) -> str:
        """The release as people write it: `ngc5921@2026-01`."""
        return f"{self.dataset}@{self.name}"

    def made(self, *, size: int, files: int, digest: str) -> "Release":
        """Return the release that this became: its bytes, number of files, and digest."""
        return Release(
            dataset=self.dataset,
            name=self.name,
            created=self.created,
            size=size,
            files=files,
            digest=digest,
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One immutable version of a dataset.

    Attributes
    ----------
    size
        Bytes in its files.
    digest
        SHA-256 over the sorted list of (path, SHA-256 of content), hexadecimal.
    origin
        The checkpoint that was published; None for an imported directory.
    retired
        Since when nobody gets new workspaces of it; those that exist keep it.
    """

    dataset: DatasetName
    name: ReleaseName
    created: datetime
    size: int
    files: int
    digest: str
    origin: CheckpointRef | None = None
    retired: datetime | None = None

    @property
    def label(self) -> str:
        """The release as people write it: `ngc5921@2026-01`."""
        return f"{self.dataset}@{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An archive product with its releases, newest first."""

    name: DatasetName
    info: DatasetInfo
    releases: tuple[Release, ...]

    @property
    def newest(self) -> Release:
        """The release that a user gets who does not name one."""
        return self.releases[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The promise that a workspace is in use by its holder until a time."""

    holder: Holder
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Tell whether the promise still stands."""
        return now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSpec:
    """What is asked for when a workspace is created; the same id with another spec is refused.

    Attributes
    ----------
    branch
        The checkpoint whose content it begins with; None for that of the release. The release of a
        branch is that of the workspace it was branched from.
    """

    owner: Owner
    dataset: DatasetName
    release: ReleaseName
    name: str
    branch: CheckpointRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One user's writable clone of one release.

    Attributes
    ----------
    path
        Directory that a session gets as `~/work`; it does not change in the workspace's life. There
        is something in it while the workspace is leased.
    session
        Name of the session that opened it last, so that the next start finds its place again.
    lease
        None when it is not in use.
    base
        The checkpoint that last kept the content or that it was restored from; None for the
        release. What differs from it has changed.
    active
        When it was last known to be in use, to the day; None for never.
    keep
        Until when it is not collected, however long it is not used.
    """

    id: WorkspaceId
    spec: WorkspaceSpec
    state: WorkspaceState
    created: datetime
    path: str
    session: str | None = None
    lease: Lease | None = None
    trashed: datetime | None = None
    base: CheckpointName | None = None
    active: datetime | None = None
    keep: datetime | None = None

    def in_use(self, now: datetime) -> bool:
        """Tell whether somebody holds it."""
        return self.lease is not None and self.lease.holds(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A user-visible snapshot of a workspace; all of it can be read from its name."""

    name: CheckpointName
    kind: CheckpointKind
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a workspace takes.

    Attributes
    ----------
    size
        Bytes in the files that the user sees.
    changed
        Whether anything differs from the workspace's base.
    """

    size: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an owner's live workspaces, or one workspace, take and may take.

    Attributes
    ----------
    used
        Bytes of changes and checkpoints; what is shared with a release does not count.
    limit
        None when there is no limit.
    """

    used: int
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file or link that differs between two contents; sizes are bytes, 0 where it is not."""

    path: str
    kind: ChangeKind
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs between two contents of a workspace.

    Attributes
    ----------
    files
        The changes by path, at most as many as were asked for.
    total
        How many there are.
    written
        Bytes that were written in between, as far as the storage can tell: on ZFS those of the
        changed blocks, elsewhere those of the changed files.
    """

    files: tuple[Change, ...]
    total: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A release that was retired, and the workspaces that still hold it, those in trash too."""

    release: Release
    held_by: tuple[Workspace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long operation is; `total` is 0 while it is not known."""

    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the storage under the root can do, probed once when the provisioner starts.

    Attributes
    ----------
    clone_method
        How a clone is made: `btrfs subvolume`, `reflink` or `copy`; on ZFS by which interface.
    version
        Of ZFS; empty elsewhere.
    quotas
        Whether quotas can be set and are kept.
    remarks
        Sentences for `doctor`: what is slower or missing here, and what would help.
    """

    backend: str
    clone_method: str
    filesystem: str
    free: int
    size: int
    version: str = ""
    quotas: bool = False
    remarks: tuple[str, ...] = field(default=())
