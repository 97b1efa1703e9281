"""What crosses the wire besides the values of `zfs_provisioner.model`."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zfs_provisioner.model import Checkpoint, DatasetInfo, Release

LARGEST_QUOTA = 2**63 - 1  # bytes; what ZFS can store
LONGEST_REASON = 500  # characters; it has to fit into the memo that a storage keeps
LONGEST_LEASE = 7 * 24 * 3600  # seconds; a session that lives longer renews it


class _Strict(BaseModel):
    """Refuses what it does not know, so that a misspelt field is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ImportRequest(_Strict):
    """Import a directory that the provisioner can read as a release."""

    source: str = Field(description="Absolute path of a directory on the provisioner's machine")
    info: DatasetInfo


class CreateRequest(_Strict):
    """Clone a release into a workspace."""

    dataset: str
    release: str
    name: str = Field(description="The name that people see")


class BranchRequest(_Strict):
    """Clone a checkpoint of the owner's into a workspace."""

    origin: str = Field(description="Id of the workspace that has the checkpoint")
    checkpoint: str
    name: str = Field(description="The name that people see")


class LeaseRequest(_Strict):
    """Promise that the workspace is in use."""

    holder: str = Field(min_length=1, description="Who promises; only the holder can renew or end")
    session: str = Field(description="Name of the session that has it open")
    seconds: Annotated[int, Field(gt=0, le=LONGEST_LEASE)]


class RestoreRequest(_Strict):
    """Make the content that of a checkpoint."""

    checkpoint: str
    paths: list[str] = Field(
        default=[],
        description="Files and directories to restore, relative to the workspace; none for all",
    )


class PublishRequest(_Strict):
    """Make the content of a checkpoint a release."""

    checkpoint: str
    dataset: str = Field(description="A dataset of the archive, or the name of a new one")
    release: str
    info: DatasetInfo


class QuotaRequest(_Strict):
    """Set a quota, or lift it."""

    limit: Annotated[int, Field(gt=0, le=LARGEST_QUOTA)] | None = Field(
        description="Bytes of changes and checkpoints; null for no limit"
    )


class KeepRequest(_Strict):
    """Keep a workspace from being collected, or let it be collected like others."""

    until: AwareDatetime | None = Field(
        description="Until when, as far as the policy allows; null for no longer than others"
    )


class RunRequest(_Strict):
    """Collect now."""

    allow_many: bool = Field(
        default=False, description="Also when more would go to trash than is taken for a fault"
    )


class PauseRequest(_Strict):
    """Stop collecting."""

    why: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class SessionActivity(_Strict):
    """When a session was last active."""

    owner: str
    session: str
    at: AwareDatetime


class ActivityReport(_Strict):
    """What a source of activity, such as a hub, knows of all its sessions; send it regularly."""

    source: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="The name that `serve --expect-activity` has"
    )
    sessions: list[SessionActivity]


class ReleasedLease(BaseModel):
    """A lease ended; `checkpoint` is the one made because the content had changed."""

    checkpoint: Checkpoint | None


class KeptChanges(BaseModel):
    """All content is in a checkpoint; `checkpoint` is the one made because it had changed."""

    checkpoint: Checkpoint | None


class VerificationAnswer(BaseModel):
    """Digest of a release as it is on disk; `intact` when it is the one made at import."""

    release: Release
    found: str
    intact: bool


class ErrorAnswer(BaseModel):
    """Any refusal or failure. `error` is a code of `zfs_provisioner.errors`."""

    error: str
    message: str
    retry: bool


class Health(BaseModel):
    """The provisioner answers and owns its root; `reasons` are sentences why it is not ready."""

    ready: bool
    root: str
    reasons: list[str] = []
