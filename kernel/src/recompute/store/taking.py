"""Files into the store: copied, looked at, brought to the disk, and only then named."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from recompute.clone import clone
from recompute.errors import PlaceError
from recompute.model import Digest
from recompute.store import disk


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to become a blob.

    Attributes
    ----------
    path : Path
        Where it is.
    size : int
        What it shall have, bytes.
    blob : Digest
        What these shall be.
    """

    path: Path
    size: int
    blob: Digest


@contextmanager
def drafted(
    new: Callable[[], Path],
    sources: Mapping[Path, Source],
    pages: Mapping[Path, bytes],
    after_each: Callable[[], object] = lambda: None,
    *,
    to_disk: bool = True,
) -> Iterator[dict[Path, Path]]:
    """Write what is to get a name, and remove in the end what got none.

    The copy is what is hashed: a file may have been written between the look at it and the copy,
    or while it was copied.

    Parameters
    ----------
    new
        Gives a path for a draft.
    sources
        Files to copy, by the name that they are to get.
    pages
        Contents to write, by the name that they are to get.
    after_each
        Called after each file.
    to_disk
        Whether to wait until the disk has it.

    Yields
    ------
    dict
        Drafts by the name that they are to get.

    Raises
    ------
    PlaceError
        A file has not the bytes that its digest says.
    """
    drafts: dict[Path, Path] = {}
    try:
        with disk.syncing() if to_disk else nullcontext(_leave) as begin_sync:
            for path, source in sources.items():
                drafts[path] = new()
                _copy(source, drafts[path])
                begin_sync(drafts[path])
                if disk.digest_of_file(drafts[path]) != source.blob:
                    raise _changed(source.path)
                after_each()
            for path, page in pages.items():
                drafts[path] = new()
                disk.write(drafts[path], page)
                begin_sync(drafts[path])
        yield drafts
    finally:
        for each in drafts.values():
            each.unlink(missing_ok=True)


def _leave(path: Path) -> None:
    """Leave it to the system when a file goes to the disk."""


def name(draft: Path, path: Path) -> None:
    """Give a draft its name; the same content may have it already."""
    try:
        draft.rename(path)
    except FileNotFoundError:
        with suppress(FileExistsError):
            path.parent.mkdir()
        draft.rename(path)


def _copy(source: Source, draft: Path) -> None:
    try:
        if source.path.lstat().st_size != source.size:
            raise _changed(source.path)
        clone(source.path, draft, disk.READ_ONLY)
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise PlaceError(
            f"{source.path} cannot be kept: {error.strerror}. It was there a moment ago; run the "
            "step again when nothing else changes it."
        ) from error


def _changed(path: Path) -> PlaceError:
    return PlaceError(
        f"{path} changed while it was kept: wait until nothing writes it, then run the step again."
    )
