"""Saving pages as files: under CASA's names, whole or not at all."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from casa_plots.errors import FileInTheWayError, InvalidParameterError, MissingDataError
from casa_plots.picture import Format, Looking, Size
from casa_plots.plotms.naming import names
from casa_plots.plotms.request import Saving
from casa_plots.plotms.text import pages_text
from casa_plots.plotms.view import PageView

FORMATS: Final = (*(each.value for each in Format), "txt")


def check_saving(saving: Saving) -> None:
    """Raise what is wrong with a file before anything is drawn.

    Raises
    ------
    InvalidParameterError
        There is no such format.
    MissingDataError
        The directory is not there.
    FileInTheWayError
        The file is there and may not be replaced.
    """
    if saving.form not in FORMATS:
        raise InvalidParameterError(
            f"plotfile={str(saving.path)!r} has no format that is known: end its name in "
            f".{', .'.join(FORMATS)}, or give expformat."
        )
    parent = saving.path.parent
    if not parent.is_dir():
        raise MissingDataError(
            f"plotfile={str(saving.path)!r}: there is no directory {parent}. Make it first."
        )
    if saving.path.is_dir():
        raise FileInTheWayError(
            f"plotfile={str(saving.path)!r} is a directory: give the name of a file in it."
        )


def save(pages: Sequence[PageView], saving: Saving) -> tuple[str, ...]:
    """Save pages, each as a picture, or all as one text, and return the files.

    Raises
    ------
    FileInTheWayError
        One of the files is there and may not be replaced: then none is written.
    PlotError
        A page cannot be drawn.
    """
    cells = [page.cells for page in pages]
    files = [saving.path] if saving.form == "txt" else names(saving.path, cells)
    for each in files:
        if each.exists() and not saving.overwrite:
            raise FileInTheWayError(
                f"{each} is there already: pass overwrite=True to replace it, or another plotfile."
            )
    if saving.form == "txt":
        write(saving.path, pages_text(cells, verbose=saving.verbose))
    else:
        for each, page in zip(files, pages, strict=True):
            write(each, [_picture(page, saving)])
    return tuple(str(each) for each in files)


def write(path: Path, content: Iterable[bytes]) -> None:
    """Write a file whole: under another name beside it, and renamed."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            for piece in content:
                file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _umask() -> int:
    """Return which rights new files lack; there is no way to ask but to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _picture(page: PageView, saving: Saving) -> bytes:
    usual = Size()
    width = saving.width / saving.dpi if saving.width else usual.width
    height = saving.height / saving.dpi if saving.height else usual.height
    return page.draw(Looking(Size(width, height, saving.dpi)), Format(saving.form)).content
