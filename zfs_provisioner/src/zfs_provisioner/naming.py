"""Names: their rules, and the forms that they take on disk. Parse and format, nothing else."""

import base64
import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import Final

from zfs_provisioner.errors import InvalidNameError, InvalidPathError, UnknownCheckpointError
from zfs_provisioner.model import (
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    DatasetName,
    Owner,
    ReleaseName,
    WorkspaceId,
)

_ARCHIVE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_PLAIN_OWNER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_CHECKPOINT: Final = re.compile(r"(user|auto|final)-(\d{8}T\d{6}Z)-([1-9]\d{0,8})")
_TIME: Final = "%Y%m%dT%H%M%SZ"
LONGEST_TITLE: Final = 100
_LONGEST_SHOWN: Final = 60
_LONGEST_OWNER: Final = 255  # the length that JupyterHub's database gives to a user's name


def parse_dataset(text: str) -> DatasetName:
    """Return the dataset's name, or raise InvalidNameError."""
    return DatasetName(_archive_name("dataset", text))


def parse_release(text: str) -> ReleaseName:
    """Return the release's name, or raise InvalidNameError."""
    return ReleaseName(_archive_name("release", text))


def _archive_name(what: str, text: str) -> str:
    if _ARCHIVE_NAME.fullmatch(text):
        return text
    raise InvalidNameError(
        f"{_shown(text)} cannot name a {what}: use 1 to 63 of a-z, 0-9, '.', '_' and '-', "
        "starting with a letter or a digit, for example 'ngc5921'."
    )


def parse_workspace_id(text: str) -> WorkspaceId:
    """Return the id in its canonical form, or raise InvalidNameError unless it is a UUID."""
    try:
        return WorkspaceId(str(uuid.UUID(text)))
    except ValueError as error:
        message = f"{_shown(text)} is not a workspace id: ids are UUIDs, as `workspace list` shows."
        raise InvalidNameError(message) from error


def parse_owner(text: str) -> Owner:
    """Return the owner, or raise InvalidNameError; any printable name is an owner."""
    if text and len(text) <= _LONGEST_OWNER and text.isprintable():
        return Owner(text)
    raise InvalidNameError(
        f"{_shown(text)} cannot be an owner: a user's name has 1 to {_LONGEST_OWNER} printable "
        "characters."
    )


def parse_title(text: str) -> str:
    """Return a workspace's display name, trimmed, or raise InvalidNameError."""
    title = text.strip()
    if title and len(title) <= LONGEST_TITLE and title.isprintable():
        return title
    raise InvalidNameError(
        f"{_shown(text)} cannot name a workspace: use 1 to {LONGEST_TITLE} printable characters."
    )


def parse_path(text: str) -> str:
    """Return a path relative to a workspace, or raise InvalidPathError if it leads out of it."""
    parts = text.rstrip("/").split("/")
    if "\0" in text or any(part in {"", ".", ".."} for part in parts):
        raise InvalidPathError(
            f"{_shown(text)} is no path in a workspace: write it relative to the workspace, "
            "without '.' and '..', for example 'ngc5921.ms'."
        )
    return "/".join(parts)


def owner_directory(owner: Owner) -> str:
    """Return one safe path component for an owner, different for different owners.

    A plain name stays readable. Any other becomes `x` and a hash; the `.` in it keeps it apart
    from every plain name.
    """
    if _PLAIN_OWNER.fullmatch(owner):
        return owner
    return f"x.{_short_hash(owner)}"


def workspace_directory(workspace: WorkspaceId) -> str:
    """Return the path component of a workspace, the same for the same id: the idempotency key."""
    return _short_hash(workspace)


def _short_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def format_checkpoint(kind: CheckpointKind, created: datetime, number: int) -> CheckpointName:
    """Return the name that holds a checkpoint's metadata: `<kind>-<utc>-<n>`."""
    return CheckpointName(f"{kind}-{created.astimezone(UTC).strftime(_TIME)}-{number}")


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a name describes.

    Raises
    ------
    UnknownCheckpointError
        The text is not of the form `<kind>-<utc>-<n>`, so no checkpoint can have this name.
    """
    match = _CHECKPOINT.fullmatch(text)
    if not match:
        raise UnknownCheckpointError(
            f"{_shown(text)} is not a checkpoint: names look like 'user-20260102T030405Z-1'."
        )
    kind, stamp, _number = match.groups()
    try:
        created = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        message = f"{_shown(text)} is not a checkpoint: {stamp} is no time."
        raise UnknownCheckpointError(message) from error
    return Checkpoint(name=CheckpointName(text), kind=CheckpointKind(kind), created=created)


def checkpoint_number(checkpoint: Checkpoint) -> int:
    """Return the running number that ends a checkpoint's name."""
    return int(checkpoint.name.rpartition("-")[2])


def _shown(text: str) -> str:
    """Quote bad input so that control characters and length do no harm in a message."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
