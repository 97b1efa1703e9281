"""Where what lies in a store, and which stores may be read.

=============  ==================================================================================
``version``    the number of this layout
``blobs/``     the bytes of files, by digest: ``ab/cdef…``, read-only
``trees/``     what stands at one path, as JSON, by the digest of that JSON
``records/``   computed steps, as JSON, by key; the modification time is that of the last use
``anchors/``   names of trees that cannot be computed again
``pins/``      keys of records that stay
``locks/``     one file for each key that is being computed, and ``gc.lock``
``tmp/``       what living processes are writing, and their claims; left behind by killed ones
``damaged/``   blobs and documents that were not what their names say
=============  ==================================================================================
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from stat import S_IWOTH
from typing import Final

from platformdirs import user_data_path

from recompute.errors import StoreError

VERSION: Final = 1

PLACE_VARIABLE: Final = "RECOMPUTE_STORE"

_EFFECTIVE: Final = os.access in os.supports_effective_ids

_BEGINNINGS: Final = ".version-"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def default_place() -> Path:
    """Return a user's store: ``$RECOMPUTE_STORE``, else ``recompute`` in their data directory.

    It is data and no cache: the store holds what users' files were before the first step changed
    them, which nothing can compute again. A program that empties caches must not find it.
    """
    named = os.environ.get(PLACE_VARIABLE)
    return Path(named).expanduser().absolute() if named else user_data_path("recompute")


@dataclass(frozen=True)
class Layout:
    """The paths of a store.

    Parameters
    ----------
    place
        Its directory.
    """

    place: Path

    @cached_property
    def blobs(self) -> Path:
        """Where blobs lie."""
        return self.place / "blobs"

    @cached_property
    def trees(self) -> Path:
        """Where trees lie."""
        return self.place / "trees"

    @cached_property
    def records(self) -> Path:
        """Where records lie."""
        return self.place / "records"

    @cached_property
    def anchors(self) -> Path:
        """Where anchors lie."""
        return self.place / "anchors"

    @cached_property
    def pins(self) -> Path:
        """Where pins lie."""
        return self.place / "pins"

    @cached_property
    def locks(self) -> Path:
        """Where locks lie."""
        return self.place / "locks"

    @cached_property
    def temporaries(self) -> Path:
        """Where processes write; on the same filesystem, so that a rename publishes."""
        return self.place / "tmp"

    @cached_property
    def damaged(self) -> Path:
        """Where damaged files are set aside."""
        return self.place / "damaged"

    @cached_property
    def collecting(self) -> Path:
        """The lock between those who refer to something and those who remove things."""
        return self.locks / "gc.lock"

    @cached_property
    def _all(self) -> tuple[Path, ...]:
        return (
            self.blobs,
            self.trees,
            self.records,
            self.anchors,
            self.pins,
            self.locks,
            self.temporaries,
            self.damaged,
        )

    def lay_out(self) -> None:
        """Make the store if it is not there, or see that it is one; idempotent.

        Raises
        ------
        StoreError
            It cannot be written, is of another version, or is no store.
        """
        with _remedied(self.place):
            self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.version() is None:
                self._begin()
            self.refuse_if_of_another_version()
            for each in self._all:
                each.mkdir(exist_ok=True)
                if not os.access(each, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
                    raise PermissionError(each)

    def version(self) -> str | None:
        """Return the version that stands there, None if none does."""
        try:
            return (self.place / "version").read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None

    def refuse_if_of_another_version(self) -> None:
        """Refuse a store whose files this recompute does not understand."""
        found = self.version()
        if found != str(VERSION):
            raise StoreError(
                f"The store {self.place} is of version {found}, this recompute reads version "
                f"{VERSION}. Update recompute, or let {PLACE_VARIABLE} name another directory."
            )

    def _begin(self) -> None:
        strangers = [
            each.name for each in self.place.iterdir() if not each.name.startswith(_BEGINNINGS)
        ]
        if strangers and self.version() is None:
            raise StoreError(
                f"{self.place} is no store and holds {min(strangers)!r}. Let "
                f"{PLACE_VARIABLE} name an empty directory."
            )
        # Several processes may do this at once; each renames the same content.
        draft = self.place / f"{_BEGINNINGS}{os.getpid()}"
        draft.write_text(f"{VERSION}\n", encoding="ascii")
        draft.rename(self.place / "version")

    def why_not_a_layer(self) -> str:
        """Return why nothing should be read here although one could; empty if all is well."""
        if self.version() != str(VERSION):
            return f"it is of version {self.version()}, this recompute reads {VERSION}"
        for each in (self.place, self.records, self.trees, self.blobs):
            with suppress(FileNotFoundError):
                if each.stat().st_mode & S_IWOTH:
                    return f"everybody may write {each}, and so put false results there"
        return ""


@contextmanager
def _remedied(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The store {place} cannot be used: {error.strerror or 'it cannot be written'}. Make "
            f"it writable, or let {PLACE_VARIABLE} name another directory."
        ) from error


def is_digest(text: str) -> bool:
    """Whether something is a digest or key, and so fit for a file's name."""
    return _DIGEST.fullmatch(text) is not None


def sharded(folder: Path, digest: str) -> Path:
    """Return the path of an item; directories stay small.

    Raises
    ------
    StoreError
        The digest is not 64 hexadecimal digits.
    """
    _refuse_unless_digest(digest)
    return folder / f"{digest[:2]}/{digest[2:]}"


def flat(folder: Path, digest: str) -> Path:
    """Return the path of something of which there are few; raises as `sharded` does."""
    _refuse_unless_digest(digest)
    return folder / digest


def _refuse_unless_digest(digest: str) -> None:
    if not is_digest(digest):
        raise StoreError(f"{digest!r} is no digest or key; they have 64 hexadecimal digits")


def items(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield digest and entry of all items in a folder, sorted; what has other names is skipped."""
    for shard in _sorted_entries(folder):
        if shard.is_dir(follow_symlinks=False):
            for entry in _sorted_entries(Path(shard.path)):
                digest = shard.name + entry.name
                with suppress(FileNotFoundError):  # set aside meanwhile
                    if is_digest(digest) and entry.stat():  # which the entry remembers
                        yield digest, entry


def _sorted_entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda each: each.name)
    except FileNotFoundError:  # nothing was put there yet
        return []


def set_aside(layout: Layout, path: Path) -> None:
    """Move a damaged item out of the way; idempotent."""
    shard = path.parent
    target = layout.damaged / f"{shard.parent.name}-{shard.name}{path.name}"
    with suppress(FileNotFoundError):  # somebody else found it as well
        path.rename(target)
