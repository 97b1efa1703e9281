"""Metadata as values of user properties: one JSON text each, so that one change is one transaction.

ZFS lets a value have 8191 bytes, and inherits it to everything below: what is read here must come
from the local source alone, which `zfs_command.local_properties` sees to.
"""

from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.model import Workspace, WorkspaceState
from zfs_provisioner.storage import records

_LONGEST: Final = 8191

Record = TypeVar("Record")


def dump(adapter: TypeAdapter[Record], record: Record) -> str:
    """Return the value that holds a record."""
    return _fitting(records.encode(adapter, record))


def load(adapter: TypeAdapter[Record], text: str, where: str) -> Record:
    """Return the record of a value, or raise StorageDamagedError that names the filesystem."""
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise _damaged(where, error) from error


def dump_workspace(workspace: Workspace) -> str:
    """Return the value that holds what its place does not say of a workspace."""
    return dump(records.WORKSPACE, workspace)


def load_workspace(text: str, path: Path, state: WorkspaceState, where: str) -> Workspace:
    """Return the workspace of a value, with path and state from where it was found."""
    try:
        return records.decode_workspace(text, path, state)
    except ValidationError as error:
        raise _damaged(where, error) from error


def _fitting(value: bytes) -> str:
    if len(value) > _LONGEST:
        raise StorageDamagedError(
            f"A record of {len(value)} bytes does not fit into a ZFS property ({_LONGEST}): use "
            "shorter names. Nothing was changed."
        )
    return value.decode()


def _damaged(where: str, error: Exception) -> StorageDamagedError:
    return StorageDamagedError(
        f"The casahub properties of {where} are not what the provisioner wrote ({error}). Nothing "
        "was changed. Set them back, or rename the filesystem out of the storage root."
    )
