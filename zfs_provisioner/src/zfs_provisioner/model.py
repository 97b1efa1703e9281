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


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInfo:
    """What people read about a dataset, as the archive operator wrote it."""

    title: str
    source: str = ""
    telescope: str = ""
    observed: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One immutable version of a dataset.

    Attributes
    ----------
    size
        Bytes in its files.
    digest
        SHA-256 over the sorted list of (path, SHA-256 of content), hexadecimal.
    """

    dataset: DatasetName
    name: ReleaseName
    created: datetime
    size: int
    files: int
    digest: str

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
    """What is asked for when a workspace is created; the same id with another spec is refused."""

    owner: Owner
    dataset: DatasetName
    release: ReleaseName
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One user's writable clone of one release.

    Attributes
    ----------
    path
        Directory that a session gets as `~/work`; it does not change in the workspace's life.
    session
        Name of the session that opened it last, so that the next start finds its place again.
    lease
        None when it is not in use.
    base
        The checkpoint that last kept the content or that it was restored from; None for the
        release. What differs from it has changed.
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
        How a clone is made: `btrfs subvolume`, `reflink` or `copy`.
    remarks
        Sentences for `doctor`: what is slower or missing here, and what would help.
    """

    backend: str
    clone_method: str
    filesystem: str
    free: int
    size: int
    remarks: tuple[str, ...] = field(default=())
