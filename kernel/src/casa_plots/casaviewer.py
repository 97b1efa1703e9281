"""``imview`` and ``msview`` by CASA's own viewer, while it exists."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from casa_plots.applications.export import (
    Drawn,
    Workroom,
    absolute,
    deliver,
    jsonable,
    refuse_existing,
)
from casa_plots.applications.places import find
from casa_plots.applications.process import Application
from casa_plots.errors import ApplicationError, InvalidParameterError
from casa_plots.picture import Pages

FORMATS: Final = ("png", "jpg", "pdf", "eps", "ps", "xbm", "xpm", "ppm")
APPLICATION: Final = Application("casaviewer")
"""The viewer of this process; the first call takes some seconds, later ones less."""


def imview(parameters: Mapping[str, object], application: Application = APPLICATION) -> Pages:
    """Show images as CASA's ``imview`` does, without a window.

    Parameters
    ----------
    parameters : mapping of str to object
        CASA's, by name: ``raster``, ``contour``, ``zoom``, ``axes``, ``out``. Beside them
        ``overwrite`` says whether ``out`` may be replaced.
    application : Application
        Which process is asked.

    Raises
    ------
    InvalidParameterError
        A parameter or its value is unknown.
    FileInTheWayError
        ``out`` exists, and ``overwrite`` was not given.
    ApplicationError
        The viewer failed, died or hung, or there is no such image; the message has its words.
    """
    directory = Path.cwd()
    asked = jsonable(parameters)
    overwrite = bool(asked.pop("overwrite", False))
    out = asked.pop("out", None) or {}
    layers = {
        name: _layers(name, asked.pop(name, None), directory) for name in ("raster", "contour")
    }
    files = [str(layer["file"]) for each in layers.values() for layer in each]
    if not files:
        raise InvalidParameterError("Neither raster nor contour is given: name an image.")
    how = dict(out) if isinstance(out, Mapping) else {"file": out}
    call = {**asked, **layers}
    return _shown(application, "imview", call, files, how, directory, overwrite=overwrite)


def msview(parameters: Mapping[str, object], application: Application = APPLICATION) -> Pages:
    """Show a MeasurementSet as CASA's ``msview`` does, without a window.

    Parameters
    ----------
    parameters : mapping of str to object
        CASA's, by name; ``gui`` is ignored. Beside them ``overwrite`` says whether ``outfile`` may
        be replaced.
    application : Application
        Which process is asked.

    Raises
    ------
    InvalidParameterError, FileInTheWayError, ApplicationError
        As `imview`.
    """
    directory = Path.cwd()
    asked = jsonable(parameters)
    overwrite = bool(asked.pop("overwrite", False))
    how: dict[str, object] = {"file": asked.pop("outfile", "") or ""}
    for name in ("scale", "dpi", "format"):
        if f"out{name}" in asked:
            how[name] = asked.pop(f"out{name}")
    if asked.pop("outlandscape", False):
        how["orientation"] = "landscape"
    infile = absolute(asked.get("infile") or "", directory)
    if not infile:
        raise InvalidParameterError("infile is not given: name a MeasurementSet.")
    call = {**asked, "infile": infile, "gui": False}
    return _shown(application, "msview", call, [infile], how, directory, overwrite=overwrite)


def _shown(
    application: Application,
    task: str,
    call: Mapping[str, object],
    files: list[str],
    how: dict[str, object],
    directory: Path,
    *,
    overwrite: bool,
) -> Pages:
    """Draw for the notebook, and once more as the user wants it."""
    target = absolute(how.pop("file", "") or "", directory)
    form = str(how.pop("format", "") or Path(target).suffix.removeprefix(".")).lower()
    if target:
        if form not in FORMATS:
            raise InvalidParameterError(
                f"{target} has no format that the viewer writes: end it with "
                f"{', '.join('.' + each for each in FORMATS)}."
            )
        refuse_existing([Path(target)], overwrite=overwrite)
    room = Workroom()
    page = room.path / "page.png"
    warnings = application.ask(task, {**call, **_out(task, page, "png", {})}, directory)
    _check(page, warnings)
    saved: list[str] = []
    if target:
        made = room.path / "asked" / Path(target).name
        made.parent.mkdir()
        warnings += application.ask(task, {**call, **_out(task, made, form, how)}, directory)
        _check(made, warnings)
        saved = deliver([made], Path(target).parent, overwrite=overwrite)
    names = " and ".join(Path(each).name for each in files)
    found = find()
    version = f" {found.versions['casaviewer']}" if found is not None else ""
    views = [Drawn(names, page, f"{task} of {names}", room)]
    return Pages(task, views, f"casaviewer{version}", list(dict.fromkeys(warnings)), saved)


def _out(task: str, path: Path, form: str, how: Mapping[str, object]) -> dict[str, object]:
    """Return where to write, in the words of the task."""
    if task == "imview":
        return {"out": {"file": str(path), "format": form, **how}}
    given = {f"out{name}": value for name, value in how.items() if name != "orientation"}
    landscape = how.get("orientation") == "landscape"
    return {"outfile": str(path), "outformat": form, "outlandscape": landscape, **given}


def _check(path: Path, warnings: list[str]) -> None:
    if not path.is_file() or not path.stat().st_size:
        said = "".join(f"\n{each}" for each in warnings)
        raise ApplicationError(f"casaviewer drew nothing.{said}")


def _layers(name: str, value: object, directory: Path) -> list[dict[str, object]]:
    """Return images to be shown with absolute paths, as the most general of CASA's three forms."""
    if not value:
        return []
    layers = []
    for each in value if isinstance(value, list) else [value]:
        layer = dict(each) if isinstance(each, Mapping) else {"file": each}
        if not isinstance(layer.get("file"), str):
            raise InvalidParameterError(f"{name}={value!r} names no file: give a path or a dict.")
        layers.append({**layer, "file": absolute(layer["file"], directory)})
    return layers
