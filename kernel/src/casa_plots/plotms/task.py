"""The task: from parameters to pages, by whichever engine can draw them."""

from collections.abc import Mapping
from typing import Any, Final

from casa_plots.errors import UnsupportedError
from casa_plots.picture import Pages
from casa_plots.plotms.ability import obstacles
from casa_plots.plotms.board import Board
from casa_plots.plotms.checking import check
from casa_plots.plotms.export import check_saving, save
from casa_plots.plotms.header import check_items
from casa_plots.plotms.iteration import Family
from casa_plots.plotms.parameters import PARAMETERS
from casa_plots.plotms.parameters import Kind as TextKind
from casa_plots.plotms.reading import Reading
from casa_plots.plotms.request import of_solutions, plot_of, saving_of
from casa_plots.sources import open_source
from casa_plots.tables import Kind, kind_of

OWN: Final = "casahub"


def run(given: Mapping[str, Any], board: Board) -> Pages:
    """Return the pages that parameters ask for.

    Parameters
    ----------
    given : mapping of str to object
        Parameters of ``plotms``.
    board : Board
        What earlier calls drew; only changed when the new plot can be made.

    Raises
    ------
    PlotError
        What is wrong, and what to do about it; nothing is written.
    """
    values = check(given)
    saving = saving_of(values)
    if saving is not None:
        check_saving(saving)
    if values["engine"] == "casaplotms":
        return _by_casa(given, "engine='casaplotms' asks for it")
    reasons = obstacles(values)
    family = None
    if not reasons:
        try:
            family = _family(values)
        except UnsupportedError as error:
            reasons = [str(error).rstrip(".")]
    if family is None:
        if values["engine"] == OWN:
            raise UnsupportedError(
                f"engine='casahub' cannot draw this: {'; '.join(reasons)}. Leave engine empty, and "
                "casaplotms draws it."
            )
        return _by_casa(given, "; ".join(reasons))
    grid = (values["gridrows"], values["gridcols"])
    board.put(values["plotindex"], family, grid, clear=values["clearplots"])
    views = board.views()
    saved: tuple[str, ...] = ()
    if saving is not None:
        chosen = range(len(views)) if saving.every else range(1)
        saved = save([views.page(each) for each in chosen], saving)
    return Pages("plotms", views, OWN, _notes(family, values), saved)


def _family(values: Mapping[str, Any]) -> Family:
    plot = plot_of(values)
    check_items(plot.header)
    source = open_source(plot.asked)
    is_set = kind_of(source.path) is Kind.MEASUREMENT_SET
    if not is_set:
        plot = of_solutions(
            plot, values, getattr(source, "axes", frozenset()), getattr(source, "kind", "")
        )
    source.blocks(plot.quantities)  # refuses what there is not; nothing is read
    if plot.iteration is not None:
        source.blocks((plot.iteration.over,))
    return Family(plot, Reading(source), open_source, is_set)


def _by_casa(given: Mapping[str, Any], why: str) -> Pages:
    """Let CASA's own application draw."""
    from dataclasses import replace  # noqa: PLC0415 - this engine is seldom needed

    from casa_plots import casaplotms  # noqa: PLC0415

    texts = {each.name for each in PARAMETERS if each.kind is TextKind.TEXT}
    own = {
        name: str(value) if name in texts else value  # CASA refuses numbers where it wants texts
        for name, value in given.items()
        if name != "engine"
    }
    pages: Pages = casaplotms.plotms(own)
    return replace(pages, notes=(f"Drawn by casaplotms: {why}.", *pages.notes))


def _notes(family: Family, values: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    averaged = [
        f"{name}={values[name]}"
        for name in ("avgchannel", "avgtime", "avgscan", "avgfield", "avgbaseline", "avgantenna",
                     "avgspw", "scalar")
        if values["averagedata"] and values[name]
    ]  # fmt: skip
    if averaged:
        found.append(f"Averaged: {', '.join(averaged)}.")
    if len(family.values) > 1 and family.plot.iteration is not None:
        found.append(f"{len(family.values)} values of {family.plot.iteration.over.axis}.")
    return tuple(found)
