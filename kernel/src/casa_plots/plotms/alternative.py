"""A picture in words, for who cannot see it."""

from collections.abc import Sequence

from casa_plots.axes import Axis
from casa_plots.plotms import labels
from casa_plots.plotms.panel import Panel, Side
from casa_plots.plotms.raster import Result
from casa_plots.times import clock, day_of


def alternative(panels: Sequence[tuple[Panel, Sequence[Result]]]) -> str:
    """Return a sentence or two about a page.

    Parameters
    ----------
    panels : sequence of Panel and its results
        What is on it.
    """
    first, results = panels[0]
    if len(panels) == 1:
        return f"{first.title}: {_panel(first, results)}."
    rows = max(panel.place[0] for panel, _ in panels) + 1
    columns = max(panel.place[1] for panel, _ in panels) + 1
    names = [panel.title for panel, _ in panels]
    if len(names) > 4:  # noqa: PLR2004 - a sentence, not a list
        names = [*names[:2], "…", names[-1]]
    return (
        f"{len(panels)} plots in {rows} rows and {columns} columns ({'; '.join(names)}). "
        f"The first one: {_panel(first, results)}."
    )


def _panel(panel: Panel, results: Sequence[Result]) -> str:
    if panel.empty:
        return panel.empty
    said = []
    for curve, result in zip(panel.curves, results, strict=True):
        hidden = "" if curve.layer.flagged is not None else " (hidden)"
        flagged = curve.survey.flagged
        share = f"{100 * flagged / curve.survey.points:.1f}%" if curve.survey.points else "none"
        shown = panel.side(curve.layer)
        said.append(
            f"{result.unflagged:,} points of {labels.name_of(curve.layer.y)} from {_reach(shown)}, "
            f"{share} of all flagged{hidden}"
        )
    return f"{'; '.join(said)}; against {labels.name_of(panel.x.quantity)} from {_reach(panel.x)}"


def _reach(side: Side) -> str:
    low, high = sorted((side.low, side.high))
    if side.quantity.axis is Axis.TIME:
        step = (high - low) / 100
        last = "" if day_of(low) == day_of(high) else f"{day_of(high)} "
        return f"{day_of(low)} {clock(low, step)} to {last}{clock(high, step)} {side.unit}"
    return f"{low:.4g} to {high:.4g}{' ' + side.unit if side.unit else ''}"
