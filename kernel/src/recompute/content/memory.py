"""What is remembered of a tree between looks: one small JSON file per tree, shared by processes.

It is never an authority: each entry is checked against the file's own stamp, so that a lost, old or
damaged memory costs time only.
"""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.content.stamps import Stamp
from recompute.model import Digest

_FORMAT: Final = 1

_STAMP_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a group of files means.

    Attributes
    ----------
    digest : Digest
        Empty if their bytes count: nothing in them is noise, or they could not be read.
    abroad : tuple of str
        Virtual models outside the tree that they name; what is there counts, too.
    """

    digest: Digest
    abroad: tuple[str, ...] = ()


@dataclass(slots=True)
class Memory:
    """What was seen at a path.

    Attributes
    ----------
    blobs : dict
        File's name to its stamp and the digest of its bytes.
    meanings : dict
        Digest of bytes and of the rule that was applied to them, to what they mean.
    """

    blobs: dict[str, tuple[Stamp, Digest]] = field(default_factory=dict)
    meanings: dict[str, Meaning] = field(default_factory=dict)


def recall(cache: Path, path: Path) -> Memory:
    """Return what is remembered of a path; nothing if the file is damaged or of another format."""
    try:
        written = json.loads(_file(cache, path).read_bytes())
        if written["format"] != _FORMAT or written["path"] != os.fspath(path):
            return Memory()
        blobs = {name: _entry(values) for name, values in written["blobs"].items()}
        meanings = {key: _meaning(*values) for key, values in written["meanings"].items()}
        return Memory(blobs, meanings)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Memory()


def remember(cache: Path, path: Path, memory: Memory) -> None:
    """Keep what was seen at a path; a full or read-only disk only means that it is forgotten."""
    blobs = {name: [*stamp, blob] for name, (stamp, blob) in memory.blobs.items()}
    written = {
        "format": _FORMAT,
        "path": os.fspath(path),
        "blobs": blobs,
        "meanings": {key: [each.digest, *each.abroad] for key, each in memory.meanings.items()},
    }
    target = _file(cache, path)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps(written), encoding="ascii")
        draft.replace(target)
    except OSError:
        _remove(draft)


def forget(cache: Path, path: Path) -> None:
    """Remove what is remembered of a path, if anything is."""
    _remove(_file(cache, path))


def _remove(file: Path) -> None:
    """Remove a file if that can be done; it does no harm, as it is checked before use."""
    with suppress(OSError):
        file.unlink()


def _file(cache: Path, path: Path) -> Path:
    """Return where a path's memory is."""
    return cache / f"{blake3(os.fsencode(path)).hexdigest()[:32]}.json"


def _meaning(digest: str, *abroad: str) -> Meaning:
    """Read one meaning."""
    return Meaning(Digest(str(digest)), tuple(map(str, abroad)))


def _entry(values: list[object]) -> tuple[Stamp, Digest]:
    """Read one file's entry.

    Raises
    ------
    ValueError
        It is not one.
    """
    *numbers, blob = values
    integers = [number for number in numbers if type(number) is int]
    if (
        len(integers) != _STAMP_PARTS
        or len(values) != _STAMP_PARTS + 1
        or not isinstance(blob, str)
    ):
        raise ValueError(values)
    return Stamp(*integers), Digest(blob)
