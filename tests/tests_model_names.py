"""Which filesystem of the model's pool is what: `ws/<owner>/<wid>` and `trash/<wid>-<guid>`."""

import re
from functools import cache
from pathlib import Path

from tests_model_pool import ModelPool
from zfs_provisioner.errors import UnknownCheckpointError
from zfs_provisioner.model import Workspace, WorkspaceState

from zfs_provisioner import naming

wid_of = cache(naming.workspace_directory)

_WORKSPACE = re.compile(r"ws/[^/]+/([a-z2-7]{26})|trash/([a-z2-7]{26})-\d+")


def state_of(filesystem: str) -> WorkspaceState:
    return WorkspaceState.LIVE if filesystem.startswith("ws/") else WorkspaceState.TRASHED


def is_place(filesystem: str) -> bool:
    """Tell whether a workspace can have this filesystem."""
    return _WORKSPACE.fullmatch(filesystem) is not None


def is_place_of(filesystem: str, workspace: Workspace) -> bool:
    wid, shelf = wid_of(workspace.id), shelf_of(workspace)
    return filesystem == f"{shelf}/{wid}" or bool(re.fullmatch(rf"trash/{wid}-\d+", filesystem))


def shelf_of(workspace: Workspace) -> str:
    return f"ws/{naming.owner_directory(workspace.spec.owner)}"


def find_filesystem(pool: ModelPool, workspace: Workspace) -> str:
    wid = wid_of(workspace.id)
    live, trashed = f"{shelf_of(workspace)}/{wid}", f"trash/{wid}-"
    if live in pool.filesystems:
        return live
    (found,) = (
        each for each in pool.filesystems if each.startswith(trashed) and each.count("/") == 1
    )
    return found


def path_of(pool: ModelPool, workspace: Workspace) -> Path:
    """Return where a workspace is mounted while it is in use."""
    shelf = naming.owner_directory(workspace.spec.owner)
    return pool.directory / shelf / wid_of(workspace.id)


def checkpoint_names(pool: ModelPool, filesystem: str) -> list[str]:
    """Return the names of the snapshots that are checkpoints, oldest first."""
    return [each for each in pool.filesystems[filesystem].snapshots if _is_checkpoint(each)]


@cache
def _is_checkpoint(name: str) -> bool:
    try:
        naming.parse_checkpoint(name)
    except UnknownCheckpointError:
        return False
    return True
