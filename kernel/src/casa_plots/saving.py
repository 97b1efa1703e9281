"""Pictures as files of the user's: all of them, or none."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from casa_plots.errors import FileInTheWayError, InvalidParameterError, PlotError
from casa_plots.picture import Format, Looking, Pages, View

_SYNONYMS: Final = {"jpeg": Format.JPG, "ps": Format.EPS}


def format_of(path: Path, asked: str = "") -> Format:
    """Return what a file is to be saved as.

    Parameters
    ----------
    path : Path
        Its suffix decides, unless a format is asked for.
    asked : str
        Such as ``png``; empty to go by the suffix.

    Raises
    ------
    InvalidParameterError
        Neither says a format that is known.
    """
    word = (asked or path.suffix.lstrip(".")).lower()
    try:
        return _SYNONYMS.get(word) or Format(word)
    except ValueError:
        known = ", ".join(each.value for each in Format)
        said = f"{word!r} is no format" if word else f"{path} has no suffix"
        raise InvalidParameterError(
            f"{said} that a picture can be saved as: choose one of {known}."
        ) from None


def names(path: Path, count: int) -> list[Path]:
    """Return the files of some pages: the one asked for, or ``name-1.png``, ``name-2.png``.

    Numbers have the same number of digits, so that names sort as the pages do.
    """
    if count == 1:
        return [path]
    width = len(str(count))
    return [
        path.with_name(f"{path.stem}-{each:0{width}}{path.suffix}") for each in range(1, count + 1)
    ]


def check_place(targets: Sequence[Path], *, overwrite: bool = False) -> None:
    """Refuse files that cannot be written: to be called before something long is done.

    Raises
    ------
    FileInTheWayError
        One exists, and is not to be overwritten, or is a directory.
    InvalidParameterError
        The directory is missing.
    """
    for target in targets:
        if not target.parent.is_dir():
            raise InvalidParameterError(
                f"{target}: there is no directory {target.parent}: make it, or name another."
            )
        if target.is_dir():
            raise FileInTheWayError(f"{target} is a directory: choose another name for the file.")
        if not overwrite and os.path.lexists(target):
            raise FileInTheWayError(
                f"{target} exists already: choose another name, or pass overwrite=True."
            )


def save(
    view: View,
    path: str | Path,
    *,
    form: str = "",
    looking: Looking = Looking(),  # noqa: B008 - frozen
    overwrite: bool = False,
) -> Path:
    """Save one view; see `save_views`."""
    return save_views([view], path, form=form, looking=looking, overwrite=overwrite)[0]


def save_pages(
    pages: Pages,
    path: str | Path,
    *,
    form: str = "",
    looking: Looking = Looking(),  # noqa: B008 - frozen
    overwrite: bool = False,
) -> Pages:
    """Save all views; return the same pages with the names of the files. See `save_views`."""
    saved = save_views(pages.views, path, form=form, looking=looking, overwrite=overwrite)
    return replace(pages, saved=(*pages.saved, *(str(each) for each in saved)))


def save_views(
    views: Sequence[View],
    path: str | Path,
    *,
    form: str = "",
    looking: Looking = Looking(),  # noqa: B008 - frozen
    overwrite: bool = False,
) -> list[Path]:
    """Save views as files, each complete when it appears under its name.

    Parameters
    ----------
    views : sequence of View
        One gets the name asked for, several get numbers.
    path : str or Path
        Where to.
    form : str
        Format; empty to go by the suffix.
    looking : Looking
        Size and theme.
    overwrite : bool
        Files of these names may be replaced.

    Returns
    -------
    list of Path
        The files, in the order of the views.

    Raises
    ------
    FileInTheWayError, InvalidParameterError
        See `check_place` and `format_of`; nothing was drawn.
    PlotError
        A view cannot be drawn, or a file cannot be written; no file was.
    """
    path = Path(path).expanduser()
    wanted = format_of(path, form)
    targets = names(path, len(views))
    check_place(targets, overwrite=overwrite)
    with _temporary(targets) as temporary:
        for view, place in zip(views, temporary, strict=True):
            write(place, view.draw(looking, wanted).content)
        for place, target in zip(temporary, targets, strict=True):
            place.replace(target)
    return targets


def write(path: Path, content: bytes) -> None:
    """Write a file.

    Raises
    ------
    PlotError
        The system refuses: no permission, no space.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise PlotError(
            f"{path.parent} takes no file ({error.strerror}): name another directory."
        ) from error


@contextmanager
def _temporary(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Give names beside the targets; what is left under them is removed."""
    mark = uuid4().hex[:8]
    places = [each.with_name(f".{each.name}.{mark}") for each in targets]
    try:
        yield places
    finally:
        for place in places:
            place.unlink(missing_ok=True)
