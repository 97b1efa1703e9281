"""What the tests inside the guest share: a workspace on ZFS, kills, and the `zfs` command."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests_provisioner import Clock, silent
from zfs_provisioner.model import (
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    CheckpointRef,
    DatasetName,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
)
from zfs_provisioner.residents import Resident
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import ZfsCli

from zfs_provisioner import naming

OBS, ONE, TWO = DatasetName("obs"), ReleaseName("1"), ReleaseName("2")
ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d01")
OTHER_ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d02")
BRANCH_ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d03")
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


def resident(storage: ZfsStorage, workspace: WorkspaceId = ID) -> Resident:
    (found,) = [each for each in storage.survey().residents if each.workspace.id == workspace]
    return found


def trashed(storage: ZfsStorage, workspace: WorkspaceId = ID) -> Resident:
    """Put the workspace into trash and look closer."""
    storage.move_to_trash(resident(storage, workspace).workspace)
    (found,) = storage.look_closer([resident(storage, workspace)])
    return found


def name(filesystem: str, found: Resident) -> str:
    """The filesystem of a workspace in trash."""
    return f"{filesystem}/trash/{naming.workspace_directory(found.workspace.id)}-{found.identity}"


def listed(filesystem: str) -> list[str]:
    return zfs("list", "-Hro", "name", "-t", "all", f"{filesystem}/trash").splitlines()


def take(
    storage: ZfsStorage, workspace: Workspace, clock: Clock, number: int, kind: CheckpointKind
) -> CheckpointName:
    checkpoint = naming.format_checkpoint(kind, clock.now, number)
    storage.take_checkpoint(workspace, checkpoint)
    return checkpoint


def branch(storage: ZfsStorage, checkpoint: CheckpointName, clock: Clock) -> Workspace:
    spec = WorkspaceSpec(
        owner=Owner("bob"),
        dataset=OBS,
        release=ONE,
        name="A branch",
        branch=CheckpointRef(workspace=ID, checkpoint=checkpoint),
    )
    return storage.create(BRANCH_ID, spec, clock.now, silent)


class ZfsStranger:
    """Works on the pool as people do who know nothing of us; what it started ends with `stop`."""

    def __init__(self, root: str, directory: Path) -> None:
        self._root, self._directory = root, directory
        self._processes: list[subprocess.Popen[str]] = []
        self.acts = (
            self._snapshot,
            self._hold,
            self._clone,
            self._set_property,
            self._mount,
            self._create_below,
            self._bookmark,
        )

    def leave_beside(self) -> str:
        zfs("create", f"{self._root}/trash/backup")
        return "backup"

    def spoil(self, workspace: Workspace) -> str:
        filesystem = self._filesystem(workspace)
        zfs("set", "casahub:workspace=not a label", filesystem)
        return filesystem

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def _snapshot(self, workspace: Workspace) -> str:
        zfs("snapshot", f"{self._filesystem(workspace)}@hourly")
        return "@hourly"

    def _hold(self, workspace: Workspace) -> str:
        zfs("hold", "mine", self._checkpoint(workspace))
        return "held"

    def _clone(self, workspace: Workspace) -> str:
        zfs("clone", self._checkpoint(workspace), f"{self._root}/copy")
        return "/copy is a clone"

    def _set_property(self, workspace: Workspace) -> str:
        zfs("set", "backup:policy=weekly", self._filesystem(workspace))
        return "backup:policy"

    def _mount(self, workspace: Workspace) -> str:
        # Linux mounts nothing both read-only and writable. What is in trash is read read-only.
        options = "rw" if os.path.ismount(workspace.path) else "ro"
        process = mounted_elsewhere(self._filesystem(workspace), self._directory, options)
        self._processes.append(process)
        return f"process {process.pid} (sleep) has it mounted"

    def _create_below(self, workspace: Workspace) -> str:
        zfs("create", f"{self._filesystem(workspace)}/below")
        return "/below"

    def _bookmark(self, workspace: Workspace) -> str:
        zfs("bookmark", self._checkpoint(workspace), f"{self._filesystem(workspace)}#mark")
        return "#mark"

    def _filesystem(self, workspace: Workspace) -> str:
        wid = naming.workspace_directory(workspace.id)
        names = zfs("list", "-Hro", "name", f"{self._root}/ws", f"{self._root}/trash").split()
        (found,) = (each for each in names if each.rpartition("/")[2].startswith(wid))
        return found

    def _checkpoint(self, workspace: Workspace) -> str:
        filesystem = self._filesystem(workspace)
        return zfs("list", "-Hro", "name", "-t", "snapshot", "-d1", filesystem).splitlines()[0]


def mounted_elsewhere(source: str, directory: Path, options: str = "rw") -> "subprocess.Popen[str]":
    """Mount in a namespace that is nobody's but one process's, `sleep`."""
    directory.mkdir(exist_ok=True)
    mount = f"mount -t zfs -o {options} {source} {directory}"
    command = f"mount --make-rprivate / && {mount} && echo && exec sleep 60"
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", command], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "\n"
    wait_for_sleep(process.pid)
    return process


def wait_for_sleep(pid: int) -> None:
    """Wait until a shell became the program that it ends with."""
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}/comm").read_text() != "sleep\n":
        assert time.monotonic() < end
        time.sleep(0.05)
