"""Metadata beside the trees: small JSON files, replaced in one step and flushed."""

import os
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.model import DatasetInfo, Release, Workspace, WorkspaceState

DATASET: Final = TypeAdapter(DatasetInfo)
RELEASE: Final = TypeAdapter(Release)
WORKSPACE: Final = TypeAdapter(Workspace)
_OBJECT: Final = TypeAdapter(dict[str, object])

# Where a workspace is, is its state and path: storing them too would let them disagree.
_FROM_PLACE: Final = {"path", "state"}

# The pattern of the names that `write` gives to what it has not finished.
UNFINISHED: Final = ".*.new"

Record = TypeVar("Record")


def write(path: Path, adapter: TypeAdapter[Record], record: Record) -> None:
    """Replace the file by the record; after a crash it holds the old or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(encode(adapter, record, indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read(path: Path, adapter: TypeAdapter[Record]) -> Record:
    """Return the record, or raise StorageDamagedError that names the file."""
    try:
        return adapter.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise _damaged(path, error) from error


def read_workspace(path: Path, live: Path, state: WorkspaceState) -> Workspace:
    """Return the workspace of a record, with path and state from where it was found."""
    try:
        return decode_workspace(path.read_bytes(), live, state)
    except (OSError, ValidationError) as error:
        raise _damaged(path, error) from error


def encode(adapter: TypeAdapter[Record], record: Record, indent: int | None = None) -> bytes:
    """Return the record as JSON, without what its place says."""
    excluded = _FROM_PLACE if isinstance(record, Workspace) else None
    return adapter.dump_json(record, indent=indent, exclude=excluded)


def decode_workspace(stored: bytes | str, live: Path, state: WorkspaceState) -> Workspace:
    """Return the workspace of its JSON, with path and state from where it was found.

    Raises
    ------
    ValidationError
        It is not what `encode` wrote.
    """
    fields = _OBJECT.validate_json(stored)
    return WORKSPACE.validate_python({**fields, "path": str(live), "state": state})


def _damaged(path: Path, error: Exception) -> StorageDamagedError:
    return StorageDamagedError(
        f"{path} is not a record that the provisioner wrote ({error}). Nothing was changed. Put "
        "the file back from a backup, or move its directory out of the storage root."
    )
