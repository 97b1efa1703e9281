"""What is inside a region of a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block, Source
from casa_plots.errors import MissingDataError, UnsupportedError
from casa_plots.flagging.outlines import within as in_region
from casa_plots.flagging.pointing import on_page
from casa_plots.inside import Found
from casa_plots.locating.words import averages, number
from casa_plots.picture import Region
from casa_plots.sources import open_source
from casa_plots.times import casa_date

_NONE: Final[Mapping[Quantity, float]] = MappingProxyType({})
# What a point is named by, and under which heading.
_NAMED: Final = {
    "Scan": Axis.SCAN,
    "Field": Axis.FIELD,
    "Time": Axis.TIME,
    "Antenna 1": Axis.ANTENNA1,
    "Antenna 2": Axis.ANTENNA2,
    "Spw": Axis.SPW,
    "Frequency (GHz)": Axis.FREQUENCY,
    "Corr": Axis.CORR,
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked of each point."""

    x: Quantity
    y: Quantity
    named: Mapping[str, Quantity]


def locate(
    asked: Asked,
    x: Quantity,
    y: Quantity,
    region: Region,
    *,
    within: Mapping[Quantity, float] = _NONE,
    limit: int = 10,
    flagged: bool = False,
) -> Found:
    """Return which points of a plot are in a region, as ``plotms`` locates them.

    Parameters
    ----------
    asked : Asked
        Which points the plot has.
    x, y : Quantity
        What it is of.
    region : Region
        In the units of the axes, its edges included.
    within : mapping of Quantity to float
        Values of the iteration axes of the page.
    limit : int
        How many points are named; all are counted.
    flagged : bool
        Whether flagged points are shown, and so are found, too.

    Returns
    -------
    Found
        A point that neither axis tells apart in channel or correlation is one, with ``*`` there.

    Raises
    ------
    PlotError
        The table cannot be read, or has no such quantity.
    """
    source = open_source(asked)
    named = _known(source, [x, y, *within])
    wanted = _Wanted(x, y, named)
    average = averages(asked.averaging)
    total = 0
    rows: list[dict[str, str]] = []
    for block in source.blocks(list(dict.fromkeys([x, y, *within, *named.values()]))):
        hit = in_region(region, block.values[x], block.values[y]) & on_page(block, within)
        if not hit.any():
            continue
        shown = hit if flagged else hit & ~block.flagged
        alone = tuple(n for n in (1, 2) if hit.shape[n] == 1 and block.shape[n] > 1)
        seen = np.broadcast_to(
            shown.any(axis=alone, keepdims=True) if alone else shown,
            [1 if n in alone else size for n, size in enumerate(block.shape)],
        )
        total += int(seen.sum())
        if len(rows) < limit:
            places = np.argwhere(seen)[: limit - len(rows)].tolist()
            rows += [_row(source, block, wanted, place, alone, asked) for place in places]
    headings = ["Scan", "Field", "Time", "Baseline", "Spw", "Channel", "Frequency (GHz)", "Corr"]
    headings = [h for h in headings if h in named or h in {"Channel", "Baseline"}]
    columns = [*headings, f"X: {x.axis}", f"Y: {y.axis}", "Flagged"]
    if average:
        columns.append("Average of")
    called = [f"Time ({source.time_scale})" if c == "Time" else c for c in columns]
    return Found(total, called, [[each.get(c, average) for c in columns] for each in rows])


def _known(source: Source, others: Sequence[Quantity]) -> dict[str, Quantity]:
    """Return what the table has of what points are named by."""
    found: dict[str, Quantity] = {}
    for heading, axis in _NAMED.items():
        quantity = Quantity(axis)
        try:
            # Asking is enough: what there is not is refused before anything is read.
            source.blocks([*others, quantity])
        except (UnsupportedError, MissingDataError):
            if quantity in others:
                raise
            continue
        found[heading] = quantity
    return found


def _row(
    source: Source,
    block: Block,
    wanted: _Wanted,
    place: Sequence[int],
    alone: tuple[int, ...],
    asked: Asked,
) -> dict[str, str]:
    said = {
        heading: _named(source, quantity, _at(block.values[quantity], place))
        for heading, quantity in wanted.named.items()
    }
    one, other = said.pop("Antenna 1", ""), said.pop("Antenna 2", "")
    said["Baseline"] = f"{one} & {other}" if other else one
    first = int(_at(block.channels[:, :, None], place))
    width = int(asked.averaging.channels)
    said["Channel"] = f"{first}~{first + width - 1}" if width > 1 else str(first)
    if 1 in alone:
        said["Channel"] = "*"
        said["Frequency (GHz)"] = "*"
    if 2 in alone:  # noqa: PLR2004 - the axis of correlations
        said["Corr"] = "*"
    if asked.averaging.spw:
        said["Spw"] = "*"
    for sign, quantity in (("X", wanted.x), ("Y", wanted.y)):
        said[f"{sign}: {quantity.axis}"] = _named(
            source, quantity, _at(block.values[quantity], place)
        )
    said["Flagged"] = "yes" if bool(_at(block.flagged, place)) else "no"
    return said


def _at(values: NDArray[Any], place: Sequence[int]) -> Any:  # noqa: ANN401 - a number of any type
    return values[tuple(0 if size == 1 else n for n, size in zip(place, values.shape, strict=True))]


def _named(source: Source, quantity: Quantity, value: Any) -> str:  # noqa: ANN401 - as above
    names = source.names(quantity)
    if names is not None:
        index = int(value)
        if not 0 <= index < len(names):
            return "*"  # all of them, in an average
        if quantity.axis is Axis.FIELD:
            return f"{names[index]} [{index}]"
        return names[index]
    if quantity.axis is Axis.TIME:
        return casa_date(float(value))
    return number(value)
