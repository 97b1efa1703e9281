"""What the applications wrote, as pages, and in the place where the user wanted it."""

import os
import shutil
import struct
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casa_plots.errors import FileInTheWayError, InvalidParameterError, PlotError, UnsupportedError
from casa_plots.picture import Format, Looking, Picture

_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view that an application drew: one picture, in one size and in its own colours.

    Attributes
    ----------
    title : str
        What it is called among its pages.
    path : Path
        The PNG.
    alternative : str
        What the picture shows, for those who do not see it.
    keeps : object
        What the file is in, and goes with.
    """

    title: str
    path: Path
    alternative: str
    keeps: object = None

    @property
    def zoomable(self) -> bool:
        """An application draws once."""
        return False

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:  # noqa: ARG002 - a View
        """Return the picture, in the size that it has.

        Raises
        ------
        UnsupportedError
            Another format than PNG is asked for; `plotfile` gives those.
        PlotError
            The file has gone.
        """
        if form is not Format.PNG:
            raise UnsupportedError(
                f"CASA's application drew this as PNG. Name a plotfile that ends in .{form}."
            )
        try:
            content = self.path.read_bytes()
        except OSError as problem:
            raise PlotError(f"{self.title} cannot be read any more: {problem}") from None
        return Picture(content, pixels(content), (), self.alternative)


def pixels(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG."""
    if not content.startswith(_PNG):
        raise PlotError("CASA's application wrote something else than a PNG.")
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


class Workroom:
    """A private directory for what an application writes; it goes when nobody uses it any more."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="casa-plots-")
        self.path = Path(self._directory.name)


def written(directory: Path, stem: str, suffix: str) -> list[Path]:
    """Return what was exported under a name, in order."""
    found = [each for each in directory.iterdir() if each.name.startswith(stem)]
    # By time, because names tell the number only from the second page on, and may look like one.
    return sorted(
        (each for each in found if each.suffix == suffix), key=lambda path: path.stat().st_mtime_ns
    )


def label(path: Path, stem: str, number: int) -> str:
    """Return what the file's name says about a page; empty if nothing.

    The pages of ``plot.png`` are ``plot_Antenna1@VLA:N7.png``, ``plot_Antenna1@VLA:W1_2.png``, …
    """
    said = path.stem.removeprefix(stem)
    return (said.removesuffix(f"_{number}") if number > 1 else said).strip("_")


def absolute(value: object, directory: Path) -> str:
    """Return a path as the application must be given it."""
    if not isinstance(value, str | os.PathLike):
        raise InvalidParameterError(f"{value!r} is no path; give a string.")
    text = os.fspath(value)
    return str(directory / Path(text).expanduser()) if text else ""


def refuse_existing(targets: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse to overwrite, unless asked to.

    Raises
    ------
    FileInTheWayError
        A file is there, or a directory even if overwriting was asked for.
    """
    for target in targets:
        if target.is_dir() or (target.exists() and not overwrite):
            raise FileInTheWayError(
                f"{target} exists already; give another name"
                + ("." if target.is_dir() else " or overwrite=True.")
            )
        if not target.parent.is_dir():
            raise InvalidParameterError(
                f"{target.parent} is no directory; {target.name} has no place."
            )


def deliver(files: Sequence[Path], directory: Path, *, overwrite: bool) -> list[str]:
    """Move files where the user wanted them: all, or none if one is in the way.

    Returns
    -------
    list of str
        Where they are.
    """
    refuse_existing((directory / each.name for each in files), overwrite=overwrite)
    for each in files:
        # Into the same file system first, so that nobody sees half a file.
        handle, name = tempfile.mkstemp(prefix=f".{each.name}.", dir=directory)
        os.close(handle)
        try:
            shutil.copyfile(each, name)
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
            Path(name).replace(directory / each.name)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return [str(directory / each.name) for each in files]


def jsonable(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters as JSON can say them: NumPy's numbers and arrays and paths become plain.

    Raises
    ------
    InvalidParameterError
        A value is something else.
    """
    return {name: _plain(name, value) for name, value in parameters.items()}


def _plain(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(name, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, each) for each in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    plain = getattr(value, "tolist", None)  # NumPy's scalars and arrays
    if plain is not None:
        return _plain(name, plain())
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise InvalidParameterError(f"{name}={value!r} is nothing that CASA's applications understand.")
