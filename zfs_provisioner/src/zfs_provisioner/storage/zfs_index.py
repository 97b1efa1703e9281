"""What workspaces there are: a cache of their labels, so that no question lists the pool.

It is filled from ZFS when it is first asked, kept up by the storage's own steps, and may be deleted
at any time. The provisioner owns its root, so nobody else changes what is here; whoever meets
something else on the pool forgets all of it.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zfs_provisioner.model import Owner, Workspace, WorkspaceState
from zfs_provisioner.storage.zfs_names import Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A filesystem that is a workspace's; None where a crash came before its label."""

    place: Place
    workspace: Workspace | None


@dataclass(frozen=True, slots=True)
class Found:
    """All there is: entries of workspaces, and the owners' filesystems."""

    entries: list[Entry]
    shelves: list[str]


class Index:
    """Entries of workspaces by the deterministic part of their names, and by their owners."""

    def __init__(self, read: Callable[[], Found]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._is_filled = False
        self._entries: dict[str, Entry] = {}
        self._owned: dict[Owner, dict[str, Workspace]] = {}
        self._shelves: set[str] = set()

    def find(self, wid: str) -> Entry | None:
        """Return what is known of a workspace, or None."""
        with self._filled():
            return self._entries.get(wid)

    def entries(self) -> list[Entry]:
        """Return all entries."""
        with self._filled():
            return list(self._entries.values())

    def owned_by(self, owner: Owner) -> list[Workspace]:
        """Return an owner's workspaces; as fast with few of others' as with many."""
        with self._filled():
            return list(self._owned.get(owner, {}).values())

    def put(self, place: Place, workspace: Workspace) -> None:
        """Note where a workspace is now, and its label."""
        with self._filled():
            self._note(Entry(place, workspace))

    def remove(self, place: Place) -> None:
        """Note that what was there is gone; another of its name, elsewhere, stays."""
        with self._filled():
            entry = self._entries.get(place.wid)
            if entry is None or entry.place != place:
                return
            del self._entries[place.wid]
            if entry.workspace is not None:
                self._owned[entry.workspace.spec.owner].pop(place.wid, None)

    def has_shelf(self, shelf: str) -> bool:
        """Tell whether an owner's filesystem is known."""
        with self._filled():
            return shelf in self._shelves

    def put_shelf(self, shelf: str) -> None:
        """Note that an owner's filesystem exists."""
        with self._filled():
            self._shelves.add(shelf)

    def forget(self) -> None:
        """Fill it again at the next question."""
        with self._lock:
            self._is_filled = False

    @contextmanager
    def _filled(self) -> Iterator[None]:
        """Keep others away, and what is here complete, in the block."""
        with self._lock:
            if not self._is_filled:
                found = self._read()
                self._shelves = set(found.shelves)
                self._entries, self._owned = {}, {}
                for each in _by_wid(found.entries).values():
                    self._note(each)
                self._is_filled = True
            yield

    def _note(self, entry: Entry) -> None:
        self._entries[entry.place.wid] = entry
        if entry.workspace is not None:
            owned = self._owned.setdefault(entry.workspace.spec.owner, {})
            owned[entry.place.wid] = entry.workspace


def _by_wid(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return the entries by name; where a live and a trashed one share it, the live one counts."""
    found: dict[str, Entry] = {}
    for each in entries:
        known = found.get(each.place.wid)
        if known is None or known.place.state is WorkspaceState.TRASHED:
            found[each.place.wid] = each
    return found
