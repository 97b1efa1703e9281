"""Which filesystem of the model's pool is what: `ws/<owner>/<wid>` and `trash/<wid>-<guid>`."""

import re
from pathlib import Path

from tests_model_pool import ModelPool
from zfs_provisioner.errors import UnknownCheckpointError
from zfs_provisioner.model import Workspace, WorkspaceState

from zfs_provisioner import naming

_WORKSPACE = re.compile(r"ws/[^/]+/([a-z2-7]{26})|trash/([a-z2-7]{26})-\d+")


def state_of(filesystem: str) -> WorkspaceState:
    return WorkspaceState.LIVE if filesystem.startswith("ws/") else WorkspaceState.TRASHED


def is_place(filesystem: str) -> bool:
    """Tell whether a workspace can have this filesystem."""
    return _WORKSPACE.fullmatch(filesystem) is not None


def is_place_of(filesystem: str, workspace: Workspace) -> bool:
    wid, shelf = naming.workspace_directory(workspace.id), shelf_of(workspace)
    return filesystem == f"{shelf}/{wid}" or bool(re.fullmatch(rf"trash/{wid}-\d+", filesystem))


def shelf_of(workspace: Workspace) -> str:
    return f"ws/{naming.owner_directory(workspace.spec.owner)}"


def find_filesystem(pool: ModelPool, workspace: Workspace) -> str:
    (found,) = (each for each in pool.filesystems if is_place_of(each, workspace))
    return found


def path_of(pool: ModelPool, workspace: Workspace) -> Path:
    """Return where a workspace is mounted while it is in use."""
    shelf = naming.owner_directory(workspace.spec.owner)
    return pool.directory / shelf / naming.workspace_directory(workspace.id)


def checkpoint_names(pool: ModelPool, filesystem: str) -> list[str]:
    """Return the names of the snapshots that are checkpoints, oldest first."""
    return [each for each in pool.filesystems[filesystem].snapshots if _is_checkpoint(each)]


def _is_checkpoint(name: str) -> bool:
    try:
        naming.parse_checkpoint(name)
    except UnknownCheckpointError:
        return False
    return True
