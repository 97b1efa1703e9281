"""What there is below a path, without reading any file."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG, filemode
from typing import Final

from recompute.content.reading import ChangedError
from recompute.content.stamps import remedy
from recompute.errors import PlaceError

_KINDS: Final = {"p": "a named pipe", "s": "a socket", "b": "a device", "c": "a device"}


@dataclass(slots=True)
class Found:
    """What there is at a path; names are below it, with ``/``, and a plain file's is empty."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def walk(top: Path) -> Found | None:
    """Look at all there is at a path; None if nothing is.

    Symbolic links below the path are noted and not followed.

    Raises
    ------
    PlaceError
        A directory cannot be read, or something is neither a file, a directory nor a link.
    """
    try:
        status = os.lstat(top)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PlaceError(f"{top} cannot be read: {error.strerror}. {remedy(error)}") from error
    found = Found()
    if S_ISDIR(status.st_mode):
        _walk_directory(os.fspath(top), "", found)
        found.directories.sort()
    else:
        _note(os.fspath(top), "", status, found)
    return found


def _walk_directory(directory: str, prefix: str, found: Found) -> None:
    """Note what a directory holds."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                _note(entry.path, prefix + entry.name, entry.stat(follow_symlinks=False), found)
    except FileNotFoundError as error:
        raise ChangedError(directory) from error
    except OSError as error:
        raise PlaceError(
            f"{directory} cannot be read: {error.strerror}. {remedy(error)}"
        ) from error


def _note(path: str, name: str, status: os.stat_result, found: Found) -> None:
    """Note one thing, and what is below it."""
    if S_ISREG(status.st_mode):
        found.files[name] = status
    elif S_ISDIR(status.st_mode):
        found.directories.append(name)
        _walk_directory(path, name + "/", found)
    elif S_ISLNK(status.st_mode):
        found.links[name] = os.fspath(Path(path).readlink())
    else:
        kind = _KINDS.get(filemode(status.st_mode)[0], "no file")
        raise PlaceError(f"{path} is {kind}, which cannot be kept: move it elsewhere.")
