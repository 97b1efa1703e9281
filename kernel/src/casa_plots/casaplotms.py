"""``plotms`` by CASA's own application, for what our engine cannot draw."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from casa_plots.applications.export import (
    Drawn,
    Workroom,
    absolute,
    deliver,
    jsonable,
    label,
    refuse_existing,
    written,
)
from casa_plots.applications.places import find
from casa_plots.applications.process import Application
from casa_plots.errors import ApplicationError, InvalidParameterError, PlotError
from casa_plots.picture import Pages, Size

FORMATS: Final = ("png", "jpg", "pdf", "ps", "txt")
_STEM: Final = "page"

APPLICATION: Final = Application("casaplotms")
"""The application of this process; it keeps its plots between calls, as ``clearplots`` wants it."""


def plotms(
    parameters: Mapping[str, object],
    size: Size | None = None,
    application: Application = APPLICATION,
) -> Pages:
    """Plot as CASA's ``plotms`` does, without a window.

    Parameters
    ----------
    parameters : mapping of str to object
        CASA's, by name. ``plotfile`` is written as well, where it says; ``showgui`` is ignored.
    size : Size or None
        Of the pages; None for 800 by 600 pixels. ``width`` and ``height`` win.
    application : Application
        Which process is asked.

    Returns
    -------
    Pages
        Every page of an iteration, whatever ``exprange`` says: that is for the ``plotfile``.

    Raises
    ------
    InvalidParameterError
        A parameter or its value is unknown to ``plotms``.
    FileInTheWayError
        The ``plotfile`` exists, and ``overwrite`` was not given.
    ApplicationError
        The application failed, died or hung; the message has its words.
    """
    directory = Path.cwd()
    asked = _complete(parameters, directory)
    plotfile, form = _plotfile(asked, directory)
    overwrite = bool(asked.get("overwrite", False))
    if plotfile is not None:
        refuse_existing([plotfile], overwrite=overwrite)
    room = Workroom()
    width, height = (size or Size()).pixels
    shown = {
        "plotfile": str(room.path / f"{_STEM}.png"),
        "expformat": "png",
        "exprange": "all",
        "highres": True,  # the other way does not work, as the application says itself
        "width": _pixels(asked, "width", width),
        "height": _pixels(asked, "height", height),
        "overwrite": True,
    }
    warnings = application.ask("plotms", {**asked, **shown}, directory)
    pages = written(room.path, _STEM, ".png")
    if not pages:
        raise ApplicationError(
            "casaplotms drew nothing." + "".join(f"\n{each}" for each in warnings)
        )
    about = _about(asked)
    saved: list[str] = []
    if plotfile is not None:
        saved = _save(application, asked, plotfile, form, room, directory)
    about = _about(asked)
    views = []
    for number, page in enumerate(pages, 1):
        said = label(page, _STEM, number)
        views.append(Drawn(said or about, page, f"{about}: {said}" if said else about, room))
    return Pages("plotms", views, engine(), warnings, saved)


def text_export(parameters: Mapping[str, object], application: Application = APPLICATION) -> str:
    """Return the points of a plot as ``plotms`` writes them with ``plotfile='….txt'``.

    casaplotms writes the first page of an iteration only, and takes 15 kB of memory for each point:
    select some ten thousand, not a million. Columns
    are ``x y chan scan field ant1 ant2 ant1name ant2name time freq spw poln obs``; time is MJD
    seconds and frequency GHz. Lines with ``#`` are about the plot.

    Parameters
    ----------
    parameters : mapping of str to object
        CASA's, by name; those of a ``plotfile`` are ignored.
    application : Application
        Which process is asked.

    Raises
    ------
    InvalidParameterError, ApplicationError
        As `plotms`.
    """
    directory = Path.cwd()
    asked = _complete(parameters, directory)
    room = Workroom()
    target = room.path / f"{_STEM}.txt"
    ours = {"plotfile": str(target), "expformat": "txt", "exprange": "current", "overwrite": True}
    warnings = application.ask("plotms", {**asked, "verbose": True, **ours}, directory)
    found = written(room.path, _STEM, ".txt")
    if not found:
        raise ApplicationError(
            "casaplotms wrote no text." + "".join(f"\n{each}" for each in warnings)
        )
    return found[0].read_text()


def engine() -> str:
    """Return what the application is called, with its version."""
    found = find()
    return f"casaplotms {found.versions['casaplotms']}" if found is not None else "casaplotms"


def _complete(parameters: Mapping[str, object], directory: Path) -> dict[str, object]:
    """Return all parameters, with absolute paths to the table."""
    asked = jsonable(parameters)
    for name in ("vis", "caltable"):
        if asked.get(name):
            asked[name] = absolute(asked[name], directory)
    if not (asked.get("vis") or asked.get("caltable")):
        raise InvalidParameterError("Neither vis nor caltable is given: name a table.")
    asked["showgui"] = False
    return asked


def _plotfile(asked: Mapping[str, object], directory: Path) -> tuple[Path | None, str]:
    """Return where the user wants a file, and in which format."""
    named = absolute(asked.get("plotfile") or "", directory)
    if not named:
        return None, ""
    path = Path(named)
    form = str(asked.get("expformat") or path.suffix.removeprefix(".")).lower()
    if form not in FORMATS:
        raise InvalidParameterError(
            f"plotfile={os.fspath(path)!r} has no format that plotms writes: end it with "
            f"{', '.join('.' + each for each in FORMATS)}, or give expformat."
        )
    return path, form


def _save(
    application: Application,
    asked: Mapping[str, object],
    plotfile: Path,
    form: str,
    room: Workroom,
    directory: Path,
) -> list[str]:
    """Write the plot that stands in the application once more, as the user wants it."""
    made = room.path / "asked"
    made.mkdir()
    how = {
        "range": str(asked.get("exprange") or "current"),
        "plotfile": str(made / plotfile.name),
        "format": form,
        "verbose": bool(asked.get("verbose", True)),
        "highres": True,
        **{name: int(str(asked.get(name, -1))) for name in ("dpi", "width", "height")},
    }
    warnings = application.ask("save", how, directory)
    files = sorted(made.iterdir())
    if not files:
        raise PlotError(
            f"casaplotms did not write {plotfile}." + "".join(f"\n{each}" for each in warnings)
        )
    return deliver(files, plotfile.parent, overwrite=bool(asked.get("overwrite", False)))


def _pixels(asked: Mapping[str, object], name: str, otherwise: int) -> int:
    value = asked.get(name, -1)
    return value if isinstance(value, int) and value > 0 else otherwise


def _about(asked: Mapping[str, object]) -> str:
    """Return what is plotted, for a title."""
    table = Path(str(asked.get("vis") or asked.get("caltable"))).name
    axes = [asked.get("yaxis") or "amp", asked.get("xaxis") or "time"]
    said = [", ".join(map(str, each)) if isinstance(each, list) else str(each) for each in axes]
    return f"{said[0]} against {said[1]} of {table}"
