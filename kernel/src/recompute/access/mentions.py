"""Paths that are mentioned in text among other words."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recompute.access.paths import exists, located
from recompute.errors import PlaceError

_MOST: Final = 1 << 20
"""Bytes of a text that is searched; nobody writes a longer list of calibration tables."""

_QUOTED: Final = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"")
# LEL takes a minus or a plus for an operator, other files do not: both readings are tried.
_WORDS: Final = (re.compile(r"[\w./~+:-]+"), re.compile(r"[\w./~]+"))
_IMAGE_NAME: Final = re.compile(r"^\s*imagename\s*=\s*(['\"]?)([^'\"\n#]+)\1\s*$", re.MULTILINE)


def mentioned(text: str, cwd: Path) -> list[str]:
    """Return what of a text is a path at which something is, in its order, each once."""
    found = [each for each in _candidates(text) if exists(each, cwd)]
    return list(dict.fromkeys(found))


def image_names(text: str) -> list[str]:
    """Return the ``imagename`` of each outlier field of ``tclean``'s outlier file."""
    return [found[2].strip() for found in _IMAGE_NAME.finditer(text)]


def text_of(path: str, cwd: Path) -> str:
    """Return the content of a text file, empty if nothing is there.

    Raises
    ------
    PlaceError
        It cannot be read, or is too long to be searched for paths.
    """
    place = located(path, cwd)
    if not place.is_file():
        return ""
    try:
        if place.stat().st_size > _MOST:
            raise PlaceError(f"{place} is longer than the {_MOST} bytes that are searched.")
        return os.fsdecode(place.read_bytes())
    except OSError as error:
        raise PlaceError(f"{place} cannot be read ({error.strerror}).") from error


def _candidates(text: str) -> Iterator[str]:
    for found in _QUOTED.finditer(text):
        yield found[1] or found[2]
    for pattern in _WORDS:
        for found in pattern.finditer(text):
            yield found[0]
            # A mask of an image: ``cube.im:mask0``.
            yield found[0].partition(":")[0]
