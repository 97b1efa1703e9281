"""What may go from the pool of the model, and how: the lower half of `ModelStorage`'s last verbs.

Each workspace goes in one transaction, as by the channel program on ZFS.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from tests_model_names import checkpoint_names, is_place, is_place_of, path_of, state_of
from tests_model_pool import RESTORING, ModelPool, files, size
from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointName,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)
from zfs_provisioner.residents import LONGEST_MEMO, Kept, Refusal, Resident, Survey

from zfs_provisioner import naming

LABEL, MEMO = "label", "memo"


@dataclass(frozen=True)
class Relations:
    """How filesystems hang together.

    Attributes
    ----------
    shared
        How many filesystems have each file: what only one has, goes with it.
    clones
        By snapshot.
    below
        By parent.
    """

    shared: Counter[tuple[str, bytes]]
    clones: dict[str, list[str]]
    below: dict[str, list[str]]


class ModelCollection:
    """Finds out what is below `ws` and `trash`, and destroys what may go."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool

    def survey(self) -> Survey:
        self._pool.refuse_if_stopped()
        around = self._relations()
        residents, odd = [], []
        for name in self._names():
            workspace = self._workspace(name)
            if workspace is not None:
                residents.append(self._resident(name, workspace, around))
            elif is_place(name):
                labelled = LABEL in self._pool.filesystems[name].properties
                what = "has a label that is spoilt" if labelled else "is half made"
                odd.append(f"{name} {what}: it is left alone")
            elif not self._is_shelf(name) and not self._is_in_workspace(name):
                odd.append(f"{name} is no workspace: it is left alone")
        return Survey(
            residents=residents,
            odd=tuple(odd),
            free=self._pool.room - self._pool.used(),
            size=self._pool.room,
            memo=self._pool.filesystems["trash"].properties.get(MEMO, ""),
        )

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        self._pool.refuse_if_stopped()
        around = self._relations()
        found = (self._current(each, around) for each in residents)
        return [closer for _name, closer in found if closer is not None]

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        refusals = []
        for seen in residents:
            self._pool.refuse_if_stopped()
            name, found = self._current(seen, self._relations(sizes=False))
            why = _refusal(seen, found)
            if why:
                refusals.append(Refusal(workspace=seen.workspace.id, why=why))
            else:
                self._pool.destroy(name, [*self._pool.filesystems[name].snapshots])
        return refusals

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        self._pool.refuse_if_stopped()
        name, found = self._current(resident, self._relations(sizes=False))
        if found is None or found.workspace.state is not WorkspaceState.LIVE:
            return []
        bases = {resident.workspace.base, found.workspace.base}
        free = {
            (each.name, each.identity)
            for each in found.checkpoints
            if each.kind is CheckpointKind.AUTO and not each.odd and not each.branches
        }
        gone = [
            each for each in those if (each.name, each.identity) in free and each.name not in bases
        ]
        for each in gone:
            self._pool.destroy_snapshot(f"{name}@{each.name}")
        return gone

    def write_memo(self, text: str) -> None:
        if len(text.encode()) > LONGEST_MEMO:
            raise ValueError(f"A memo has at most {LONGEST_MEMO} bytes.")
        self._pool.set("trash", MEMO, text)

    def _names(self) -> list[str]:
        return [each for each in self._pool.filesystems if each.startswith(("ws/", "trash/"))]

    def _workspace(self, name: str) -> Workspace | None:
        label = self._pool.filesystems[name].properties.get(LABEL)
        if not isinstance(label, Workspace) or not is_place_of(name, label):
            return None
        return replace(label, state=state_of(name), path=str(path_of(self._pool, label)))

    @staticmethod
    def _is_shelf(name: str) -> bool:
        return name.startswith("ws/") and name.count("/") == 1

    @staticmethod
    def _is_in_workspace(name: str) -> bool:
        return is_place(name.rpartition("/")[0])

    def _current(self, seen: Resident, around: Relations) -> tuple[str, Resident | None]:
        """Return a workspace as it is now, wherever it is, with all that is odd about it."""
        for name in self._names():
            if self._pool.filesystems[name].guid != seen.identity:
                continue
            workspace = self._workspace(name)
            if workspace:
                found = self._resident(name, workspace, around)
                properties = self._pool.filesystems[name].properties
                foreign = [f"{name} has the property {key}" for key in properties if key != LABEL]
                return name, replace(found, odd=(*found.odd, *foreign))
        return "", None

    def _resident(self, name: str, workspace: Workspace, around: Relations) -> Resident:
        filesystem = self._pool.filesystems[name]
        checkpoints = checkpoint_names(self._pool, name)
        foreign = [
            f"a restore of {name} is under way" if each == RESTORING else f"{name} has @{each}"
            for each in filesystem.snapshots
            if each not in checkpoints
        ]
        children = [f"{each} is below it" for each in around.below[name]]
        return Resident(
            workspace=workspace,
            identity=filesystem.guid,
            checkpoints=tuple(
                self._kept(name, CheckpointName(each), around) for each in checkpoints
            ),
            size=self._own(name, around.shared),
            written=self._written(name),
            odd=(*foreign, *children),
            users=tuple(self._users(name)),
        )

    def _kept(self, name: str, checkpoint: CheckpointName, around: Relations) -> Kept:
        snapshot = f"{name}@{checkpoint}"
        odd = [f"{snapshot} is held"] if snapshot in self._pool.holds else []
        branches: list[WorkspaceId] = []
        for clone in around.clones[snapshot]:
            workspace = self._workspace(clone) if clone in self._names() else None
            if workspace is None:
                odd.append(f"{clone} is cloned from {snapshot}")
            else:
                branches.append(workspace.id)
        return Kept(
            name=checkpoint,
            identity=self._pool.filesystems[name].guids[checkpoint],
            created=_created(checkpoint),
            branches=tuple(branches),
            odd="; ".join(odd),
        )

    def _users(self, name: str) -> list[str]:
        found = []
        if name in self._pool.mounts:
            found.append(f"{name} is mounted at {self._pool.mounts[name]}")
        if name in self._pool.elsewhere:
            found.append(f"{name} is mounted in another mount namespace")
        return found

    def _relations(self, *, sizes: bool = True) -> Relations:
        found = Relations(Counter(), defaultdict(list), defaultdict(list))
        for name, each in self._pool.filesystems.items():
            if sizes:
                found.shared.update(self._files(name))
            if each.origin:
                found.clones[each.origin].append(name)
            for depth in range(1, name.count("/") + 1):
                found.below["/".join(name.split("/")[:depth])].append(name)
        return found

    def _files(self, name: str) -> set[tuple[str, bytes]]:
        return {pair for tree in self._pool.contents(name) for pair in files(tree).items()}

    def _own(self, name: str, shared: Counter[tuple[str, bytes]]) -> int:
        return sum(
            len(content) for path, content in self._files(name) if shared[path, content] == 1
        )

    def _written(self, name: str) -> int:
        """Return at least 1 if anything differs, as ZFS does: a deletion writes too."""
        filesystem = self._pool.filesystems[name]
        base = [*filesystem.snapshots.values()][-1:]
        if not base and filesystem.origin:
            base = [self._pool.tree(filesystem.origin)]
        head = self._pool.head(name)
        if base and head == base[0]:
            return 0
        return max(1, size(head, *base) - size(*base))


@cache
def _created(checkpoint: CheckpointName) -> int:
    return int(naming.parse_checkpoint(checkpoint).created.timestamp())


def _refusal(seen: Resident, found: Resident | None) -> str:
    """Return why a workspace is not destroyed, or nothing."""
    if found is None:
        return "What was seen is gone, or cannot be read any more."
    if found.workspace.state is not WorkspaceState.TRASHED:
        return "It is not in trash."
    if _identities(found) != _identities(seen):
        return "It has other checkpoints than were seen."
    odd = [*found.odd, *(each.odd for each in found.checkpoints if each.odd)]
    if odd:
        return f"It holds what is not ours: {'; '.join(odd)}."
    if any(each.branches for each in found.checkpoints):
        return "Another workspace is a branch of it."
    return f"It is in use: {'; '.join(found.users)}." if found.users else ""


def _identities(resident: Resident) -> set[tuple[str, int]]:
    return {(each.name, each.identity) for each in resident.checkpoints}
