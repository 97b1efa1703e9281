"""Where a path leads to."""

import os
from pathlib import Path


def place_of(path: Path) -> Path:
    """Return a path absolute, and what a symbolic link at it points to; nothing need be there."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - a Path keeps ".."
    return Path(os.path.realpath(absolute)) if absolute.is_symlink() else absolute
