"""The hidden directory in which a put prepares, and what becomes of it if the put is killed.

It stands beside the path, on its filesystem: ``.<name>.recompute-<random>``, with

========  ======================================================================================
`owner`   locked (flock) as long as its put lives; holds the name of the path
`new`     the tree that is made; after the exchange, the one that was there before
`gone`    what was at a path that is to be empty
`before`  only where names cannot be exchanged: what stood at the path until `new` moves there
========  ======================================================================================

A put counts as done once `new` has taken the path, so all but `before` is of no use to anybody
after a kill. `before` goes back if the path is empty and `new` did not get there.
"""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IRWXU, S_ISDIR
from typing import Final

from recompute.errors import PlaceError
from recompute.put.exchange import move

_NAME: Final = re.compile(r"\..+\.recompute-[0-9a-f]{16}", re.DOTALL)

_MARK: Final = b"recompute put\0"

_LONGEST: Final = 200
"""Bytes of the path's name in the draft's; a name may have 255 in all."""

_NO_LOCKS: Final = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}

_TRIES: Final = 100

Hook = Callable[[str], None]
"""Told before each step what it is; tests end the process there."""


def nothing(step: str) -> None:
    """Do nothing before a step."""


@contextmanager
def draft_for(path: Path, at: Hook) -> Iterator[Path]:
    """Make a directory beside a path, and remove it with all that is in it at the end.

    Raises
    ------
    PlaceError
        None can be made, or not removed at the end.
    """
    draft, owner = _made(path, at)
    try:
        at("own")
        os.write(owner, _MARK + os.fsencode(path.name))
        yield draft
    finally:
        # What could not be put back stays for `sweep`.
        if not os.path.lexists(draft / "before") or not os.path.lexists(draft / "new"):
            _remove(draft, at)
        os.close(owner)


def sweep(directory: Path, at: Hook = nothing) -> list[Path]:
    """Remove what killed puts left in a directory, and finish or undo them; idempotent.

    Only what a put made is touched, and only if no living process owns it.

    Parameters
    ----------
    directory : Path
        The one that the paths are in.
    at : callable, optional
        For tests: told before each step.

    Returns
    -------
    list of Path
        The paths at which a put had been interrupted.

    Raises
    ------
    PlaceError
        A draft of nobody cannot be removed.
    OSError
        The directory cannot be read.
    """
    try:
        with os.scandir(directory) as entries:
            drafts = [
                directory / entry.name
                for entry in entries
                if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []
    return [path for draft in drafts if (path := _swept(draft, at)) is not None]


def _made(path: Path, at: Hook) -> tuple[Path, int]:
    """Make a draft's directory and lock it; a sweep may remove it until it is locked."""
    name = os.fsdecode(os.fsencode(path.name)[:_LONGEST])
    for _ in range(_TRIES):
        draft = path.parent / f".{name}.recompute-{secrets.token_hex(8)}"
        at("make a draft")
        draft.mkdir(mode=0o700)
        at("make its owner")
        with suppress(FileNotFoundError):
            owner = os.open(draft / "owner", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
            if _locked(owner, draft, otherwise=True):
                return draft, owner
            os.close(owner)
    raise PlaceError(f"{path} cannot be replaced: its directory is swept all the time. Try again.")


def _locked(owner: int, draft: Path, *, otherwise: bool) -> bool:
    """Whether an owner's file could be locked and is still there; else, where there are no locks.

    Without locks, as on Lustre mounted without ``flock``, a put works, and nothing is swept.
    """
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(owner), os.lstat(draft / "owner"))
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return otherwise


def _swept(draft: Path, at: Hook) -> Path | None:
    """Remove a draft that nobody owns; return whose it was."""
    try:
        owner = os.open(draft / "owner", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        # Nothing was made in it; if anything is, it is not ours.
        with suppress(OSError):
            draft.rmdir()
        return None
    except OSError:
        return None
    try:
        if not _locked(owner, draft, otherwise=False):
            return None
        written = os.read(owner, 4096)
        if written and not written.startswith(_MARK):
            return None
        path = draft.parent / os.fsdecode(written.removeprefix(_MARK))
        if written and not _restored(draft, path, at):
            return None
        _remove(draft, at)
        return path if written else None
    finally:
        os.close(owner)


def _restored(draft: Path, path: Path, at: Hook) -> bool:
    """Put back what stood at a path; False if something else stands there now."""
    before = draft / "before"
    if not os.path.lexists(before) or not os.path.lexists(draft / "new"):
        return True
    at("put back")
    try:
        move(before, path)
    except FileExistsError:
        # Somebody made it anew: what was there before is kept, for him to look at.
        return False
    return True


def _remove(draft: Path, at: Hook) -> None:
    """Remove a draft, its owner's file last, so that a killed removal is swept.

    Raises
    ------
    PlaceError
        Something in it cannot be removed.
    """
    try:
        for name in ("new", "gone", "before"):
            at(f"remove {name}")
            remove(draft / name)
        at("remove the owner")
        (draft / "owner").unlink(missing_ok=True)
        at("remove the draft")
        with suppress(FileNotFoundError):
            # A sweep may have been quicker once there was no owner.
            draft.rmdir()
    except OSError as error:
        raise PlaceError(
            f"{draft}, which is of no use any more, cannot be removed: {error.strerror} "
            f"({error.filename}). Remove it by hand."
        ) from error


def remove(path: Path) -> None:
    """Remove what is at a path, if anything is; links are not followed.

    Raises
    ------
    OSError
        As the system says it.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not S_ISDIR(status.st_mode):
        path.unlink()
        return
    if status.st_mode & S_IRWXU != S_IRWXU:
        path.chmod(S_IRWXU)
    with os.scandir(path) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                remove(path / entry.name)
            else:
                (path / entry.name).unlink()
    path.rmdir()
