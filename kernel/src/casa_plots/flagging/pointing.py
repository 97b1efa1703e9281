"""Which visibilities are meant by an outline in a plot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Asked
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block, Source
from casa_plots.flagging.layout import Layout, scalars_at
from casa_plots.flagging.marks import Collected, Marks, finished, scattered
from casa_plots.flagging.members import Members
from casa_plots.flagging.outlines import inside
from casa_plots.inside import Outline
from casa_plots.sources import open_source
from casa_plots.tables import Kind, opened
from casa_plots.visibilities.averaging.asked import is_active

Integers = NDArray[np.int64]
Opening = Callable[[Asked], Source]

_CORRELATION: Final = Quantity(Axis.CORR)
_ANTENNA: Final = Quantity(Axis.ANTENNA1)


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is inside an outline: how many points of the plot, and the visibilities in them."""

    points: int
    marks: Marks


def on_page(block: Block, within: Mapping[Quantity, float]) -> NDArray[np.bool_]:
    """Return which points belong to a page of a plot; broadcasts to the shape of the block."""
    chosen = np.ones((1, 1, 1), bool)
    for quantity, value in within.items():
        chosen = chosen & (block.values[quantity] == value)
    return chosen


def pointed_at(
    asked: Asked,
    layout: Layout,
    x: Quantity,
    y: Quantity,
    outline: Outline,
    *,
    flag: bool,
    within: Mapping[Quantity, float],
    opening: Opening = open_source,
) -> Pointed:
    """Return the visibilities whose points are inside an outline and may change.

    As in ``plotms``, flagging looks at points that are not flagged, and unflagging at those that
    are. All that was averaged into a point belongs to it.

    Raises
    ------
    PlotError
        As the source says.
    """
    source = opening(asked)
    averaged = layout.kind is Kind.MEASUREMENT_SET and is_active(asked.averaging)
    antennas = averaged and asked.averaging.antenna
    wanted = dict.fromkeys([x, y, *within, _CORRELATION, *([_ANTENNA] if antennas else [])])
    names = source.names(_CORRELATION)
    collected: dict[int, Collected] = {}
    members = Members(asked, layout) if averaged else None
    points = 0
    with opened(layout.path) as table:
        for block in source.blocks(list(wanted)):
            hit = inside(outline, block.values[x], block.values[y]) & on_page(block, within)
            if not hit.any():
                continue
            eligible = hit & (block.flagged != flag)
            points += _counted(eligible, hit.shape, block.shape)
            marks = np.broadcast_to(eligible, block.shape)
            there = marks.any(axis=(1, 2))
            if not there.any():
                continue
            rows, marks = block.rows[there], marks[there]
            if members is not None:
                ends = block.values[_ANTENNA].reshape(-1)[there] if antennas else None
                members.add(table, rows, ends, marks)
                continue
            channels = block.channels[there] if len(block.channels) > 1 else block.channels
            codes = np.broadcast_to(block.values[_CORRELATION], (1, 1, block.shape[2])).reshape(-1)
            (numbers,) = scalars_at(table, [layout.describing], rows)
            for number in np.unique(numbers).tolist():
                mine = numbers == number
                cell = layout.cells[number]
                bits = scattered(
                    marks[mine],
                    channels[mine] if len(channels) > 1 else channels,
                    _positions(layout, number, names, codes),
                    cell,
                )
                collected.setdefault(number, Collected(cell)).add(rows[mine], bits)
        if members is not None:
            return Pointed(points, members.marks(table))
    return Pointed(points, finished(collected))


def _counted(eligible: NDArray[np.bool_], hit: tuple[int, ...], shape: tuple[int, int, int]) -> int:
    """Return the number of points: what has neither axis's value of its own is one point."""
    alone = tuple(n for n in (1, 2) if hit[n] == 1 and shape[n] > 1)
    seen = eligible.any(axis=alone, keepdims=True) if alone else eligible
    return int(np.broadcast_to(seen, np.broadcast_shapes(seen.shape, hit)).sum())


def _positions(
    layout: Layout,
    number: int,
    names: Sequence[str] | None,
    codes: NDArray[Any],
) -> list[int]:
    """Return where in a cell the correlations of a block are."""
    known = layout.correlations[number]
    if names is None or not all(names[int(each)] in known for each in codes):
        return [int(each) for each in codes]
    return [known.index(names[int(each)]) for each in codes]
