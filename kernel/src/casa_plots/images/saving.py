"""Pictures of images as files: how big they are, and what is in them."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from casa_plots.images.asked import AskedOut
from casa_plots.picture import Format, Looking, Size, View
from casa_plots.saving import save_views

# A page with margins, in inches.
_PAGE: Final = (10.0, 7.0)
_PRINT_DPI: Final = 150.0


def save(views: Sequence[View], out: AskedOut, *, overwrite: bool = False) -> tuple[str, ...]:
    """Write a file for each view.

    Returns
    -------
    tuple of str
        Their names: one view has the name asked for, several have numbers behind it.

    Raises
    ------
    InvalidParameterError
        No such format or directory; nothing was drawn.
    FileInTheWayError
        A file exists; nothing was drawn.
    PlotError
        A file cannot be written; none was.
    """
    path = Path(out.file).expanduser().absolute()
    looking = Looking(size=size_of(out))
    saved = save_views(views, path, form=out.format, looking=looking, overwrite=overwrite)
    return tuple(str(each) for each in saved)


def size_of(out: AskedOut) -> Size:
    """Return how big a file's picture is: without a wish, a landscape page."""
    width, height = _PAGE[::-1] if out.orient == "portrait" else _PAGE
    return Size(width * out.scale, height * out.scale, float(out.dpi or _PRINT_DPI))


def content_of(figure: Any, form: Format) -> bytes:  # noqa: ANN401 - matplotlib's
    """Return a figure as a file, with nothing in it that differs each time."""
    metadata: dict[str, Any] = {}
    if form is Format.PNG:
        metadata = {"Software": None}
    elif form is Format.SVG:
        metadata = {"Date": None}
    elif form is Format.PDF:
        metadata = {"CreationDate": None}
    written = io.BytesIO()
    figure.savefig(written, format=form.value, metadata=metadata or None)
    return written.getvalue()
