"""A tree made of files that are there and files from the shelf."""

import os
from pathlib import Path
from typing import Final

from recompute.model import Tree
from recompute.ports import Shelf
from recompute.put.drafts import Hook

_EARLIER: Final = 3_000_000_000
"""Nanoseconds by which a made file is older than the put: so any later write gives it another time,
even on a filesystem that keeps whole seconds, and the observer need not read it."""


def build(
    new: Path, tree: Tree, shelf: Shelf, old: Path, known: Tree | None, since: int, at: Hook
) -> None:
    """Make a tree at a new path.

    Parameters
    ----------
    new : Path
        Where.
    tree : Tree
        What.
    shelf : Shelf
        Has its files.
    old : Path
        Where another tree stands, on the same filesystem.
    known : Tree or None
        That tree, none if there is none.
    since : int
        Time in nanoseconds at which the put began.
    at : callable
        Told before each step.
    """
    if not tree.is_file:
        _directories(new, tree, old)
    for name, target in tree.links.items():
        _below(new, name).symlink_to(target)
    for name, file in tree.files.items():
        at(f"make {name}")
        made = _below(new, name)
        before = known.files.get(name) if known else None
        same = before is not None and (before.blob, before.mode) == (file.blob, file.mode)
        if same and _linked(_below(old, name), made):
            continue
        shelf.fetch(file.blob, made)
        made.chmod(file.mode)
        os.utime(made, ns=(since, since - _EARLIER))


def _below(top: Path, name: str) -> Path:
    """Return the path of a file of a tree."""
    return top / name if name else top


def _directories(new: Path, tree: Tree, old: Path) -> None:
    """Make all directories, with the modes of those that stand at the old place."""
    for name in ("", *sorted(tree.directories)):
        made = _below(new, name)
        made.mkdir()
        model = _below(old, name)
        if model.is_dir() and not model.is_symlink():
            # What is made in it needs it writable, whatever the old one is.
            made.chmod(0o700 | model.stat().st_mode & 0o7777)


def _linked(old: Path, made: Path) -> bool:
    """Whether a file could be given a second name; if not, it is fetched."""
    try:
        os.link(old, made, follow_symlinks=False)
    except OSError:
        # Filesystems without links, and files of somebody else (protected_hardlinks, proc(5)).
        return False
    return True
