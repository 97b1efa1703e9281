"""Make one tree equal to another by writing only what differs.

On ZFS a block that is not written stays shared with the release or checkpoint that it came from, so
an equal tree made this way takes the space of the difference. A file is therefore compared block by
block and written in place. That is safe only where somebody else keeps the old content until the
end: `zfs_restore` does, by a snapshot, and an unfinished import is visible to nobody.
"""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from zfs_provisioner.storage import trees

_BLOCK: Final = 128 * 1024  # ZFS's default record size

Done = Callable[[int], None]


def make_equal(source: Path, target: Path, done: Done, *, trust_times: bool) -> None:
    """Make the tree below `target` equal to `source`: content, modes, owners, modification times.

    Parameters
    ----------
    done
        Is told the bytes of each file of the source, written or not.
    trust_times
        Take a file of equal size and modification time for equal, as `trees.differs` does.

    Notes
    -----
    May be repeated after it was killed. Sockets, pipes and devices hold no data and are left out.
    """
    wanted = {entry.relative: entry for entry in trees.walk(source) if _holds_data(entry)}
    _remove_unwanted(target, wanted)
    directories = []
    for relative, entry in wanted.items():
        place = target / relative
        if entry.is_directory:
            place.mkdir(exist_ok=True)
            directories.append((place, entry.status))
        elif entry.is_symlink:
            place.unlink(missing_ok=True)
            place.symlink_to(entry.path.readlink())
            _keep_status(place, entry.status)
        else:
            if not (trust_times and _same_status(place, entry.status)):
                _make_file_equal(entry.path, place)
            _keep_status(place, entry.status)
            done(entry.status.st_size)
    for place, status in [*reversed(directories), (target, source.lstat())]:
        _keep_status(place, status)


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


def _keep_status(place: Path, status: os.stat_result) -> None:
    """Give a file or directory the times, owner and mode of another, writable for its owner."""
    found = place.lstat()
    if (found.st_uid, found.st_gid) != (status.st_uid, status.st_gid):
        os.chown(place, status.st_uid, status.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(status.st_mode):
        needed = stat.S_IRWXU if stat.S_ISDIR(status.st_mode) else stat.S_IRUSR | stat.S_IWUSR
        mode = stat.S_IMODE(status.st_mode) | needed
        if stat.S_IMODE(found.st_mode) != mode:
            place.chmod(mode)
    if found.st_mtime_ns != status.st_mtime_ns:
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)
