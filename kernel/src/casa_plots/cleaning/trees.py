"""Directories, copied and put in each other's place."""

import shutil
from pathlib import Path

from recompute.clone import clone


def clone_tree(source: Path, target: Path) -> None:
    """Copy a directory; files share their blocks where the filesystem can do that.

    Raises
    ------
    OSError
        The target exists, or there is no room; then nothing of it is left.
    """
    target.mkdir()
    try:
        for each in source.iterdir():
            if each.is_dir():
                clone_tree(each, target / each.name)
            else:
                clone(each, target / each.name)
    except BaseException:
        shutil.rmtree(target)
        raise


def remove_tree(path: Path) -> None:
    """Remove a directory, if there is one."""
    if path.exists():
        shutil.rmtree(path)
