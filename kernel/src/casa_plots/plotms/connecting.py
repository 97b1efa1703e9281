"""Lines that connect points: of one baseline, correlation and so on, along x or in time."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block
from casa_plots.errors import UnsupportedError
from casa_plots.plotms.colours import Scheme, palette
from casa_plots.plotms.panel import Curve, Panel

MOST: Final = 1_000_000  # points of a plot that are connected
# What points of one line have in common, without what the line goes along.
_KEPT: Final = (Axis.BASELINE, Axis.SPW, Axis.FIELD, Axis.SCAN, Axis.CORR)
_CALIBRATION: Final = (Axis.ANTENNA1, Axis.SPW, Axis.FIELD, Axis.CORR)
_ALONG_CHANNELS: Final = frozenset(
    {Axis.CHANNEL, Axis.FREQUENCY, Axis.VELOCITY, Axis.UVWAVE, Axis.UWAVE, Axis.VWAVE}
)
Line = NDArray[np.float64]


def connected(panel: Panel, scheme: Scheme) -> list[tuple[Line, str]]:
    """Return the lines of a panel, in parts of its width and height, with their colours.

    Raises
    ------
    UnsupportedError
        There are more points than `MOST`.
    """
    found: list[tuple[Line, str]] = []
    for curve in panel.curves:
        if curve.family.plot.connector and not panel.empty:
            found += _lines(curve, panel, scheme)
    return found


def _lines(curve: Curve, panel: Panel, scheme: Scheme) -> list[tuple[Line, str]]:
    plot, family = curve.family.plot, curve.family
    if curve.survey.points > MOST:
        raise UnsupportedError(
            f"xconnector={plot.connector!r} connects up to {MOST:,} points, and there are "
            f"{curve.survey.points:,}: average them, or select fewer."
        )
    along_channels = plot.x.axis in _ALONG_CHANNELS and not plot.by_time
    fixed = [Quantity(each) for each in (_KEPT if family.measurement_set else _CALIBRATION)]
    fixed += [Quantity(Axis.TIME if along_channels else Axis.CHANNEL)]
    order = Quantity(Axis.TIME) if plot.by_time else plot.x
    colour = plot.colour if plot.colour is not None and family.named(plot.colour) else None
    wanted = dict.fromkeys(
        [plot.x, curve.layer.y, order, *fixed, *([colour] if colour is not None else [])]
    )
    parts = [_taken(block, tuple(wanted)) for block in curve.part.blocks(tuple(wanted))]
    if not parts:
        return []
    whole = np.concatenate(parts, axis=1)
    column = {each: whole[n] for n, each in enumerate(wanted)}
    keys = np.stack([column[each] for each in fixed])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    group = group.reshape(-1)
    sort = np.lexsort((column[order], group))
    shown = panel.shown(right=curve.layer.right)
    x = (column[plot.x][sort] - shown.left) / (shown.right - shown.left)
    y = (column[curve.layer.y][sort] - shown.bottom) / (shown.top - shown.bottom)
    starts = np.flatnonzero(np.diff(group[sort], prepend=-1))
    hues = _hues(curve, column.get(colour) if colour is not None else None, scheme, sort[starts])
    made = []
    for n, piece in enumerate(np.split(np.column_stack([x, y]), starts[1:])):
        if len(piece) > 1:
            made.append((_stepped(piece) if plot.connector == "step" else piece, hues[n]))
    return made


def _taken(block: Block, wanted: Sequence[Quantity]) -> NDArray[np.float64]:
    """Return the unflagged, finite points of a block, ``(quantities, n)``."""
    keep = np.broadcast_to(~block.flagged, block.shape)
    found = np.stack(
        [np.broadcast_to(block.values[each], block.shape)[keep].astype(float) for each in wanted]
    )
    return found[:, np.isfinite(found).all(axis=0)]


def _hues(
    curve: Curve, values: NDArray[np.float64] | None, scheme: Scheme, first: NDArray[np.int64]
) -> list[str]:
    if values is None:
        own = curve.layer.symbol.colour or to_hex(palette(scheme, curve.hue + 1)[-1])
        return [own] * len(first)
    rank = np.searchsorted(np.array(curve.family.categories), values[first].astype(np.int64))
    return [scheme.palette[int(each) % len(scheme.palette)] for each in rank]


def _stepped(line: Line) -> Line:
    """Return steps half-way between points."""
    middle = (line[1:, 0] + line[:-1, 0]) / 2
    x = np.concatenate([line[:1, 0], np.repeat(middle, 2), line[-1:, 0]])
    return np.column_stack([x, np.repeat(line[:, 1], 2)])
