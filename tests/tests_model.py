"""A storage in memory, over the pool of `tests_model_pool`.

The pool is what stays when a provisioner is killed; `ModelStorage` remembers nothing. The model is
only as good as the contract suite that it shares with the real storages.
"""

import contextlib
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests_model_collection import ModelCollection
from tests_model_names import checkpoint_names, find_filesystem, path_of, state_of
from tests_model_pool import (
    RESTORING,
    ModelPool,
    Tree,
    digest,
    files,
    read_tree,
    size,
    write_tree,
)
from zfs_provisioner.errors import (
    InvalidPathError,
    QuotaBelowUsageError,
    ReleaseExistsError,
    WorkspaceExistsError,
)
from zfs_provisioner.model import (
    Allowance,
    Capabilities,
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    Dataset,
    NewRelease,
    Owner,
    Release,
    Usage,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.residents import Kept, Refusal, Resident, Survey
from zfs_provisioner.storage import sources
from zfs_provisioner.storage.protocol import Report

from zfs_provisioner import naming


class ModelStorage:
    """The `Storage` protocol on a pool of the model; it remembers nothing itself."""

    def __init__(self, pool: ModelPool) -> None:
        self.pool = pool
        self._collection = ModelCollection(pool)
        for each in ("archive", "ws", "trash"):
            self._ensure(each)

    def _ensure(self, filesystem: str) -> None:
        if filesystem not in self.pool.filesystems:
            self.pool.create(filesystem)

    def capabilities(self) -> Capabilities:
        free = self.pool.room - self.pool.used()
        kind = "model"
        return Capabilities(
            backend=kind, clone_method=kind, filesystem=kind, free=free, size=free, quotas=True
        )

    def refuse_if_unavailable(self) -> None:
        self.pool.refuse_if_stopped()

    def reconcile(self) -> list[str]:
        done = []
        for name, each in self.pool.filesystems.items():
            if RESTORING in each.snapshots:
                self._undo(name)
                done.append(f"undid an unfinished restore of {name}")
        for release in (one for each in self.datasets() for one in each.releases):
            if f"archive/{release.label}" not in self.pool.holds:
                self.pool.hold(f"archive/{release.label}")
                done.append(f"held {release.label}")
        leased = {self._name(each): each for each in self.workspaces() if each.lease}
        for name in [*self.pool.mounts]:
            if name not in leased and name not in self.pool.busy:
                self.pool.unmount(name)
                done.append(f"unmounted {name}")
        for name, workspace in leased.items():
            if name.startswith("ws/"):
                self.ensure_open(workspace)
        return done

    def datasets(self) -> list[Dataset]:
        self.pool.refuse_if_stopped()
        found = []
        for name, each in sorted(self.pool.filesystems.items()):
            made = [each.properties[key] for key in each.snapshots if name.startswith("archive/")]
            if made:
                made.sort(key=lambda pair: pair[0].created, reverse=True)
                releases = tuple(release for release, _info in made)
                found.append(Dataset(name=releases[0].dataset, info=made[0][1], releases=releases))
        return found

    def import_release(self, wanted: NewRelease, source: Path, report: Report) -> Release:
        filesystem = f"archive/{wanted.dataset}"
        self._ensure(filesystem)
        if wanted.name in self.pool.filesystems[filesystem].snapshots:
            raise ReleaseExistsError(f"{wanted.label} exists: choose another release name.")
        total = sources.refuse_unfit(source, self.pool.directory)
        tree = read_tree(source)
        for stage in (sources.COPYING, sources.CHECKING):
            sources.Counter(report, stage, total).add(total)
        self.pool.write(filesystem, tree)
        made = wanted.made(size=total, files=len(files(tree)), digest=digest(tree))
        self.pool.set(filesystem, wanted.name, (made, wanted.info))
        self.pool.snapshot(f"archive/{wanted.label}")
        self.pool.hold(f"archive/{wanted.label}")
        return made

    def describe(self, release: Release) -> None:
        filesystem = f"archive/{release.dataset}"
        _old, info = self.pool.filesystems[filesystem].properties[release.name]
        self.pool.set(filesystem, release.name, (release, info))

    def digest(self, release: Release) -> str:
        return digest(self.pool.tree(f"archive/{release.label}"))

    def workspaces(self, owner: Owner | None = None) -> list[Workspace]:
        self.pool.refuse_if_stopped()
        named = (
            (name, each.properties.get("label")) for name, each in self.pool.filesystems.items()
        )
        return [
            replace(label, state=state_of(name), path=str(self._path(label)))
            for name, label in named
            if label is not None and owner in (None, label.spec.owner)
        ]

    def find(self, workspace: WorkspaceId, owner: Owner) -> Workspace | None:
        self.pool.refuse_if_stopped()
        for name, each in self.pool.filesystems.items():
            label: Workspace | None = each.properties.get("label")
            if label is not None and (label.id, label.spec.owner) == (workspace, owner):
                return replace(label, state=state_of(name), path=str(self._path(label)))
        return None

    def create(
        self, workspace: WorkspaceId, spec: WorkspaceSpec, now: datetime, report: Report
    ) -> Workspace:
        shelf = f"ws/{naming.owner_directory(spec.owner)}"
        name = f"{shelf}/{naming.workspace_directory(workspace)}"
        if any(each.id == workspace for each in self.workspaces()):
            raise WorkspaceExistsError(f"The id {workspace} is taken: use a new UUID.")
        made = Workspace(id=workspace, spec=spec, state=WorkspaceState.LIVE, created=now, path="")
        self._ensure(shelf)
        if name not in self.pool.filesystems:
            self.pool.clone(self._origin(spec), name)
        if spec.branch:
            begun = [*self.pool.filesystems[name].snapshots]
            base = begun[0] if begun else naming.format_checkpoint(CheckpointKind.AUTO, now, 1)
            made = replace(made, base=CheckpointName(base))
            if not begun:
                self.pool.snapshot(f"{name}@{base}")
        self.pool.set(name, "label", made)
        return replace(made, path=str(self._path(made)))

    def _origin(self, spec: WorkspaceSpec) -> str:
        if spec.branch is None:
            return f"archive/{spec.dataset}@{spec.release}"
        (origin,) = (each for each in self.workspaces() if each.id == spec.branch.workspace)
        return f"{self._name(origin)}@{spec.branch.checkpoint}"

    def ensure_open(self, workspace: Workspace) -> None:
        self.pool.mount(self._name(workspace), self._path(workspace))

    def ensure_closed(self, workspace: Workspace) -> None:
        self.pool.unmount(self._name(workspace))

    def update(self, workspace: Workspace) -> None:
        self.pool.set(self._name(workspace), "label", workspace)

    def usage(self, workspace: Workspace) -> Usage:
        head = self.pool.head(self._name(workspace))
        total = sum(len(each) for each in files(head).values())
        return Usage(size=total, changed=self.changed(workspace))

    def changed(self, workspace: Workspace) -> bool:
        name = self._name(workspace)
        release = f"archive/{workspace.spec.dataset}@{workspace.spec.release}"
        base = f"{name}@{workspace.base}" if workspace.base else release
        return self.pool.head(name) != self.pool.tree(base)

    def move_to_trash(self, workspace: Workspace) -> None:
        name = self._name(workspace)
        self.pool.unmount(name)
        guid = self.pool.filesystems[name].guid
        self.pool.rename(name, f"trash/{naming.workspace_directory(workspace.id)}-{guid}")

    def move_from_trash(self, workspace: Workspace) -> None:
        shelf = f"ws/{naming.owner_directory(workspace.spec.owner)}"
        wid = naming.workspace_directory(workspace.id)
        self.pool.rename(self._name(workspace), f"{shelf}/{wid}")

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        names = checkpoint_names(self.pool, self._name(workspace))
        return [naming.parse_checkpoint(each) for each in names]

    def take_checkpoint(self, workspace: Workspace, name: CheckpointName) -> None:
        self.pool.snapshot(f"{self._name(workspace)}@{name}")

    @contextlib.contextmanager
    def reading(self, workspace: Workspace, checkpoint: CheckpointName | None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as directory:
            write_tree(self._tree(workspace, checkpoint), Path(directory) / "tree")
            yield Path(directory) / "tree"

    def written(
        self, workspace: Workspace, older: CheckpointName, newer: CheckpointName | None
    ) -> int:
        before, after = self._tree(workspace, older), self._tree(workspace, newer)
        return size(before, after) - size(before)

    def restore(
        self,
        workspace: Workspace,
        checkpoint: Checkpoint,
        paths: Collection[str],
        report: Report,
    ) -> None:
        name = self._name(workspace)
        self.pool.unmount(name)
        wanted = _with_paths(self.pool.head(name), self._tree(workspace, checkpoint.name), paths)
        if RESTORING in self.pool.filesystems[name].snapshots:
            self._undo(name)
        self.pool.snapshot(f"{name}@{RESTORING}")
        self.pool.write(name, wanted)
        self.pool.destroy_snapshot(f"{name}@{RESTORING}")
        sources.Counter(report, sources.RESTORING, size(wanted)).add(size(wanted))

    def _undo(self, name: str) -> None:
        self.pool.unmount(name)
        self.pool.write(name, self.pool.tree(f"{name}@{RESTORING}"))
        self.pool.destroy_snapshot(f"{name}@{RESTORING}")

    def survey(self) -> Survey:
        return self._collection.survey()

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        return self._collection.look_closer(residents)

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        return self._collection.destroy(residents)

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        return self._collection.destroy_checkpoints(resident, those)

    def write_memo(self, text: str) -> None:
        self._collection.write_memo(text)

    def allowance(self, owner: Owner) -> Allowance:
        shelf = f"ws/{naming.owner_directory(owner)}"
        used = sum(
            self._used(each) for each in self.pool.filesystems if each.startswith(f"{shelf}/")
        )
        quota = self.pool.filesystems[shelf].quota if shelf in self.pool.filesystems else None
        return Allowance(used=used, limit=quota)

    def limit_owner(self, owner: Owner, limit: int | None) -> None:
        shelf = f"ws/{naming.owner_directory(owner)}"
        self._ensure(shelf)
        self._limit(shelf, self.allowance(owner).used, limit)

    def allowance_of(self, workspace: Workspace) -> Allowance:
        name = self._name(workspace)
        return Allowance(used=self._used(name), limit=self.pool.filesystems[name].quota)

    def limit(self, workspace: Workspace, limit: int | None) -> None:
        name = self._name(workspace)
        self._limit(name, self._used(name), limit)

    def _limit(self, filesystem: str, used: int, limit: int | None) -> None:
        if limit is not None and used > limit:
            raise QuotaBelowUsageError(f"{used} bytes are used already: ask for a larger quota.")
        with self.pool.transaction(f"limit {filesystem}"):
            self.pool.filesystems[filesystem].quota = limit

    def _used(self, name: str) -> int:
        origin = self.pool.filesystems[name].origin
        shared = self.pool.tree(origin) if origin else {}
        return size(shared, *self.pool.contents(name)) - size(shared)

    def _tree(self, workspace: Workspace, checkpoint: CheckpointName | None) -> Tree:
        name = self._name(workspace)
        return self.pool.tree(f"{name}@{checkpoint}") if checkpoint else self.pool.head(name)

    def _path(self, workspace: Workspace) -> Path:
        return path_of(self.pool, workspace)

    def _name(self, workspace: Workspace) -> str:
        return find_filesystem(self.pool, workspace)


def _with_paths(head: Tree, checkpoint: Tree, paths: Collection[str]) -> Tree:
    """Return the checkpoint's content, or with paths the live one with these from it."""
    for path in paths:
        if path not in checkpoint:
            raise InvalidPathError(f"{path!r} is not in the checkpoint.")
    if not paths:
        return checkpoint

    def within(path: str) -> bool:
        return any(path == each or path.startswith(f"{each}/") for each in paths)

    above = {str(parent) for each in paths for parent in Path(each).parents} - {"."}
    kept = {path: node for path, node in head.items() if not within(path) and path not in above}
    return kept | {p: node for p, node in checkpoint.items() if within(p) or p in above}
