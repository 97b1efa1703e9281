"""What the tests inside the guest share: a workspace on ZFS, kills, and the `zfs` command."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests_provisioner import Clock, silent
from zfs_provisioner.model import (
    Checkpoint,
    CheckpointKind,
    DatasetName,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
)
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import ZfsCli

from zfs_provisioner import naming

OBS, ONE, TWO = DatasetName("obs"), ReleaseName("1"), ReleaseName("2")
ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d01")
OTHER_ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d02")
SPEC = WorkspaceSpec(owner=Owner("alice"), dataset=OBS, release=ONE, name="A test")
Open = Callable[[], ZfsStorage]
# What `guest_crashes` does by the library.
by_commands = pytest.mark.parametrize("change", [ZfsCli], indirect=True)


def zfs(*arguments: str) -> str:
    answer = subprocess.run(["zfs", *arguments], check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def content(workspace: Workspace) -> dict[str, bytes]:
    root = Path(workspace.path)
    return {each.relative: each.path.read_bytes() for each in trees.walk(root) if each.is_file}


def killed(work: Callable[[], object]) -> None:
    """Do the work in a child process, which must kill itself."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def die(*_arguments: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def opened(storage: ZfsStorage, workspace: Workspace) -> Workspace:
    storage.ensure_open(workspace)
    return workspace


def restore(storage: ZfsStorage, workspace: Workspace, checkpoint: Checkpoint) -> None:
    storage.restore(workspace, checkpoint, (), silent)
    storage.ensure_open(workspace)


def kept(storage: ZfsStorage, workspace: Workspace, clock: Clock) -> Checkpoint:
    number = 1 + len(storage.checkpoints(workspace))
    name = naming.format_checkpoint(CheckpointKind.USER, clock.now, number)
    storage.take_checkpoint(workspace, name)
    return naming.parse_checkpoint(name)
