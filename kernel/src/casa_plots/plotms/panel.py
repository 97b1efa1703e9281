"""What one place of a page shows: which curves, between which ends, with which ticks and words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casa_plots.axes import Axis, Quantity
from casa_plots.picture import Region
from casa_plots.plotms import labels
from casa_plots.plotms.extent import Limits, Survey, padded
from casa_plots.plotms.iteration import Cell, Family
from casa_plots.plotms.reading import Part
from casa_plots.plotms.request import Layer
from casa_plots.ticks import Ticks, ticks
from casa_plots.times import day_of

_PHASES: Final = frozenset({Axis.PHASE, Axis.GAINPHASE})
_WHOLE_TURN: Final = 250.0  # degrees: phases that reach so far are shown on the whole circle
_POSITIVE: Final = frozenset(
    {Axis.AMP, Axis.GAINAMP, Axis.UVDIST, Axis.UVWAVE, Axis.SNR, Axis.WT, Axis.WTAMP, Axis.TSYS}
)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one layer of a plot, for one value of what is iterated.

    Attributes
    ----------
    family : Family
        The plot and its data.
    value : float or None
        Of what is iterated.
    part : Part
        The points.
    layer : Layer
        Which quantity along y, and how it looks.
    hue : int
        Which colour of the palette it has where nothing else says so.
    survey : Survey
        Limits and counts of the points.
    """

    family: Family
    value: float | None
    part: Part
    layer: Layer
    hue: int
    survey: Survey


