"""Plots that CASA's own tasks draw: their files become pages, and none is left behind.

Some tasks draw with matplotlib inside CASA and write picture files. They are run as they are, by
whoever knows how (a notebook runs tasks in processes of their own), with a file in a private
directory. Their pictures keep CASA's colours and size: they are on white in the dark, too.
"""

import io
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import Image

from casa_plots.errors import EmptyPlotError, InvalidParameterError, PlotError, UnsupportedError
from casa_plots.picture import Format, Looking, Pages, Picture
from casa_plots.saving import check_place

Run = Callable[[str, Mapping[str, object]], object]
"""Runs a task of CASA's by name with parameters; returns what it returns, raises what it raises."""

ENGINE: Final = "CASA's own task"
_PILLOW: Final = {Format.JPG: "JPEG", Format.PDF: "PDF", Format.EPS: "EPS"}


@dataclass(frozen=True, slots=True)
class FileView:
    """A picture that was drawn already.

    Attributes
    ----------
    title : str
        See `View`.
    content : bytes
        A PNG file.
    alternative : str
        See `Picture`.
    """

    title: str
    content: bytes
    alternative: str

    @property
    def zoomable(self) -> bool:
        """See `View`."""
        return False

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Return it as it is: size and theme are not obeyed.

        Raises
        ------
        UnsupportedError
            It cannot be had in this format.
        """
        del looking
        with Image.open(io.BytesIO(self.content)) as image:
            size = image.size
            content = self.content if form is Format.PNG else _converted(image, form)
        return Picture(content, size, (), self.alternative)


def _converted(image: Image.Image, form: Format) -> bytes:
    if form not in _PILLOW:
        raise UnsupportedError(
            f"A picture of a CASA task is made of pixels and cannot be saved as {form.value}: "
            "save it as png, jpg, pdf or eps."
        )
    written = io.BytesIO()
    image.convert("RGB").save(written, format=_PILLOW[form])
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a task left.

    Attributes
    ----------
    result : object
        What it returned.
    pictures : tuple of tuple of str and bytes
        Name and content of each PNG file, in the order in which they were made.
    others : tuple of tuple of str and bytes
        The same of other files.
    """

    result: object
    pictures: tuple[tuple[str, bytes], ...]
    others: tuple[tuple[str, bytes], ...]


def drawn_by(
    run: Run, task: str, parameters: Mapping[str, object], *, file: str, name: str
) -> Drawn:
    """Run a task that writes pictures, and return them; its files are removed.

    Parameters
    ----------
    run : callable
        See `Run`.
    task : str
        Name of the task.
    parameters : mapping
        What the user asked for.
    file : str
        The parameter that takes the picture's file.
    name : str
        What to call the picture in a private directory.
    """
    with tempfile.TemporaryDirectory(prefix="casa-plot-") as place:
        result = run(task, {**parameters, file: str(Path(place) / name)})
        found = [each for each in Path(place).iterdir() if each.is_file()]
        found.sort(key=lambda each: (each.stat().st_mtime_ns, each.name))
        files = [(each.name, each.read_bytes()) for each in found]
    pictures = tuple(each for each in files if each[0].endswith(".png"))
    return Drawn(result, pictures, tuple(each for each in files if each not in pictures))


def pages_of(
    task: str,
    drawn: Drawn,
    describe: Callable[[str], tuple[str, str]],
    notes: Sequence[str] = (),
) -> Pages:
    """Return what a task drew as pages.

    Parameters
    ----------
    task : str
        Name of the task.
    drawn : Drawn
        What it left.
    describe : callable
        From a file's name to title and alternative text.
    notes : sequence of str
        See `Pages`.

    Raises
    ------
    EmptyPlotError
        It drew nothing.
    """
    if not drawn.pictures:
        raise EmptyPlotError(
            f"{task} drew nothing, and raised no error: what it printed says why; often all that "
            "was selected is flagged, or there is no such antenna, field or window."
        )
    views = [FileView(*_described(describe, name, content)) for name, content in drawn.pictures]
    return Pages(task, views, ENGINE, notes)


def _described(
    describe: Callable[[str], tuple[str, str]], name: str, content: bytes
) -> tuple[str, bytes, str]:
    title, alternative = describe(name)
    return title, content, alternative


def keep(pages: Pages, drawn: Drawn, directory: Path, *, overwrite: bool) -> Pages:
    """Write a task's files where the user asked for them; return pages that say so.

    Raises
    ------
    FileInTheWayError, InvalidParameterError
        See `casa_plots.saving.check_place`; nothing was written.
    PlotError
        The system refuses.
    """
    files = [*drawn.pictures, *drawn.others]
    targets = [directory / name for name, _ in files]
    check_place(targets, overwrite=overwrite)
    try:
        with tempfile.TemporaryDirectory(prefix=".casa-plot-", dir=directory) as place:
            for name, content in files:
                (Path(place) / name).write_bytes(content)
            for name, _ in files:
                shutil.move(Path(place) / name, directory / name)
    except OSError as error:
        raise PlotError(
            f"{directory} takes no file ({error.strerror}): name another directory."
        ) from error
    return replace(pages, saved=(*pages.saved, *(str(each) for each in targets)))


def text_of(parameters: Mapping[str, object], name: str, default: str = "") -> str:
    """Return a parameter that is to be a string.

    Raises
    ------
    InvalidParameterError
        It is something else.
    """
    value = parameters.get(name, default)
    if not isinstance(value, str):
        raise InvalidParameterError(f"{name}={value!r} is no string.")
    return value
