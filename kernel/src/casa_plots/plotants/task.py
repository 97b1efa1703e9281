"""The task: from CASA's parameters to a view."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from casa_plots.antennas import (
    Antenna,
    chosen,
    local,
    read_antennas,
    read_observatory,
    read_used,
    together,
)
from casa_plots.errors import SelectionError
from casa_plots.picture import Looking, Pages, Size
from casa_plots.plotants.earth import earth
from casa_plots.plotants.layout import Layout
from casa_plots.plotants.views import ArrayView, flat, logarithmic
from casa_plots.saving import check_place, format_of, save_pages

_SPHERE_SEEN: Final = 300e3  # m; from here on the Earth is round
_SIZE: Final = Size(8.0, 8.0)


def plotants(
    vis: str,
    figfile: str = "",
    antindex: bool = False,
    logpos: bool = False,
    exclude: str = "",
    checkbaselines: bool = False,
    title: str = "",
    showgui: bool = True,
    *,
    overwrite: bool = False,
    looking: Looking = Looking(_SIZE),  # noqa: B008 - frozen
) -> Pages:
    """Return where the antennas of a MeasurementSet stand.

    Parameters
    ----------
    vis : str
        The MeasurementSet.
    figfile : str
        Also save the picture under this name; the format goes by its suffix.
    antindex : bool
        Write the antennas' numbers beside their names.
    logpos : bool
        Distances from the centre are drawn logarithmically.
    exclude : str
        Antennas to leave out, by name or number: ``"DV23,1,5~7"``.
    checkbaselines : bool
        Leave out antennas that no row of the main table is of. Reads two columns of all rows.
    title : str
        Above the picture.
    showgui : bool
        Of no effect: pictures are shown by whoever calls this.
    overwrite : bool
        `figfile` may exist.
    looking : Looking
        Size and theme of `figfile`.

    Returns
    -------
    Pages
        One view.

    Raises
    ------
    MissingDataError
        There is no such MeasurementSet.
    SelectionError
        `exclude` names no antenna, or all of them.
    FileInTheWayError, InvalidParameterError
        `figfile` cannot be written.
    """
    del showgui
    if figfile:
        format_of(Path(figfile))
        check_place([Path(figfile).expanduser()], overwrite=overwrite)
    layout, notes = _layout(Path(vis), exclude, title, antindex=antindex, used=checkbaselines)
    if logpos:
        view = ArrayView(layout, logarithmic, zoomable=False)
    else:
        view = ArrayView(layout, earth if layout.extent > _SPHERE_SEEN else flat)
    pages = Pages("plotants", [view], notes=notes)
    return save_pages(pages, figfile, looking=looking, overwrite=overwrite) if figfile else pages


def _layout(
    vis: Path, exclude: str, title: str, *, antindex: bool, used: bool
) -> tuple[Layout, list[str]]:
    every = read_antennas(vis)
    observatory = read_observatory(vis)
    notes = []
    left = {each.number for each in chosen(every, exclude)}
    shown = [each for each in every if each.number not in left]
    nowhere = [each for each in shown if not each.stands]
    shown = [each for each in shown if each.stands]
    if nowhere:
        notes.append(f"Not drawn, because they stand nowhere: {_names(nowhere)}.")
    if used:
        observing = read_used(vis)
        idle = [each for each in shown if each.number not in observing]
        shown = [each for each in shown if each.number in observing]
        if idle:
            notes.append(f"Not drawn, because no row is of them: {_names(idle)}.")
    if not shown:
        raise SelectionError(
            f"No antenna of {vis} is left to be drawn: exclude={exclude!r} leaves out {len(left)} "
            f"of {len(every)}; exclude fewer."
        )
    notes += [
        f"{one.name} and {other.name} stand in the same place: their baseline has no length."
        for one, other in together(shown)
    ]
    itrf = np.array([each.position for each in shown])
    if observatory.position is None:
        origin = itrf.mean(axis=0)
        centre = "the antennas' mean"
        notes.append(
            f"casacore knows no position of {observatory.telescope or 'this telescope'}: "
            "distances are from the mean of the antennas."
        )
    else:
        origin = np.array(observatory.position)
        centre = f"the {observatory.telescope}'s position"
    name = vis.name or str(vis)
    return (
        Layout(
            title=title or f"Antenna positions of {name}",
            antennas=shown,
            labels=[_label(each, observatory.telescope, antindex=antindex) for each in shown],
            positions=local(itrf, origin),
            origin=origin,
            centre=centre,
        ),
        notes,
    )


def _label(antenna: Antenna, telescope: str, *, antindex: bool) -> str:
    # As CASA does: a VLBA antenna is known by its station.
    name = f"{antenna.name}@{antenna.station}" if telescope == "VLBA" else antenna.name
    return f"{name} ({antenna.number})" if antindex else name


def _names(antennas: Sequence[Antenna]) -> str:
    return ", ".join(each.name for each in antennas)
