"""Make one tree equal to another by writing only what differs.

Where blocks are shared, one that is not written stays shared with the release or checkpoint that it
came from, so an equal tree made this way takes the space of the difference. A file is therefore
compared block by block and written in place. That is safe only where somebody else keeps the old
content until the end, or where an unfinished tree is visible to nobody.
"""

import os
import shutil
import stat
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from zfs_provisioner.errors import InvalidPathError
from zfs_provisioner.storage import trees

_BLOCK: Final = 128 * 1024  # ZFS's default record size

Done = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose files they are on disk."""

    uid: int
    gid: int


def make_equal(
    source: Path, target: Path, done: Done, *, trust_times: bool, account: Account | None = None
) -> None:
    """Make the tree below `target` equal to `source`: content, modes, owners, modification times.

    Parameters
    ----------
    done
        Is told the bytes of each file of the source, written or not.
    trust_times
        Take a file of equal size and modification time for equal, as `trees.differs` does.
    account
        Who will own everything; None keeps the owners of the source.

    Notes
    -----
    May be repeated after it was killed. Sockets, pipes and devices hold no data and are left out.
    """
    wanted = {entry.relative: entry for entry in trees.walk(source) if _holds_data(entry)}
    _remove_unwanted(target, wanted)
    copy = _Copy(done, trust_times, account)
    for relative, entry in wanted.items():
        copy.make(entry, target / relative)
    copy.finish()
    copy.keep_status(target, source.lstat())


def make_paths_equal(source: Path, target: Path, paths: Collection[str], done: Done) -> None:
    """Make the files and directories at some relative paths equal to those of `source`.

    Files of equal size and modification time are taken for equal. The paths are those that
    `refuse_paths_outside` lets through.
    """
    for path in paths:
        _make_parents(source, target, Path(path))
        place, wanted = target / path, (source / path).lstat()
        if stat.S_ISDIR(wanted.st_mode):
            _ensure_directory(place)
            make_equal(source / path, place, done, trust_times=True)
            continue
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        _Copy(done, True, None).make(trees.Entry(source / path, path, wanted), place)


def refuse_paths_outside(source: Path, paths: Collection[str]) -> None:
    """Raise InvalidPathError for a relative path that is not a file or directory of the tree.

    What lies behind a link is not in the tree.
    """
    for path in paths:
        parents = [source / parent for parent in Path(path).parents]
        if any(parent.is_symlink() for parent in parents) or not os.path.lexists(source / path):
            raise InvalidPathError(
                f"{path!r} is not in the checkpoint: name a file or directory that was there when "
                "it was made."
            )


def _make_parents(source: Path, target: Path, path: Path) -> None:
    """Make every parent of a path a directory, whatever stands there."""
    for parent in [*reversed(path.parents)][1:]:
        if _ensure_directory(target / parent):
            _Copy(lambda _size: None, True, None).keep_status(
                target / parent, (source / parent).lstat()
            )


def _ensure_directory(place: Path) -> bool:
    """Make a place a real directory, and tell whether it was none."""
    if place.is_dir() and not place.is_symlink():
        return False
    place.unlink(missing_ok=True)
    place.mkdir()
    return True


class _Copy:
    """Makes entries equal one by one, and directories' times at the end."""

    def __init__(self, done: Done, trust_times: bool, account: Account | None) -> None:
        self._done, self._trust_times, self._account = done, trust_times, account
        self._directories: list[tuple[Path, os.stat_result]] = []

    def make(self, entry: trees.Entry, place: Path) -> None:
        """Make a place equal to an entry; what is of another type is gone already."""
        if entry.is_directory:
            place.mkdir(exist_ok=True)
            self._directories.append((place, entry.status))
        elif entry.is_symlink:
            place.unlink(missing_ok=True)
            place.symlink_to(entry.path.readlink())
            self.keep_status(place, entry.status)
        else:
            if place.is_symlink():
                place.unlink()
            if not (self._trust_times and _same_status(place, entry.status)):
                _make_file_equal(entry.path, place)
            self.keep_status(place, entry.status)
            self._done(entry.status.st_size)

    def finish(self) -> None:
        """Give the directories their times, which making their entries changed."""
        for place, status in reversed(self._directories):
            self.keep_status(place, status)

    def keep_status(self, place: Path, status: os.stat_result) -> None:
        """Give a place the times, owner and mode of another, writable for its owner."""
        found = place.lstat()
        owner = self._account or Account(status.st_uid, status.st_gid)
        if (found.st_uid, found.st_gid) != (owner.uid, owner.gid):
            os.chown(place, owner.uid, owner.gid, follow_symlinks=False)
        if not stat.S_ISLNK(status.st_mode):
            needed = stat.S_IRWXU if stat.S_ISDIR(status.st_mode) else stat.S_IRUSR | stat.S_IWUSR
            mode = stat.S_IMODE(status.st_mode) | needed
            if stat.S_IMODE(found.st_mode) != mode:
                place.chmod(mode)
        if found.st_mtime_ns != status.st_mtime_ns:
            times = (status.st_atime_ns, status.st_mtime_ns)
            os.utime(place, ns=times, follow_symlinks=False)


def _holds_data(entry: trees.Entry) -> bool:
    return entry.is_directory or entry.is_symlink or entry.is_file


def _remove_unwanted(target: Path, wanted: dict[str, trees.Entry]) -> None:
    """Remove what the source lacks, or has as something of another type."""
    removed: list[Path] = []
    for entry in list(trees.walk(target)):
        if any(parent in removed for parent in entry.path.parents):
            continue
        keep = wanted.get(entry.relative)
        if keep is None or stat.S_IFMT(keep.status.st_mode) != stat.S_IFMT(entry.status.st_mode):
            removed.append(entry.path)
            if entry.is_directory:
                shutil.rmtree(entry.path)
            else:
                entry.path.unlink()


def _same_status(place: Path, status: os.stat_result) -> bool:
    if not place.exists():
        return False
    found = place.lstat()
    return (found.st_size, found.st_mtime_ns) == (status.st_size, status.st_mtime_ns)


def _make_file_equal(source: Path, place: Path) -> None:
    if place.exists() and place.lstat().st_nlink > 1:
        place.unlink()  # written in place, the content would appear under its other names too
    place.touch()
    with source.open("rb") as origin, place.open("r+b") as copy:
        _write_differing_blocks(origin, copy)
        copy.truncate(origin.tell())


def _write_differing_blocks(origin: BinaryIO, copy: BinaryIO) -> None:
    while block := origin.read(_BLOCK):
        start = copy.tell()
        if copy.read(len(block)) != block:
            copy.seek(start)
            copy.write(block)
