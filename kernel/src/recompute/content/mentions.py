"""Where a tree's own files name a path."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from recompute.content.reading import bytes_of
from recompute.model import Tree

_SMALL: Final = 1 << 20
"""Bytes; what casacore writes of keywords and records is smaller, only data are larger."""

_SAMPLE: Final = 8192

_AT_ONCE: Final = 1 << 22


def mentions(path: Path, tree: Tree, names: Sequence[bytes]) -> set[bytes]:
    """Return which names occur in the files of a tree that can hold names.

    Those are the small ones, at most 1 MiB, and text files of any size. Histories and locks, of
    which nothing counts, are left out: nobody opens a path that he finds there.

    Parameters
    ----------
    path : Path
        Where the tree stands.
    tree : Tree
        What is there.
    names : sequence of bytes
        What to look for, such as an absolute path.

    Raises
    ------
    PlaceError
        A file cannot be read, or is gone.
    """
    wanted = {name for name in names if name}
    found: set[bytes] = set()
    for below, file in tree.files.items():
        left = wanted - found
        if not left:
            break
        if file.content is None and "/FT_MODEL" not in f"/{below}":
            continue
        place = path / below if below else path
        if file.size <= _SMALL:
            content = bytes_of(place)
            found |= {name for name in left if name in content}
        else:
            found |= _in_text(place, left)
    return found


def _in_text(path: Path, wanted: set[bytes]) -> set[bytes]:
    """Return which names occur in a large file, if it is text."""
    found: set[bytes] = set()
    overlap = max(len(name) for name in wanted) - 1
    with path.open("rb") as file:
        if b"\0" in file.read(_SAMPLE):
            return found
        file.seek(0)
        tail = b""
        while content := file.read(_AT_ONCE):
            window = tail + content
            found |= {name for name in wanted if name in window}
            tail = window[-overlap:] if overlap else b""
    return found
