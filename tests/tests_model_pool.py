"""What ZFS keeps, as Python values, with each step a transaction: the lower half of `tests_model`.

The live content of a filesystem is in real files while it is mounted, and nowhere else at other
times.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from zfs_provisioner.errors import StorageFullError, StorageUnavailableError, WorkspaceInUseError
from zfs_provisioner.storage import trees

# The snapshot that keeps what a restore replaces until the restore is complete.
RESTORING = "restoring"


@dataclass(frozen=True, slots=True)
class Node:
    """A file's bytes and modification time, a link's target, or a directory (None)."""

    content: bytes | str | None
    time: int = 0


Tree = Mapping[str, Node]  # by relative path


def read_tree(root: Path) -> Tree:
    return {each.relative: _read(each) for each in trees.walk(root)}


def _read(entry: trees.Entry) -> Node:
    if entry.is_symlink:
        return Node(str(entry.path.readlink()))
    return Node(entry.path.read_bytes(), entry.status.st_mtime_ns) if entry.is_file else Node(None)


def write_tree(tree: Tree, root: Path) -> None:
    root.mkdir(parents=True)
    for path, node in sorted(tree.items()):
        if node.content is None:
            (root / path).mkdir()
        elif isinstance(node.content, str):
            (root / path).symlink_to(node.content)
        else:
            (root / path).write_bytes(node.content)
            os.utime(root / path, ns=(node.time, node.time))


def files(tree: Tree) -> dict[str, bytes]:
    return {path: each.content for path, each in tree.items() if isinstance(each.content, bytes)}


def digest(tree: Tree) -> str:
    """Return what `sha256sum` says of the sorted list of what it says of each file."""
    lines = [
        hashlib.sha256(content).hexdigest().encode() + b"  " + path + b"\n"
        for path, content in sorted((os.fsencode(p), each) for p, each in files(tree).items())
    ]
    return hashlib.sha256(b"".join(lines)).hexdigest()


def size(*those: Tree) -> int:
    """Return the bytes in the files of some trees; what is equal is shared."""
    return sum(
        len(each) for _path, each in {pair for tree in those for pair in files(tree).items()}
    )


@dataclass
class Filesystem:
    """One filesystem; the properties are those set locally, ours and foreign ones."""

    guid: int
    origin: str | None = None
    head: Tree = field(default_factory=dict)
    snapshots: dict[str, Tree] = field(default_factory=dict)
    guids: dict[str, int] = field(default_factory=dict)  # of the snapshots
    properties: dict[str, Any] = field(default_factory=dict)
    quota: int | None = None


class ModelPool:
    """Filesystems by name, snapshots by `filesystem@name`, holds and mounts.

    Below `ws` and `trash` other people may do what they do on a pool: take snapshots, hold and
    clone ours, set properties, mount. Nothing below `archive` can be destroyed.

    Attributes
    ----------
    boundary
        Is called around each transaction with a word on it, and may raise: where a kill can fall.
    state
        `ONLINE`, or `SUSPENDED`, on which nothing can be asked.
    busy
        Filesystems in which a process has a file open: they cannot be unmounted.
    elsewhere
        Filesystems that are mounted in another mount namespace, where we cannot unmount them.
    """

    def __init__(self, directory: Path, room: int = 10**9) -> None:
        self.directory, self.room = directory, room
        self.boundary: Callable[[str], None] = lambda _what: None
        self.state = "ONLINE"
        self.filesystems: dict[str, Filesystem] = {}
        self.holds: set[str] = set()
        self.mounts: dict[str, Path] = {}
        self.busy: set[str] = set()
        self.elsewhere: set[str] = set()
        self._guids = count(1)

    @contextlib.contextmanager
    def transaction(self, what: str) -> Iterator[None]:
        self.refuse_if_stopped()
        self.boundary(f"before {what}")
        yield
        self.boundary(f"after {what}")

    def refuse_if_stopped(self) -> None:
        if self.state != "ONLINE":
            raise StorageUnavailableError(f"The pool is {self.state}. Nothing was changed.")

    def used(self) -> int:
        contents = [self.contents(each) for each in self.filesystems]
        return size(*(tree for each in contents for tree in each))

    def contents(self, name: str) -> list[Tree]:
        return [self.head(name), *self.filesystems[name].snapshots.values()]

    def refuse_if_full(self, more: int = 1) -> None:
        if self.used() + more > self.room:
            raise StorageFullError(f"The pool is full: {more} bytes are needed. Free space in it.")

    def head(self, name: str) -> Tree:
        """Return the live content, from its files while it is mounted."""
        found = self.filesystems[name]
        if name in self.mounts:
            found.head = read_tree(self.mounts[name])
        return found.head

    def tree(self, snapshot: str) -> Tree:
        filesystem, _, name = snapshot.partition("@")
        return self.filesystems[filesystem].snapshots[name]

    def clones(self, snapshot: str) -> list[str]:
        return [name for name, each in self.filesystems.items() if each.origin == snapshot]

    def create(self, name: str) -> None:
        self.refuse_if_full()
        with self.transaction(f"create {name}"):
            self.filesystems[name] = Filesystem(next(self._guids))

    def clone(self, snapshot: str, name: str) -> None:
        self.refuse_if_full()
        assert name not in self.filesystems
        with self.transaction(f"clone {name}"):
            self.filesystems[name] = Filesystem(next(self._guids), snapshot, self.tree(snapshot))

    def snapshot(self, snapshot: str) -> None:
        self.refuse_if_full()
        filesystem, _, name = snapshot.partition("@")
        assert name not in self.filesystems[filesystem].snapshots
        with self.transaction(f"snapshot {name}"):
            self.filesystems[filesystem].snapshots[name] = self.head(filesystem)
            self.filesystems[filesystem].guids[name] = next(self._guids)

    def write(self, name: str, tree: Tree) -> None:
        """Make the live content of a filesystem that is not mounted another one, in two halves."""
        assert name not in self.mounts
        self.refuse_if_full(max(0, size(tree, self.head(name)) - size(self.head(name))))
        for part in (dict(list(tree.items())[: len(tree) // 2]), tree):
            with self.transaction(f"write {name}"):
                self.filesystems[name].head = part

    def set(self, name: str, key: str, value: object) -> None:
        with self.transaction(f"set {key}"):
            self.filesystems[name].properties[key] = value

    def hold(self, snapshot: str) -> None:
        with self.transaction(f"hold {snapshot}"):
            self.holds.add(snapshot)

    def rename(self, name: str, new: str) -> None:
        assert name not in self.mounts
        assert new not in self.filesystems
        with self.transaction(f"rename {name}"):
            for moved in [each for each in self.filesystems if _is_in(each, name)]:
                self.filesystems[_renamed(moved, name, new)] = self.filesystems.pop(moved)
            self.holds = {_renamed(each, name, new) for each in self.holds}
            self.elsewhere = {_renamed(each, name, new) for each in self.elsewhere}
            for each in self.filesystems.values():
                each.origin = each.origin and _renamed(each.origin, name, new)

    def destroy_snapshot(self, snapshot: str) -> None:
        self._assert_unused(snapshot)
        filesystem, _, name = snapshot.partition("@")
        with self.transaction(f"destroy {name}"):
            del self.filesystems[filesystem].snapshots[name]
            del self.filesystems[filesystem].guids[name]

    def destroy(self, name: str, snapshots: Collection[str] = ()) -> None:
        """Destroy a filesystem with these snapshots, which must be all, in one transaction."""
        _assert_may_go(name)
        assert set(self.filesystems[name].snapshots) == set(snapshots)
        for each in snapshots:
            self._assert_unused(f"{name}@{each}")
        assert not [each for each in self.filesystems if each.startswith(f"{name}/")]
        assert name not in self.mounts
        assert name not in self.elsewhere
        with self.transaction(f"destroy {name}"):
            del self.filesystems[name]

    def _assert_unused(self, snapshot: str) -> None:
        _assert_may_go(snapshot)
        assert not self.clones(snapshot)
        assert snapshot not in self.holds

    def mount(self, name: str, place: Path) -> None:
        if name not in self.mounts:
            with self.transaction(f"mount {name}"):
                write_tree(self.filesystems[name].head, place)
                self.mounts[name] = place

    def unmount(self, name: str) -> None:
        if name in self.busy:
            raise WorkspaceInUseError(f"A process has files of {name} open: stop it first.")
        if name in self.mounts:
            with self.transaction(f"unmount {name}"):
                self.head(name)
                trees.remove(self.mounts.pop(name))


def _assert_may_go(name: str) -> None:
    """Whatever is tested, nothing is destroyed but what users have."""
    assert name.startswith(("ws/", "trash/"))


def _is_in(name: str, filesystem: str) -> bool:
    """Tell whether a name is the filesystem, a snapshot of it, or below it."""
    return name == filesystem or name.startswith((f"{filesystem}@", f"{filesystem}/"))


def _renamed(name: str, old: str, new: str) -> str:
    return new + name.removeprefix(old) if _is_in(name, old) else name
