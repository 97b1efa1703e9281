"""Workspaces in plain directories as they are found, with all that is not ours among them.

What cannot be read is left alone and becomes a sentence: one spoilt record says nothing about the
other workspaces. Symbolic links are never followed: what they lead to is not ours.
"""

import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from zfs_provisioner import naming
from zfs_provisioner.errors import (
    StorageDamagedError,
    StorageUnavailableError,
    UnknownCheckpointError,
)
from zfs_provisioner.model import Checkpoint, WorkspaceState
from zfs_provisioner.residents import Kept, Resident
from zfs_provisioner.storage import records
from zfs_provisioner.storage.directory_places import BUILDING, REMOVING, Place, Root
from zfs_provisioner.storage.identities import identity_of


def survey(root: Root) -> tuple[list[Resident], list[str]]:
    """Return all workspaces, and sentences on what is no workspace.

    Raises
    ------
    StorageUnavailableError
        `ws` or `trash` cannot be read: then nothing is known.
    """
    residents: dict[int, Resident] = {}
    odd = []
    for found in _everything(root):
        if isinstance(found, Resident):
            # One that is moved to trash meanwhile is seen twice; it is where it was seen last.
            residents[found.identity] = found
        elif found is not None:
            odd.append(_printable(found))
    return [*residents.values()], odd


def current(root: Root, seen: Resident) -> Resident | None:
    """Return a workspace as it is now, live or in trash, or None if it is gone."""
    workspace = seen.workspace
    for place, state in (
        (root.live(workspace.spec.owner, workspace.id), WorkspaceState.LIVE),
        (root.trashed(workspace.id), WorkspaceState.TRASHED),
    ):
        found = _look(root, place, state)
        if isinstance(found, Resident) and found.identity == seen.identity:
            return found
    return None


def checkpoints(place: Place) -> list[tuple[Checkpoint, Path]]:
    """Return a workspace's checkpoints and their trees, oldest first; anything else is no matter.

    The running number is their order.
    """
    found = [
        (checkpoint, path)
        for path in (place.checkpoints.iterdir() if _is_directory(place.checkpoints) else ())
        if (checkpoint := parsed_checkpoint(path.name)) and _is_directory(path)
    ]
    return sorted(found, key=lambda each: naming.checkpoint_number(each[0]))


def parsed_checkpoint(name: str) -> Checkpoint | None:
    """Return the checkpoint of this name, or None if no checkpoint has such a name."""
    try:
        return naming.parse_checkpoint(name)
    except UnknownCheckpointError:
        return None


def _everything(root: Root) -> Iterator[Resident | str | None]:
    """Yield workspaces and sentences; `ws` is read before `trash`, so that none is missed."""
    for shelf in _contents(root.ws):
        try:
            if not _is_directory(shelf):
                yield f"{shelf} is not an owner's directory: it is left alone"
                continue
            containers = sorted(shelf.iterdir())
        except OSError as error:
            yield f"{shelf} cannot be read, so all in it is left alone ({error})"
            continue
        for container in containers:
            if not fnmatch(container.name, BUILDING):  # one that is being made
                yield _look(root, Place(container), WorkspaceState.LIVE)
    for container in _contents(root.trash):
        if fnmatch(container.name, REMOVING):
            yield f"{container} is left of a destroyed workspace: the next start removes it"
        else:
            yield _look(root, Place(container), WorkspaceState.TRASHED)


def _contents(part: Path) -> list[Path]:
    try:
        return sorted(part.iterdir())
    except OSError as error:
        raise StorageUnavailableError(
            f"{part} cannot be read ({error}): is its disk mounted and sound? Nothing was changed."
        ) from error


def _look(root: Root, place: Place, state: WorkspaceState) -> Resident | str | None:
    """Return the workspace at a place, a sentence if there is none that can be read, or None.

    None is for what is not there any more: it was moved while the survey was under way.
    """
    path = place.container
    if not _is(path):
        return None
    try:
        if not _is_directory(path):
            return f"{path} is not a workspace's directory: it is left alone"
        workspace = records.read_workspace(place.record, place.live, state)
        if path != root.place(workspace).container:
            return f"{path} has the record of the workspace {workspace.id}: it is left alone"
        found = checkpoints(place)
        return Resident(
            workspace=workspace,
            identity=identity_of(path),
            checkpoints=tuple(_kept(checkpoint, tree) for checkpoint, tree in found),
            odd=tuple(
                _printable(each)
                for each in (
                    *_missing(place),
                    *_strange(place, {tree for _checkpoint, tree in found}),
                )
            ),
        )
    except (OSError, StorageDamagedError) as error:
        if not _is(path):
            return None
        return f"{path} is no workspace that can be read: it is left alone ({error})"


def _kept(checkpoint: Checkpoint, tree: Path) -> Kept:
    created = int(checkpoint.created.timestamp())
    return Kept(name=checkpoint.name, identity=identity_of(tree), created=created)


def _missing(place: Place) -> list[str]:
    return [
        f"{path} is not the directory that belongs there"
        for path in (place.live, place.checkpoints)
        if not _is_directory(path)
    ]


def _strange(place: Place, trees: set[Path]) -> Iterator[str]:
    ours = {place.record, place.live, place.checkpoints, *place.hidden}
    for path in sorted(place.container.iterdir()):
        if path not in ours and not fnmatch(path.name, records.UNFINISHED):
            yield f"{path} is not a workspace's"
    for path in sorted(place.checkpoints.iterdir()) if _is_directory(place.checkpoints) else ():
        under_way = fnmatch(path.name, BUILDING) or fnmatch(path.name, REMOVING)
        if path not in trees and not under_way:
            yield f"{path} is not a checkpoint"


def _printable(sentence: str) -> str:
    """Return a sentence as text that can be sent and shown: names of files may be any bytes."""
    text = sentence.encode(errors="backslashreplace").decode()
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _is(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # it is there, and the disk does not say what it is
        return True
    return True


def _is_directory(path: Path) -> bool:
    """Tell whether it is a directory, and no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