@dataclass(frozen=True, slots=True)
class Side:
    """One axis of a panel, in the units of `Axis`.

    Attributes
    ----------
    quantity : Quantity
        What is along it; of several on one axis the first.
    low, high : float
        Its ends.
    ticks : Ticks
        Marks and their texts.
    label : str
        What stands at it.
    time_scale : str
        Of all tables that have points here.
    """

    quantity: Quantity
    low: float
    high: float
    ticks: Ticks
    label: str
    time_scale: str

    @property
    def unit(self) -> str:
        """What values are in, empty for none; of times the scale."""
        return labels.unit_of(self.quantity, self.time_scale)


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a page.

    Attributes
    ----------
    name : str
        What its frame is called, in every drawing of the view.
    place : tuple of int
        Row and column.
    curves : tuple of Curve
        What is drawn, from below.
    x, left, right : Side
        Its axes; either of the last two may be missing.
    title : str
        Above it.
    empty : str
        Why nothing is seen; empty where something is.
    """

    name: str
    place: tuple[int, int]
    curves: tuple[Curve, ...]
    x: Side
    left: Side | None
    right: Side | None
    title: str
    empty: str

    def side(self, layer: Layer) -> Side:
        """Return the y axis of a layer."""
        found = self.right if layer.right else self.left
        if found is None:
            raise ValueError("a layer without an axis")
        return found

    def shown(self, *, right: bool = False) -> Region:
        """Return which data are at the edges."""
        side = self.right if right else self.left
        side = side or self.right
        if side is None:
            raise ValueError("a panel without an axis")
        return Region(self.x.low, self.x.high, side.low, side.high)


Surveyor = Callable[[Family, float | None], Survey]


def panel(
    cell: Cell,
    look: Surveyor,
    regions: Mapping[str, Region],
    room: tuple[float, float],
    *,
    alone: bool,
) -> Panel:
    """Return what a place shows.

    Parameters
    ----------
    cell : Cell
        Plots and values.
    look : callable
        Gives the survey of a family's points.
    regions : mapping of str to Region
        What is asked to be seen of frames by name.
    room : tuple of float
        About how many ticks there is room for, along x and y.
    alone : bool
        Whether the page has no other panel, so that the title says everything.
    """
    name = f"plot {cell.place[0]},{cell.place[1]}"
    curves = tuple(_curves(cell, look))
    plot = curves[0].family.plot
    left = [each for each in curves if not each.layer.right]
    right = [each for each in curves if each.layer.right]
    x_ends = _ends(curves, plot.x, plot.x_range, along_x=True)
    left_ends = _ends(left, None, plot.y_range, along_x=False) if left else None
    # A given range is that of the left axis, where there is one.
    right_range = None if left else plot.y_range
    right_ends = _ends(right, None, right_range, along_x=False) if right else None
    if (seen := regions.get(name)) is not None:
        whole = left_ends or right_ends or (0.0, 1.0)
        x_ends = (seen.left, seen.right)
        below, above = seen.bottom, seen.top
        if left_ends is not None and right_ends is not None:
            right_ends = _follow(whole, (below, above), right_ends)
        left_ends = (below, above) if left_ends is not None else None
        right_ends = right_ends if left_ends is not None else (below, above)
    words = plot.words
    x = _side(curves, [plot.x], x_ends, room[0], words.x)
    return Panel(
        name,
        cell.place,
        curves,
        x,
        _side(curves, [c.layer.y for c in left], left_ends, room[1], words.y)
        if left_ends
        else None,
        _side(curves, [c.layer.y for c in right], right_ends, room[1], "" if left else words.y)
        if right_ends
        else None,
        _title(curves, alone=alone),
        _why_empty(curves),
    )


def heading(curves: Sequence[Curve]) -> str:
    """Return what several panels have in common: which quantities."""
    plot = curves[0].family.plot
    along_y = dict.fromkeys(labels.name_of(each.layer.y) for each in curves)
    return f"{', '.join(along_y)} vs. {labels.name_of(plot.x)}"


def time_scale(curves: Sequence[Curve]) -> str:
    """Return the scale of times; one after the other where tables differ in it."""
    return " and ".join(dict.fromkeys(each.family.source.time_scale for each in curves))


def _curves(cell: Cell, look: Surveyor) -> list[Curve]:
    found: list[Curve] = []
    for family, value in cell.content:
        survey, part = look(family, value), family.part(value)
        for layer in family.plot.layers:
            found.append(Curve(family, value, part, layer, len(found), survey))
    return found


def _limits(curve: Curve, quantity: Quantity) -> Limits:
    every = curve.layer.flagged is not None
    iteration = curve.family.plot.iteration
    along_x = quantity == curve.family.plot.x
    if iteration is not None and (iteration.same_x if along_x else iteration.same_y):
        return curve.family.common.get(quantity, Limits())
    found = curve.survey.all if every else curve.survey.plain
    return found.get(quantity, Limits())


def _ends(
    curves: Sequence[Curve],
    quantity: Quantity | None,
    given: tuple[float, float] | None,
    *,
    along_x: bool,
) -> tuple[float, float]:
    if given is not None:
        return given
    reach = Limits()
    for each in curves:
        own = each.family.plot.x if along_x else each.layer.y
        reach = reach.joined(_limits(each, own))
    axis = (quantity or curves[0].layer.y).axis
    named = curves[0].family.source.names(quantity or curves[0].layer.y) is not None
    if named and reach.some:
        return reach.low - 0.6, reach.high + 0.6
    if axis in _PHASES and reach.some and reach.high - reach.low > _WHOLE_TURN:
        return -187.0, 187.0
    if axis is Axis.TIME and reach.low == reach.high:
        return reach.low - 30, reach.low + 30  # one integration: a minute around it
    low, high = padded(reach)
    if axis in _POSITIVE and reach.some and 0 <= reach.low < 0.4 * reach.high:
        low = -0.012 * high  # points on the axis are seen
    return low, high


def _follow(
    before: tuple[float, float], after: tuple[float, float], other: tuple[float, float]
) -> tuple[float, float]:
    """Return the ends of another axis after the same zoom."""
    span = before[1] - before[0]
    low, high = ((each - before[0]) / span for each in after)
    wide = other[1] - other[0]
    return other[0] + low * wide, other[0] + high * wide


def _side(
    curves: Sequence[Curve],
    quantities: Sequence[Quantity],
    ends: tuple[float, float],
    room: float,
    words: str,
) -> Side:
    first = quantities[0]
    names = curves[0].family.source.names(first)
    found = ticks(first.axis, *ends, max(int(room), 2), names)
    plot, scale = curves[0].family.plot, time_scale(curves)
    if words:
        y = plot.layers[0].y
        label = labels.expanded(words, plot.x, y, scale, first)
    else:
        label = labels.label_of(first, scale, found.unit)
        for each in dict.fromkeys(quantities[1:]):
            if each != first:
                label = f"{labels.name_of(each)}, {label}"
        if first.axis is Axis.TIME:
            label = _with_day(label, ends)
    return Side(first, *ends, found, label, scale)


def _with_day(label: str, ends: tuple[float, float]) -> str:
    first, last = day_of(min(ends)), day_of(max(ends))
    return f"{label}, {first}" if first == last else label


def _title(curves: Sequence[Curve], *, alone: bool) -> str:
    plot = curves[0].family.plot
    values = [
        f"{labels.name_of(family.plot.iteration.over)}: "
        f"{family.name(family.plot.iteration.over, value)}"
        for family, value in dict.fromkeys((each.family, each.value) for each in curves)
        if value is not None and family.plot.iteration is not None
    ]
    value = ", ".join(dict.fromkeys(values))
    if plot.words.title:
        scale = time_scale(curves)
        own = labels.expanded(plot.words.title, plot.x, plot.layers[0].y, scale)
        return f"{own}   {value}" if value else own
    if not alone and value:
        return value
    return f"{heading(curves)}   {value}" if value else heading(curves)


def _why_empty(curves: Sequence[Curve]) -> str:
    """Return why there is nothing to see; empty if there is something."""
    first = curves[0].survey
    hidden = all(each.layer.flagged is None for each in curves)
    if any(_some(each) for each in curves):
        return ""
    if not first.points:
        return "no data"
    if first.flagged and hidden:
        return f"all {first.flagged:,} points are flagged"
    return f"none of {first.points:,} points is a number"


def _some(curve: Curve) -> bool:
    found = curve.survey.all if curve.layer.flagged is not None else curve.survey.plain
    return found.get(curve.layer.y, Limits()).some and found.get(curve.family.plot.x, Limits()).some
