"""What may go from plain directories, and how: looked at anew, renamed in one step, then removed.

The rename to a hidden name is what destroys: before it all is there, after it nobody finds
anything, and `finish` removes what a kill left of it.
"""

import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.model import CheckpointKind, WorkspaceState
from zfs_provisioner.naming import workspace_directory
from zfs_provisioner.residents import LONGEST_MEMO, Kept, Refusal, Resident, Survey
from zfs_provisioner.storage import directory_residents, open_places, records, trees
from zfs_provisioner.storage.directory_places import REMOVING, Root

log = logging.getLogger(__name__)

_MEMO: Final = TypeAdapter(str)
_WORKSPACE: Final = re.compile(r"[a-z2-7]{26}")


class DirectoryCollection:
    """The verbs of a storage that read and remove what may go."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def survey(self) -> Survey:
        """Read all records; of what is in use, only what is mounted for this process."""
        residents, odd = directory_residents.survey(self._root)
        mounts = open_places.mounts_of([_name(each) for each in residents])
        space = shutil.disk_usage(self._root.path)
        try:
            memo = self._memo()
        except StorageDamagedError as error:
            # Not empty: an empty one would say that nobody paused anything.
            memo, odd = str(error), [*odd, str(error)]
        return Survey(
            residents=[_used(each, mounts) for each in residents],
            odd=tuple(odd),
            free=space.free,
            size=space.total,
            memo=memo,
        )

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        """Read the records again, and look at every process."""
        users = open_places.users_of([_name(each) for each in residents])
        found = (directory_residents.current(self._root, each) for each in residents)
        return [_used(each, users) for each in found if each is not None]

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        """Rename each container to a hidden name, and remove it there."""
        users = open_places.users_of([_name(each) for each in residents])
        refusals = []
        for each in residents:
            why = self._refusal(each, users) or self._removed(self._trashed(each))
            if why:
                refusals.append(Refusal(workspace=each.workspace.id, why=why))
        return refusals

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        """Rename each tree to a hidden name, and remove it there."""
        found = directory_residents.current(self._root, resident)
        if found is None or found.workspace.state is not WorkspaceState.LIVE:
            return []
        kept = {(each.name, each.identity) for each in found.checkpoints}
        place = self._root.place(found.workspace)
        return [
            each
            for each in those
            if (each.name, each.identity) in kept
            and each.kind is CheckpointKind.AUTO
            and each.name not in {found.workspace.base, resident.workspace.base}
            and not self._removed(place.checkpoints / each.name)
        ]

    def write_memo(self, text: str) -> None:
        """Replace the record of the memo."""
        if len(text.encode()) > LONGEST_MEMO:
            raise ValueError(f"A memo has at most {LONGEST_MEMO} bytes.")
        records.write(self._root.memo, _MEMO, text)

    def _memo(self) -> str:
        return records.read(self._root.memo, _MEMO) if self._root.memo.exists() else ""

    def finish(self) -> list[str]:
        """Remove what a kill left of what was destroyed; return a sentence for each."""
        done = []
        trash, ws = self._root.trash, self._root.ws
        for leftover in [
            *trash.glob(REMOVING),
            *trash.glob(f"*/checkpoints/{REMOVING}"),
            *ws.glob(f"*/*/checkpoints/{REMOVING}"),
        ]:
            try:
                self._remove(leftover)
                done.append(f"removed what was left of the destroyed {leftover.name}")
            except (OSError, StorageDamagedError) as error:
                # The start goes on: nobody finds it under a name, and the next start tries again.
                done.append(f"could not remove the destroyed {leftover}: {error}")
        return done

    def _refusal(self, seen: Resident, users: dict[str, list[str]]) -> str:
        """Return why a workspace is not destroyed, or nothing."""
        found = directory_residents.current(self._root, seen)
        if found is None:
            return "What was seen is gone, or cannot be read any more."
        if found.workspace.state is not WorkspaceState.TRASHED:
            return "It is not in trash."
        if _identities(found) != _identities(seen):
            return "It has other checkpoints than were seen."
        strange = [*found.odd, *(each.odd for each in found.checkpoints if each.odd)]
        if strange:
            return f"It holds what is not ours: {'; '.join(strange)}."
        used = users.get(_name(found), [])
        return f"It is in use: {'; '.join(used)}." if used else ""

    def _trashed(self, resident: Resident) -> Path:
        return self._root.trashed(resident.workspace.id).container

    def _removed(self, path: Path) -> str:
        """Rename and remove a workspace in trash or a checkpoint; return why not, or nothing."""
        hidden = path.with_name(REMOVING.replace("*", path.name))
        self._refuse_others(hidden)
        mounted = open_places.mounted_in(path)
        if mounted:
            return f"Something is mounted in it, at {', '.join(mounted)}."
        try:
            if hidden.exists():  # could not be removed when one of this name was destroyed
                self._remove(hidden)
            path.rename(hidden)
        except OSError as error:
            return f"It cannot be renamed: {error}."
        try:
            # On disk before any file goes: a power failure brings no emptied workspace back.
            trees.sync_directory(hidden.parent)
            self._remove(hidden)
        except OSError as error:
            log.warning("%s is destroyed, but not all of it could be removed: %s", path, error)
        return ""

    def _remove(self, hidden: Path) -> None:
        """Remove what was renamed to be removed.

        Raises
        ------
        OSError
            Some of it is still there.
        """
        self._refuse_others(hidden)
        mounted = open_places.mounted_in(hidden)
        if mounted:
            raise OSError(f"something is mounted in it, at {', '.join(mounted)}")
        if hidden.parent == self._root.trash:
            self._root.remove_container(hidden)
        else:
            self._root.cloner.remove(hidden)

    def _refuse_others(self, hidden: Path) -> None:
        """Raise unless it is the hidden name of a workspace in trash, or of a checkpoint.

        Nothing else is ever removed by this class.
        """
        name = hidden.name.removeprefix(".").removesuffix(".removing")
        # Resolved, so that a link on the way leads nowhere else.
        path, root = hidden.parent.resolve() / hidden.name, self._root.path.resolve()
        match path.relative_to(root).parts if path.is_relative_to(root) else ():
            case ("trash", _):
                ours = _is_workspace(name)
            case ("trash", wid, "checkpoints", _) | ("ws", _, wid, "checkpoints", _):
                ours = _is_workspace(wid) and _is_checkpoint(name)
            case _:
                ours = False
        if not ours or hidden.name != f".{name}.removing" or hidden.is_symlink():
            raise StorageDamagedError(
                f"{hidden} is neither a workspace in trash nor a checkpoint: nothing was changed."
            )


def _is_workspace(name: str) -> bool:
    return _WORKSPACE.fullmatch(name) is not None


def _is_checkpoint(name: str) -> bool:
    return directory_residents.parsed_checkpoint(name) is not None


def _name(resident: Resident) -> str:
    return workspace_directory(resident.workspace.id)


def _used(resident: Resident, users: dict[str, list[str]]) -> Resident:
    return replace(resident, users=tuple(users.get(_name(resident), ())))


def _identities(resident: Resident) -> set[tuple[str, int]]:
    return {(each.name, each.identity) for each in resident.checkpoints}
