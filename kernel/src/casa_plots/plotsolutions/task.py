"""The task: from parameters to pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from casa_plots.errors import EmptyPlotError, InvalidParameterError
from casa_plots.picture import Looking, Pages, Size, View
from casa_plots.plotsolutions.curves import good
from casa_plots.plotsolutions.kinds import Quantity
from casa_plots.plotsolutions.overview import SummaryView
from casa_plots.plotsolutions.panels import PanelsView
from casa_plots.plotsolutions.reading import Solutions, read
from casa_plots.plotsolutions.summary import Summary, sentences, summarise
from casa_plots.saving import check_place, format_of, save_pages

_SIZE: Final = Size(11.0, 8.0)
MOST_PANELS: Final = 30


def plotsolutions(
    caltable: str,
    yaxis: str = "",
    field: str = "",
    antenna: str = "",
    spw: str = "",
    figfile: str = "",
    *,
    overwrite: bool = False,
    looking: Looking = Looking(_SIZE),  # noqa: B008 - frozen
) -> Pages:
    """Return a calibration table at a glance.

    Parameters
    ----------
    caltable : str
        The table.
    yaxis : str
        One quantity only, under ``plotms``'s name: ``gainamp``, ``gainphase``, ``delay``, ``rate``,
        ``tsys``. Empty for all that the table is about.
    field, antenna, spw : str
        Which solutions: names, numbers and ranges such as ``"EF,3,5~7"``; empty for all.
    figfile : str
        Also save the pages under this name, numbered; the format goes by its suffix.
    overwrite : bool
        These files may exist.
    looking : Looking
        Size and theme of `figfile`.

    Returns
    -------
    Pages
        For each quantity a page with a panel for each antenna, more pages for more than 30
        antennas; then a page of signal-to-noise ratios and flags.

    Raises
    ------
    MissingDataError, UnsupportedError, SelectionError
        See `read`.
    EmptyPlotError
        All of it is flagged.
    InvalidParameterError
        The table has no such quantity, or `figfile` cannot be written.
    FileInTheWayError
        `figfile` exists.
    """
    if figfile:
        format_of(Path(figfile))
        check_place([Path(figfile).expanduser()], overwrite=overwrite)
    solutions = read(Path(caltable), field=field, antenna=antenna, spw=spw)
    quantities = _quantities(solutions, yaxis)
    if not any(any(good(solutions, each)) for each in quantities):
        count = sum(each.flag.size for each in solutions.windows)
        raise EmptyPlotError(
            f"All {count} solutions of {caltable} are flagged: solve again with a longer solint, "
            "a lower minsnr or another refant."
        )
    summaries = summarise(solutions)
    views: list[View] = [
        PanelsView(solutions, quantity, shown, page)
        for quantity in quantities
        for shown, page in _pages(summaries)
    ]
    views += [SummaryView(solutions, summaries, shown, page) for shown, page in _pages(summaries)]
    pages = Pages("plotsolutions", views, notes=_notes(solutions, summaries))
    return save_pages(pages, figfile, looking=looking, overwrite=overwrite) if figfile else pages


def _quantities(solutions: Solutions, yaxis: str) -> list[Quantity]:
    found = solutions.quantities
    if not yaxis:
        return found
    synonyms = {"amp": "gainamp", "phase": "gainphase"}
    wanted = synonyms.get(yaxis.lower(), yaxis.lower())
    named = [each for each in found if each.axis.value == wanted]
    if not named:
        raise InvalidParameterError(
            f"yaxis={yaxis!r} is nothing that {solutions.path} has: it is a {solutions.viscal} "
            f"table with {', '.join(each.axis.value for each in found)}."
        )
    return named


def _pages(summaries: Sequence[Summary]) -> list[tuple[Sequence[Summary], str]]:
    """Return the antennas of each page, of even length, and what the page is called."""
    count = -(-len(summaries) // MOST_PANELS)
    length = -(-len(summaries) // count)
    return [
        (
            summaries[number * length : (number + 1) * length],
            f" ({number + 1} of {count})" if count > 1 else "",
        )
        for number in range(count)
    ]


def _notes(solutions: Solutions, summaries: list[Summary]) -> list[str]:
    times = max(len(set(each.time.tolist())) for each in solutions.windows)
    notes = sentences(summaries)
    if solutions.spectral and times > 1:
        notes.append(f"Lines of the same colour are solutions of different times, {times} of them.")
    references = solutions.references
    if len(references) > 1:
        notes.append(f"The reference antenna changes: {', '.join(references)}.")
    return notes
