"""``plotbandpass``: CASA's own task, with all its pages and without waiting for a key.

`plotsolutions` shows the same tables with all antennas on a page; this one overlays atmosphere,
other tables, times and windows.
"""

import re
from pathlib import Path
from typing import Final

from casa_plots.borrowed import Run, drawn_by, keep, pages_of, text_of
from casa_plots.errors import MissingDataError
from casa_plots.picture import Pages
from casa_plots.saving import check_place

_PAGE: Final = re.compile(
    r"(?:\.(?P<antenna>(?!spw\d).+?))?\.spw(?P<spw>\d+)(?:\.t(?P<time>\d+))?\.png$"
)


def plotbandpass(run: Run, *, overwrite: bool = False, **parameters: object) -> Pages:
    """Return all pages that CASA's ``plotbandpass`` draws.

    Parameters
    ----------
    run : callable
        Runs the task: ``run("plotbandpass", parameters)``.
    overwrite : bool
        Files of the user's may be replaced.
    **parameters
        The task's. ``interactive`` is always False. With ``figfile`` its files are kept in that
        file's directory under the names that CASA gives them:
        ``figfile.<antenna>.spw<number>.t<number>.png``.

    Raises
    ------
    MissingDataError
        There is no such table.
    EmptyPlotError
        CASA drew nothing.
    FileInTheWayError, InvalidParameterError
        The files cannot be kept; a missing directory is told before anything is drawn.
    """
    table = text_of(parameters, "caltable")
    if not Path(table).is_dir() or not table:
        raise MissingDataError(f"There is no {table!r}: name a calibration table (caltable).")
    figfile = Path(text_of(parameters, "figfile")).expanduser()
    wanted = bool(figfile.name)
    base = figfile.name if wanted else Path(table).name
    if wanted:
        # CASA adds to the name; a file of exactly this name is not touched.
        check_place([figfile.parent / f"{base}.page"], overwrite=True)
    asked = {**parameters, "interactive": False}
    drawn = drawn_by(run, "plotbandpass", asked, file="figfile", name=base)
    quantity = text_of(parameters, "yaxis", "amp")

    def describe(name: str) -> tuple[str, str]:
        page = page_of(name)
        said = f"{page} of {Path(table).name}"
        axis = text_of(parameters, "xaxis", "chan")
        return said, f"Solutions ({quantity} against {axis}) drawn by plotbandpass: {said}."

    notes = ["interactive=True is of no effect: all pages are here."]
    pages = pages_of(
        "plotbandpass", drawn, describe, notes if parameters.get("interactive") else ()
    )
    return keep(pages, drawn, figfile.parent, overwrite=overwrite) if wanted else pages


def page_of(name: str) -> str:
    """Return which page a file has, from the name that CASA gave it."""
    found = _PAGE.search(name)
    if found is None:
        return name.removesuffix(".png")
    parts = [f"spw {int(found['spw'])}"]
    if found["antenna"]:
        parts.insert(0, f"antenna {found['antenna'].rpartition('.')[2]}")
    if found["time"] is not None:
        parts.append(f"time {int(found['time'])}")
    return ", ".join(parts)
