"""A row of the drawing as pieces of SVG: lanes, bends and the step's shape; no text, no names."""

from dataclasses import dataclass
from typing import Final

from recompute.graphs.lanes import Row, Run, Stroke
from recompute.graphs.looks import HUES, Look, Shape, look

ROW_HEIGHT: Final = 26
"""Pixels of a row: a line of text with air around it."""
MIDDLE: Final = ROW_HEIGHT / 2
_WIDEST_STEP: Final = 18.0
_NARROWEST_STEP: Final = 7.0
_WIDTH_TO_KEEP: Final = 260.0
_RADIUS: Final = 5.0
_BEND: Final = 8.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Pixels between lanes; many lanes stand closer together."""

    columns: int

    @property
    def step(self) -> float:
        """Pixels from one lane to the next."""
        return min(_WIDEST_STEP, max(_NARROWEST_STEP, _WIDTH_TO_KEEP / self.columns))

    @property
    def width(self) -> int:
        """Pixels that all lanes take."""
        return round(self.columns * self.step + 4)

    def x(self, column: int) -> float:
        """Return the middle of a lane."""
        return round(column * self.step + self.step / 2 + 2, 1)


def row_marks(row: Row, scale: Scale) -> str:
    """Return a row's lines and its step's shape as SVG elements, from (0, 0)."""
    x = scale.x(row.column)
    # Dashed and bending lines lie over those that only pass by.
    strokes = sorted(row.strokes, key=lambda each: each.run is not Run.THROUGH)
    lines = "".join(_line(each, x, scale) for each in strokes)
    return lines + shape(look(row.node), x, MIDDLE)


def passing_marks(row: Row, scale: Scale) -> str:
    """Return the lanes that go on below a row, as SVG elements of a row's height."""
    on = {Run.THROUGH, Run.BELOW, Run.LEAVE, Run.ONWARD}
    return "".join(
        _path(f"M{scale.x(each.column):g} 0V{ROW_HEIGHT}", each)
        for each in row.strokes
        if each.run in on
    )


def shape(of: Look, x: float, y: float) -> str:
    """Return a step's shape around a point."""
    r = _RADIUS
    fill = f'fill="{of.colour}"'
    hollow = f'fill="none" stroke="{of.colour}" stroke-width="2"'
    match of.shape:
        case Shape.DISC:
            return f'<circle class="step" cx="{x:g}" cy="{y:g}" r="{r:g}" {fill}/>'
        case Shape.RING:
            return f'<circle class="step" cx="{x:g}" cy="{y:g}" r="{r - 1:g}" {hollow}/>'
        case Shape.DIAMOND:
            d = f"M{x:g} {y - r:g}l{r:g} {r:g} {-r:g} {r:g} {-r:g} {-r:g}z"
            return f'<path class="step" d="{d}" {hollow}/>'
        case Shape.TRIANGLE:
            d = f"M{x:g} {y - r:g}l{r + 0.5:g} {2 * r - 0.5:g}h{-2 * r - 1:g}z"
            return f'<path class="step" d="{d}" {fill}/>'
        case Shape.CROSS:
            arm, width = r - 1, 2 * (r - 1)
            d = f"M{x - arm:g} {y - arm:g}l{width:g} {width:g}m0 {-width:g}l{-width:g} {width:g}"
            return f'<path class="step" d="{d}" {hollow}/>'


def _line(stroke: Stroke, node_x: float, scale: Scale) -> str:
    x = scale.x(stroke.column)
    if stroke.run is Run.BEGIN:
        return f'<rect x="{x - 2.5:g}" y="0" width="5" height="5" fill="{_hue(stroke)}"/>'
    return _path(_course(stroke.run, x, node_x), stroke)


def _course(run: Run, x: float, node_x: float) -> str:
    """Return the ``d`` of a line; bends end at the rim of the shape."""
    right = 1 if node_x > x else -1
    bend = min(_BEND, abs(node_x - x))
    rim = node_x - right * (_RADIUS + 0.5)
    match run:
        case Run.THROUGH:
            return f"M{x:g} 0V{ROW_HEIGHT}"
        case Run.ONWARD:
            return f"M{x:g} 3V{ROW_HEIGHT}"
        case Run.ABOVE:
            return f"M{x:g} 0V{MIDDLE - _RADIUS:g}"
        case Run.BELOW:
            return f"M{x:g} {MIDDLE + _RADIUS:g}V{ROW_HEIGHT}"
        case Run.ENTER:
            turn = f"Q{x:g} {MIDDLE:g} {x + right * bend:g} {MIDDLE:g}"
            return f"M{x:g} 0V{MIDDLE - bend:g}{turn}H{rim:g}"
        case _:
            turn = f"Q{x:g} {MIDDLE:g} {x:g} {MIDDLE + bend:g}"
            return f"M{rim:g} {MIDDLE:g}H{x + right * bend:g}{turn}V{ROW_HEIGHT}"


def _path(course: str, stroke: Stroke) -> str:
    dashes = ' stroke-dasharray="3 3"' if stroke.dashed else ""
    return f'<path d="{course}" fill="none" stroke="{_hue(stroke)}" stroke-width="2"{dashes}/>'


def _hue(stroke: Stroke) -> str:
    return HUES[stroke.hue % len(HUES)]
