"""What somebody else does to the places where workspaces are, on each kind of storage.

Tests for all storages ask a `Stranger` to do it; what it can do differs from one to the next.
"""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests_model import ModelStorage
from tests_model_names import find_filesystem
from tests_model_pool import ModelPool
from zfs_provisioner.model import CheckpointKind, Workspace
from zfs_provisioner.storage.protocol import Storage

from zfs_provisioner import naming

Act = Callable[[Workspace], str]
"""Does something to a workspace with a checkpoint; returns a word that a report of it has."""


class Stranger(Protocol):
    """Somebody who has rights on the storage and knows nothing of us."""

    @property
    def acts(self) -> Sequence[Act]:
        """All ways to make a workspace odd or used; none of them changes its content."""

    def leave_beside(self) -> str:
        """Make something among the workspaces in trash; return a word that a report of it has."""

    def spoil(self, workspace: Workspace) -> str:
        """Spoil the record of a workspace; return a word that a report of it has."""


class PoolStranger:
    """Works on the pool of the model as people work on ZFS."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool
        self.acts = (
            self._snapshot,
            self._hold,
            self._clone,
            self._set_property,
            self._mount,
            self._create_below,
        )

    def leave_beside(self) -> str:
        self._pool.create("trash/backup")
        return "backup"

    def spoil(self, workspace: Workspace) -> str:
        name = find_filesystem(self._pool, workspace)
        self._pool.set(name, "label", "not a label")
        return name

    def _snapshot(self, workspace: Workspace) -> str:
        self._pool.snapshot(f"{find_filesystem(self._pool, workspace)}@hourly")
        return "@hourly"

    def _hold(self, workspace: Workspace) -> str:
        self._pool.hold(self._checkpoint(workspace))
        return "held"

    def _clone(self, workspace: Workspace) -> str:
        self._pool.clone(self._checkpoint(workspace), "clone")
        return "clone"

    def _set_property(self, workspace: Workspace) -> str:
        self._pool.set(find_filesystem(self._pool, workspace), "backup:policy", "weekly")
        return "backup:policy"

    def _mount(self, workspace: Workspace) -> str:
        self._pool.elsewhere.add(find_filesystem(self._pool, workspace))
        return "mounted"

    def _create_below(self, workspace: Workspace) -> str:
        self._pool.create(f"{find_filesystem(self._pool, workspace)}/below")
        return "below"

    def _checkpoint(self, workspace: Workspace) -> str:
        name = find_filesystem(self._pool, workspace)
        return f"{name}@{next(iter(self._pool.filesystems[name].snapshots))}"


class DirectoryStranger:
    """Puts things into the directories of a storage, and has them open."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._processes: list[subprocess.Popen[bytes]] = []
        self.acts = (self._put_in, self._put_among_checkpoints, self._link, self._open, self._stay)

    def leave_beside(self) -> str:
        (self._root / "trash" / "backup" / "live").mkdir(parents=True)
        return "backup"

    def spoil(self, workspace: Workspace) -> str:
        container = self.container(workspace)
        (container / "workspace.json").write_text("{")
        return str(container)

    def container(self, workspace: Workspace) -> Path:
        wid = naming.workspace_directory(workspace.id)
        (found,) = (*self._root.glob(f"ws/*/{wid}"), *self._root.glob(f"trash/{wid}"))
        return found

    def stop(self) -> None:
        for each in self._processes:
            each.kill()
            each.wait()

    def _put_in(self, workspace: Workspace) -> str:
        (self.container(workspace) / "notes.txt").write_text("not ours")
        return "notes.txt"

    def _put_among_checkpoints(self, workspace: Workspace) -> str:
        (self.container(workspace) / "checkpoints" / "hourly").mkdir()
        return "hourly"

    def _link(self, workspace: Workspace) -> str:
        name = naming.format_checkpoint(CheckpointKind.AUTO, workspace.created, 999)
        (self.container(workspace) / "checkpoints" / name).symlink_to("/")
        return name

    def _open(self, workspace: Workspace) -> str:
        opened = self.container(workspace) / "live" / "notes.txt"
        process = subprocess.Popen(["tail", "-f", opened], stdout=subprocess.PIPE)
        self._processes.append(process)
        assert process.stdout is not None
        process.stdout.read(1)  # so it is open now
        return str(process.pid)

    def _stay(self, workspace: Workspace) -> str:
        place = self.container(workspace) / "live"
        self._processes.append(subprocess.Popen(["sleep", "60"], cwd=place))
        return str(self._processes[-1].pid)


@contextmanager
def stranger_to(storage: Storage, root: Path) -> Iterator[Stranger]:
    """Give the stranger to a storage at a root; what it started ends with the block."""
    if isinstance(storage, ModelStorage):
        yield PoolStranger(storage.pool)
        return
    found = DirectoryStranger(root)
    try:
        yield found
    finally:
        found.stop()
