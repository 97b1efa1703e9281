"""Trees of files: compare, measure, fingerprint. No knowledge of what they hold."""

import ctypes
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zfs_provisioner.model import Change, ChangeKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or directory below a tree's root."""

    path: Path
    relative: str
    status: os.stat_result

    @property
    def is_directory(self) -> bool:
        """Tell whether it is a real directory."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        """Tell whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_symlink(self) -> bool:
        """Tell whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)


def walk(root: Path) -> Iterator[Entry]:
    """Yield everything below the root, parents before children, in a fixed order.

    Symbolic links are yielded and never followed.

    Raises
    ------
    OSError
        A directory cannot be read: a partial walk would be taken for the whole tree.
    """
    for path in sorted(root.iterdir()):
        yield from _walk_at(path, path.name)


def _walk_at(path: Path, relative: str) -> Iterator[Entry]:
    entry = Entry(path, relative, path.lstat())
    yield entry
    if entry.is_directory:
        for child in sorted(path.iterdir()):
            yield from _walk_at(child, f"{relative}/{child.name}")


def measure(root: Path) -> tuple[int, int]:
    """Return the number of regular files and the bytes in them."""
    sizes = [entry.status.st_size for entry in walk(root) if entry.is_file]
    return len(sizes), sum(sizes)


def give(root: Path, uid: int, gid: int) -> None:
    """Make an account the owner of the tree, the root included."""
    if (uid, gid) != (os.geteuid(), os.getegid()):
        for entry in walk(root):
            os.chown(entry.path, uid, gid, follow_symlinks=False)
        os.chown(root, uid, gid)


def make_read_only(root: Path) -> None:
    """Take write permission from the tree, the root included."""
    for entry in walk(root):
        if not entry.is_symlink:
            entry.path.chmod(stat.S_IMODE(entry.status.st_mode) & ~0o222)
    root.chmod(stat.S_IMODE(root.stat().st_mode) & ~0o222)


def remove(root: Path) -> None:
    """Remove a tree that we made, read-only directories in it too."""
    root.chmod(0o700)
    for entry in walk(root):
        if entry.is_directory:
            entry.path.chmod(0o700)
    shutil.rmtree(root)


def differs(one: Path, other: Path) -> bool:
    """Tell whether two trees differ in names, types, sizes, link targets or modification times."""
    return _shape(one) != _shape(other)


def changes(before: Path, after: Path) -> list[Change]:
    """Return what differs between two trees in files and links, by path, as `differs` compares."""
    old, new = _shape(before), _shape(after)
    return [
        Change(
            path=path,
            kind=_kind(path in old, path in new),
            before=old[path].size if path in old else 0,
            after=new[path].size if path in new else 0,
        )
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path) and not _is_directory(old.get(path), new.get(path))
    ]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is compared of an entry; `size` and `time` are 0 for what is no file."""

    kind: int
    size: int = 0
    time: int = 0
    target: str = ""


def _shape(root: Path) -> dict[str, _Shape]:
    shape = {}
    for entry in walk(root):
        kind = stat.S_IFMT(entry.status.st_mode)
        if entry.is_directory:
            shape[entry.relative] = _Shape(kind)
        elif entry.is_symlink:
            shape[entry.relative] = _Shape(kind, target=str(entry.path.readlink()))
        elif entry.is_file:
            status = entry.status
            shape[entry.relative] = _Shape(kind, status.st_size, status.st_mtime_ns)
    return shape


def _kind(was: bool, is_there: bool) -> ChangeKind:
    if was and is_there:
        return ChangeKind.CHANGED
    return ChangeKind.REMOVED if was else ChangeKind.ADDED


def _is_directory(*shapes: _Shape | None) -> bool:
    return all(shape is None or stat.S_ISDIR(shape.kind) for shape in shapes)


def digest(root: Path, read: Callable[[int], None] = lambda _size: None) -> str:
    """Return the SHA-256 over the sorted lines `<SHA-256 of content>  <path>`, hexadecimal.

    The lines are those of `sha256sum` in the order of the paths' bytes, so that the digest can be
    checked without us. `read` is told the bytes of each file.
    """
    whole = hashlib.sha256()
    files = [(os.fsencode(entry.relative), entry) for entry in walk(root) if entry.is_file]
    for path, entry in sorted(files, key=lambda each: each[0]):
        whole.update(_file_digest(entry.path).encode() + b"  " + path + b"\n")
        read(entry.status.st_size)
    return whole.hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(building: Path, place: Path) -> None:
    """Give a complete tree its name: after a crash it is there whole, or not at all.

    The content is flushed before the rename and the rename after it, so that a name on disk never
    stands for data that were still in memory.
    """
    flush(building)
    building.rename(place)
    for directory in {building.parent, place.parent}:
        sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Put the names in a directory on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush(path: Path) -> None:
    """Put everything written to the filesystem of `path` on disk: syncfs(2)."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if library.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)
