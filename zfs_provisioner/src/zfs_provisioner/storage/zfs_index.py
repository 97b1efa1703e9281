"""What workspaces there are: a cache of their labels, so that no question lists the pool.

It is filled from ZFS when it is first asked, kept up by the storage's own steps, and may be deleted
at any time. The provisioner owns its root, so nobody else changes what is here; whoever meets
something else on the pool forgets all of it.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from zfs_provisioner.model import Workspace, WorkspaceState
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
    """Entries of workspaces by the deterministic part of their names."""

    def __init__(self, read: Callable[[], Found]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] | None = None
        self._shelves: set[str] = set()

    def find(self, wid: str) -> Entry | None:
        """Return what is known of a workspace, or None."""
        return self._filled().get(wid)

    def entries(self) -> list[Entry]:
        """Return all entries."""
        return list(self._filled().values())

    def put(self, place: Place, workspace: Workspace) -> None:
        """Note where a workspace is now, and its label."""
        self._filled()[place.wid] = Entry(place, workspace)

    def has_shelf(self, shelf: str) -> bool:
        """Tell whether an owner's filesystem is known."""
        self._filled()
        return shelf in self._shelves

    def put_shelf(self, shelf: str) -> None:
        """Note that an owner's filesystem exists."""
        self._filled()
        self._shelves.add(shelf)

    def forget(self) -> None:
        """Fill it again at the next question."""
        with self._lock:
            self._entries = None

    def _filled(self) -> dict[str, Entry]:
        with self._lock:
            if self._entries is None:
                found = self._read()
                self._shelves = set(found.shelves)
                self._entries = _by_wid(found.entries)
            return self._entries


def _by_wid(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return the entries by name; where a live and a trashed one share it, the live one counts."""
    found: dict[str, Entry] = {}
    for each in entries:
        known = found.get(each.place.wid)
        if known is None or known.place.state is WorkspaceState.TRASHED:
            found[each.place.wid] = each
    return found
