"""What there is below `ws` and `trash`, for whoever decides what may go.

It is read from ZFS and not from the index. What is not ours is said, and what cannot be read is
said and left out: neither may go.

A survey is read by programs in this process (`zfs_questions`) where the library is, and else by one
`zfs list`. That shows inherited properties too, so a label counts where it is that of the
filesystem's name; that it is set there and not inherited, and what else is set there, `look_closer`
finds out for the few that may go: by a program and one `zfs get` for every 64.

`written` counts what is on disk: what was written into a mounted workspace in the last seconds may
be missing. ZFS counts the root block of a new clone too, so that it is never 0; here it is 0 for a
clone that has nothing else of its own, since the smallest change writes a block of file metadata.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from zfs_provisioner import naming
from zfs_provisioner.errors import StorageDamagedError, UnknownCheckpointError
from zfs_provisioner.model import Checkpoint, Workspace, WorkspaceId, WorkspaceState
from zfs_provisioner.residents import LONGEST_MEMO, Kept, Resident, Survey
from zfs_provisioner.storage import holders, zfs_command, zfs_listing, zfs_records
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_index import Index
from zfs_provisioner.storage.zfs_labels import Labels
from zfs_provisioner.storage.zfs_listing import ROOT_BLOCK, Row
from zfs_provisioner.storage.zfs_names import (
    MEMO_PROPERTY,
    RESTORING,
    WORKSPACE_PROPERTY,
    Place,
    Tree,
)
from zfs_provisioner.storage.zfs_questions import Questions

_OURS: Final = "casahub:"
_QUOTA: Final = "quota"
# As JSON: a value that is listed must have no tab and no newline.
_MEMO: Final = TypeAdapter(str)
_STALE: Final = 3600.0  # seconds: a pool grows when somebody adds a disk to it

Known = Callable[[str], WorkspaceId | None]


class Surveys:
    """Reads what there is."""

    def __init__(self, tree: Tree, labels: Labels, index: Index, change: Mutations) -> None:
        self._tree, self._labels, self._index, self._change = tree, labels, index, change
        self._questions = Questions(tree, change)
        self._size = 0
        self._measured = -_STALE

    def survey(self) -> Survey:
        """Return all there is."""
        tree = self._tree
        rows, size = self._questions.all() if self._change.is_kernels_word else self._listed()
        listing = _Listing(tree, self._labels, rows)
        found = listing.filesystems
        odd = listing.strangers()
        memo = ""
        if found[tree.trash].memo:
            try:
                memo = zfs_records.load(_MEMO, found[tree.trash].memo, tree.trash)
            except StorageDamagedError:
                odd.append(f"{MEMO_PROPERTY} of {tree.trash} cannot be read, and is not counted on")
        return Survey(
            residents=listing.residents(listing.workspaces, listing.known),
            odd=tuple(odd),
            free=found[tree.ws].available,
            size=size,
            memo=memo,
        )

    def _listed(self) -> tuple[list[Row], int]:
        """Return all rows by one process, and by one more an hour the bytes that the pool has."""
        rows = zfs_listing.by_command([self._tree.ws, self._tree.trash])
        now = time.monotonic()
        if now - self._measured >= _STALE:
            self._size = sum(zfs_command.numbers(self._tree.pool, "used", "available"))
            self._measured = now
        return rows, self._size

    def write_memo(self, text: str) -> None:
        """Set the property."""
        if len(text.encode()) > LONGEST_MEMO:
            raise ValueError(f"A memo has at most {LONGEST_MEMO} bytes.")
        self._change.set(self._tree.trash, MEMO_PROPERTY, zfs_records.dump(_MEMO, text))

    def look_closer(self, residents: Sequence[Resident]) -> list[Resident]:
        """Read some again, in this order, wherever in its life each is now."""
        found = self._at([_places(self._tree, each)[0] for each in residents])
        moved = [_places(self._tree, each)[1] for each in residents if each.identity not in found]
        found |= self._at(moved)
        return [found[each.identity] for each in residents if each.identity in found]

    def _at(self, names: Sequence[str]) -> dict[int, Resident]:
        """Return what is at these names, by identity; one with another identity is another one."""
        if not names:
            return {}
        listing = _Listing(self._tree, self._labels, self._questions.close(names))
        found = {each: listing.workspaces[each] for each in names if each in listing.workspaces}
        return {each.identity: each for each in listing.residents(found, self._known)}

    def _known(self, filesystem: str) -> WorkspaceId | None:
        """Return the workspace that a filesystem elsewhere in the tree is."""
        place = self._tree.parse(filesystem)
        entry = self._index.find(place.wid) if place else None
        if entry is None or entry.workspace is None or entry.place != place:
            return None
        return entry.workspace.id


def _places(tree: Tree, resident: Resident) -> tuple[str, str]:
    """Return where a workspace was when it was seen, and where it is if it was moved since."""
    workspace = resident.workspace
    live = tree.live(workspace.spec.owner, workspace.id)
    trashed = tree.trashed(live.wid, resident.identity)
    if workspace.state is WorkspaceState.LIVE:
        return live.filesystem, trashed.filesystem
    return trashed.filesystem, live.filesystem


@dataclass(slots=True)
class _Listing:
    """A listing, sorted out."""

    tree: Tree
    labels: Labels
    rows: list[Row]
    filesystems: dict[str, Row] = field(init=False)
    places: dict[str, Place] = field(init=False)
    workspaces: dict[str, Workspace] = field(init=False)
    _odd: list[str] = field(init=False, default_factory=list)
    _below: dict[str, list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.filesystems = {each.name: each for each in self.rows if each.is_filesystem}
        self._below = defaultdict(list)
        for row in self.rows:
            if row.is_filesystem:
                self._below[row.name.rpartition("/")[0]].append(row)
            else:
                self._below[row.filesystem].append(row)
        parsed = ((name, self.tree.parse(name)) for name in self.filesystems)
        self.places = {name: place for name, place in parsed if place is not None}
        labelled = ((name, self._labelled(place)) for name, place in self.places.items())
        self.workspaces = {name: found for name, found in labelled if found is not None}

    def known(self, filesystem: str) -> WorkspaceId | None:
        """Return the workspace that a filesystem is."""
        found = self.workspaces.get(filesystem)
        return found.id if found else None

    def _labelled(self, place: Place) -> Workspace | None:
        """Return the workspace of a place, or say why there is none."""
        row = self.filesystems[place.filesystem]
        if row.label:
            try:
                found = self.labels.decoded(place, row.label)
            except StorageDamagedError:
                self._odd.append(f"{row.name} has a label that cannot be read: it is left alone")
                return None
            # Otherwise the label is that of a filesystem above.
            if naming.workspace_directory(found.id) == place.wid:
                return self._in_its_place(place, found, row)
        if place.state is WorkspaceState.LIVE and row.origin:
            self._odd.append(
                f"{row.name} is a half-made workspace: asking for it again completes it"
            )
        else:
            self._odd.append(f"{row.name} has no label, so it is no workspace: it is left alone")
        return None

    def _in_its_place(self, place: Place, found: Workspace, row: Row) -> Workspace | None:
        wanted = self.tree.live(found.spec.owner, found.id)
        if place.state is WorkspaceState.TRASHED:
            wanted = self.tree.trashed(place.wid, row.guid)
        if place == wanted:
            return found
        self._odd.append(
            f"{row.name} has the label of a workspace that belongs to {wanted.filesystem}: "
            "it is left alone"
        )
        return None

    def strangers(self) -> list[str]:
        """Return sentences on what is no workspace, and in none."""
        ws, trash = self.tree.ws, self.tree.trash
        found = list(self._odd)
        for row in self.rows:
            is_shelf = row.is_filesystem and row.name.rpartition("/")[0] == ws
            if is_shelf or row.name in {ws, trash}:
                continue
            if not any(name in self.places for name in _above(row)):
                found.append(f"{row.name} is no workspace and no checkpoint: it is left alone")
        return found

    def residents(self, workspaces: dict[str, Workspace], known: Known) -> list[Resident]:
        """Return the workspaces with all that the listing says of them."""
        users = holders.mounted(self.tree.root)
        branches: dict[str, set[str]] = defaultdict(set)
        for row in self.filesystems.values():
            branches[row.origin].add(row.name)
        places: dict[WorkspaceId, list[str]] = defaultdict(list)
        for name, workspace in self.workspaces.items():
            places[workspace.id].append(name)
        found = []
        for name, workspace in workspaces.items():
            row = self.filesystems[name]
            odd = list(self._odd_below(name))
            odd += [
                f"{each} has the label of the same workspace"
                for each in places[workspace.id]
                if each != name
            ]
            if row.own is not None:
                odd += _odd_properties(row.own)
            found.append(
                Resident(
                    workspace=workspace,
                    identity=row.guid,
                    checkpoints=tuple(self._checkpoints(name, branches, known)),
                    size=row.used,
                    written=self._written(row),
                    odd=tuple(odd),
                    users=users.get(name, ()),
                )
            )
        return found

    def _written(self, row: Row) -> int:
        has_snapshots = any(each.is_snapshot for each in self._below[row.name])
        return 0 if row.logical <= ROOT_BLOCK and not has_snapshots else row.written

    def _checkpoints(
        self, name: str, branches: dict[str, set[str]], known: Known
    ) -> Iterable[Kept]:
        found = []
        for row in self._below[name]:
            checkpoint = _checkpoint(row)
            if checkpoint is not None:
                clones = branches[row.name] | set(row.clones)
                found.append((checkpoint, _kept(checkpoint, row, sorted(clones), known)))
        found.sort(key=lambda each: naming.checkpoint_number(each[0]))
        return (kept for _checkpoint, kept in found)

    def _odd_below(self, name: str) -> Iterator[str]:
        for row in self._below[name]:
            last = row.name.removeprefix(name)
            if row.is_filesystem:
                yield f"{last} is a filesystem in it that is not ours"
            elif not row.is_snapshot:
                yield f"{last} is a bookmark of it that is not ours"
            elif last == f"@{RESTORING}":
                yield "a restore of it is under way, or was interrupted"
            elif _checkpoint(row) is None:
                yield f"{last} is a snapshot of it that is not ours"


def _above(row: Row) -> Iterator[str]:
    """Yield the filesystem of a row and those above it."""
    name = row.filesystem
    while name:
        yield name
        name = name.rpartition("/")[0]


def _checkpoint(row: Row) -> Checkpoint | None:
    if not row.is_snapshot:
        return None
    try:
        return naming.parse_checkpoint(row.name.partition("@")[2])
    except UnknownCheckpointError:
        return None


def _kept(checkpoint: Checkpoint, row: Row, clones: Sequence[str], known: Known) -> Kept:
    ids = {each: known(each) for each in clones}
    odd = [f"{name} is a clone of it, which is not a workspace" for name in ids if not ids[name]]
    if row.holds:
        odd.append("it is held by somebody else")
    return Kept(
        name=checkpoint.name,
        identity=row.guid,
        created=int(checkpoint.created.timestamp()),
        branches=tuple(each for each in ids.values() if each),
        odd="; ".join(odd),
    )


def _odd_properties(own: Sequence[str]) -> list[str]:
    """Return sentences on what somebody else set, and on a label that is not set there."""
    strangers = sorted(name for name in own if not name.startswith(_OURS) and name != _QUOTA)
    odd = [f"{name} is a property of it that is not ours" for name in strangers]
    if WORKSPACE_PROPERTY not in own:
        odd.append("its label is not its own: it was inherited or received")
    return odd
