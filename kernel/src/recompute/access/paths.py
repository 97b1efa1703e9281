"""Spellings of paths: one for each place, relative to the working directory if below it."""

import os
from pathlib import Path

from recompute.model import Json


def spelled(text: str, cwd: Path) -> str:
    """Return the one spelling of a path.

    The directory in which it stands is resolved; its own name is kept even if it is a link, because
    CASA writes it into tables.

    Parameters
    ----------
    text : str
        As a user writes it: ``~``, ``..``, double and trailing slashes allowed. Empty stays empty.
    cwd : Path
        To which it is relative.
    """
    if not text:
        return ""
    place = _place(text, cwd)
    home = os.path.realpath(cwd)
    if place == home:
        return "."
    return os.path.relpath(place, home) if place.startswith(home.rstrip("/") + "/") else place


def located(text: str, cwd: Path, adds: str = "") -> Path:
    """Return where a path leads, with what is added to its name; links are followed.

    Parameters
    ----------
    text : str
        As for `spelled`, not empty.
    cwd : Path
        To which it is relative.
    adds : str
        Added to the name: ``.flagversions``.
    """
    return Path(os.path.realpath(_place(text, cwd) + adds))


def beginning(text: str, cwd: Path, adds: str = "") -> Path:
    """Return the common beginning of a family's names; no link of that name is followed."""
    return Path(_place(text, cwd) + adds)


def exists(text: Json, cwd: Path) -> bool:
    """Whether a value is a path at which something is."""
    # A text with a null or a name that is too long is no path, and no error.
    try:
        return isinstance(text, str) and bool(text) and os.path.lexists(_place(text, cwd))
    except (OSError, ValueError):
        return False


def _place(text: str, cwd: Path) -> str:
    path = os.path.join(os.path.realpath(cwd), os.path.expanduser(text)).rstrip("/") or "/"  # noqa: PTH111, PTH118 - pathlib would drop the trailing dots that matter here
    parent, name = os.path.split(path)
    if name in {"", ".", ".."}:
        return os.path.realpath(path)
    return os.path.join(os.path.realpath(parent), name)  # noqa: PTH118
