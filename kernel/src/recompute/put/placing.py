"""What stands at a path, replaced by another tree."""

import os
import time
from pathlib import Path
from typing import Final

from recompute import ports
from recompute.content.places import place_of
from recompute.content.walking import walk
from recompute.errors import InUseError, PlaceError
from recompute.model import Tree
from recompute.put.building import build
from recompute.put.drafts import Hook, draft_for, nothing
from recompute.put.swapping import Swap

_DESCRIPTORS: Final = Path("/proc/self/fd")


def put(
    path: Path,
    tree: Tree | None,
    shelf: ports.Shelf,
    observer: ports.Observer,
    *,
    known: Tree | None,
    at: Hook = nothing,
) -> None:
    """Make a path hold exactly a tree, or nothing; idempotent.

    The new tree is made beside the old one and changes places with it in one step, so that whoever
    looks sees either, and a kill at any point leaves either (and a draft for `sweep`). Only on a
    filesystem that cannot exchange names there is an instant without any, and `sweep` puts back
    what stood there. Nothing is synchronised to disk.

    A file that both trees have is not copied: the new tree gets it by a hard link, and the old name
    is removed right after the exchange. In between both names belong to this path alone; no file of
    the store is ever linked.

    Parameters
    ----------
    path : Path
        Where; a symbolic link at the very path is followed, as the observer does.
    tree : Tree or None
        What is to be there.
    shelf : Shelf
        Has its files.
    observer : Observer
        Is told of it.
    known : Tree or None
        What the caller knows to stand there and may be replaced.
    at : callable, optional
        For tests: told before each step.

    Raises
    ------
    InUseError
        This process has something open there.
    PlaceError
        Something else than ``known`` stands there, or the files cannot be written: nothing changed.
        Or only what was there before cannot be removed from beside it, as the message says then.
    """
    top = place_of(path)
    refuse_if_open(top)
    since = time.time_ns()
    standing = walk(top)
    _refuse_if_other(path, observer.tree(path), known)
    if _same(tree, known):
        return
    try:
        with draft_for(top, at) as draft:
            if tree is not None:
                build(draft / "new", tree, shelf, top, known, since, at)
            swap = Swap(path, top, draft, standing, at)
            swap.refuse_if_changed()
            if tree is None:
                swap.clear()
            elif known is None:
                swap.bring()
            else:
                swap.exchange()
    except OSError as error:
        where = error.filename or path
        raise PlaceError(
            f"{path} cannot be put in place: {error.strerror} ({where}). "
            "Make room, or make its directory writable."
        ) from error
    if tree is not None:
        at("note it")
        observer.put_down(path, tree, since)


def refuse_if_open(top: Path) -> None:
    """Make sure that this process uses nothing at a place.

    Raises
    ------
    InUseError
        It has a file open, or stands in a directory.
    """
    inside = os.fspath(top.resolve())
    for link in [*_DESCRIPTORS.iterdir(), Path("/proc/self/cwd")]:
        try:
            target = os.fspath(link.readlink())
        except FileNotFoundError:
            # The descriptor by which the directory itself was read.
            continue
        if target == inside or target.startswith(f"{inside}/"):
            raise InUseError(
                f"{top} cannot be replaced while {target} is open in this process: close the tool "
                "or table that uses it, for instance by tb.close(), or leave the directory."
            )


def _same(one: Tree | None, other: Tree | None) -> bool:
    """Whether two trees have the same bytes, modes, directories and links."""
    if one is None or other is None:
        return one is other
    return _bytes(one) == _bytes(other)


def _bytes(tree: Tree) -> tuple[object, ...]:
    """Return what of a tree can be put in place."""
    files = {name: (file.blob, file.mode) for name, file in tree.files.items()}
    return files, sorted(tree.directories), dict(tree.links)


def _refuse_if_other(path: Path, standing: Tree | None, known: Tree | None) -> None:
    """Make sure that nothing is replaced that the caller has not seen."""
    if not _same(standing, known):
        raise PlaceError(
            f"{path} changed after it was looked at and is not replaced: run the step again."
        )
