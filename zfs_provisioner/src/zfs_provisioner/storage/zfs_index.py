"""Which workspace is where: a cache of names, so that finding one does not list all.

It is filled from ZFS when it is first asked, kept up by the storage's own steps, and may be deleted
at any time. It decides nothing: what is found by it is read again before anything is changed.
"""

import threading

from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.zfs_names import Place, Tree


class Index:
    """Places of workspaces by their deterministic name, and the owners' filesystems."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._places: dict[str, Place] | None = None
        self._shelves: set[str] = set()

    def find(self, wid: str) -> Place | None:
        """Return where a workspace is, or None."""
        return self._filled().get(wid)

    def places(self) -> list[Place]:
        """Return all places."""
        return list(self._filled().values())

    def put(self, place: Place) -> None:
        """Note where a workspace is now."""
        self._filled()[place.wid] = place

    def has_shelf(self, shelf: str) -> bool:
        """Tell whether an owner's filesystem is known."""
        self._filled()
        return shelf in self._shelves

    def put_shelf(self, shelf: str) -> None:
        """Note that an owner's filesystem exists."""
        self._shelves.add(shelf)

    def forget(self) -> None:
        """Fill it again at the next question."""
        with self._lock:
            self._places = None

    def _filled(self) -> dict[str, Place]:
        with self._lock:
            if self._places is None:
                live = zfs_command.filesystems(self._tree.ws, depth=2)
                trashed = zfs_command.filesystems(self._tree.trash, depth=1)
                found = (self._tree.parse(name) for name in [*trashed, *live])
                self._shelves = {name for name in live if name.count("/") == self._depth}
                self._places = {place.wid: place for place in found if place}
            return self._places

    @property
    def _depth(self) -> int:
        return self._tree.ws.count("/") + 1
