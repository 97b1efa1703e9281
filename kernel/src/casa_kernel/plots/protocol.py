"""The messages between front end and kernel, as they are said in the package's docstring.

Whatever comes is checked: a browser may be of another version, or anybody's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, Final

from casa_plots.errors import InvalidParameterError
from casa_plots.inside import (
    Extension,
    Flagging,
    Found,
    Locating,
    Measured,
    Measuring,
    Outline,
    Shape,
)
from casa_plots.picture import Frame, Looking, Picture, Region, Size, Theme, View

CSS_DPI: Final = 100.0
"""CSS pixels per inch of a `Size`: text in a picture is then as large as the page's."""

_LARGEST: Final = 8192  # pixels of an edge, so that no message makes the kernel fill its memory
_HIGHEST_RATIO: Final = 4.0
_EDGES: Final = 4

Content = Mapping[str, Any]
"""A message as JSON has it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel says.

    Attributes
    ----------
    content : mapping
        As JSON can have it.
    buffers : sequence of bytes
        Files.
    """

    content: Content
    buffers: Sequence[bytes] = field(default=())


Handler = Callable[[Content], Answer]
"""Answers one kind of question."""


class MessageError(InvalidParameterError):
    """A message has not what it must have."""


def number(content: Content, name: str) -> float:
    """Return a finite number of a message."""
    value = content.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise MessageError(f"The front end sent {name}={value!r}, which is no number: reload it.")
    return float(value)


def text(content: Content, name: str) -> str:
    """Return a text of a message."""
    value = content.get(name)
    if not isinstance(value, str):
        raise MessageError(f"The front end sent {name}={value!r}, which is no text: reload it.")
    return value


def region(value: object) -> Region:
    """Return a region of ``[left, right, bottom, top]``."""
    return Region(*_numbers(value, _EDGES))


def looking(content: Content) -> Looking:
    """Return what somebody wants to see."""
    ratio = min(max(number(content, "ratio"), 0.5), _HIGHEST_RATIO)
    dpi = CSS_DPI * ratio
    width, height = (
        min(max(number(content, name) * ratio, 1.0), _LARGEST) / dpi for name in ("width", "height")
    )
    return Looking(Size(width, height, dpi), theme(content), regions(content))


def theme(content: Content) -> Theme:
    """Return the colours that somebody wants."""
    return Theme.DARK if content.get("theme") == Theme.DARK else Theme.LIGHT


def regions(content: Content) -> dict[str, Region]:
    """Return regions by frame."""
    given = content.get("regions", {})
    if not isinstance(given, Mapping):
        raise MessageError(f"The front end sent regions={given!r}: reload it.")
    return {str(name): region(each) for name, each in given.items()}


def outline(content: Content) -> Outline:
    """Return what somebody drew."""
    points = content.get("points")
    if not isinstance(points, list) or not points:
        raise MessageError(f"The front end sent points={points!r}: reload it.")
    pairs = [_numbers(point, 2) for point in points]
    try:
        return Outline(Shape(text(content, "shape")), [(x, y) for x, y in pairs])
    except ValueError as error:
        raise MessageError(f"The front end drew {content.get('shape')!r}: reload it.") from error


def extension(content: Content) -> Extension:
    """Return how flags are extended."""
    given = content.get("extension")
    wanted = given if isinstance(given, Mapping) else {}
    return Extension(**{each.name: wanted.get(each.name) is True for each in fields(Extension)})


def frame_content(frame: Frame) -> dict[str, Any]:
    """Return a frame as the front end takes it."""
    return {
        "name": frame.name,
        "box": edges(frame.box),
        "shown": edges(frame.shown),
        "xScale": frame.x_scale.value,
        "yScale": frame.y_scale.value,
        "xLabel": frame.x_label,
        "yLabel": frame.y_label,
        "xTimeScale": frame.x_time_scale,
        "yTimeScale": frame.y_time_scale,
    }


def edges(of: Region) -> list[float]:
    """Return ``[left, right, bottom, top]``."""
    return [float(each) for each in (of.left, of.right, of.bottom, of.top)]


def picture_content(page: int, view: View, picture: Picture) -> dict[str, Any]:
    """Return what the front end needs to know of a drawn view."""
    kinds = {"locate": Locating, "measure": Measuring, "flag": Flagging}
    return {
        "page": page,
        "title": view.title,
        "zoomable": view.zoomable,
        "can": [name for name, kind in kinds.items() if isinstance(view, kind)],
        "frames": [frame_content(each) for each in picture.frames],
        "alternative": picture.alternative,
    }


def table_content(of: Found | Measured) -> dict[str, Any]:
    """Return a table as the front end takes it."""
    return {"columns": list(of.columns), "rows": [list(row) for row in of.rows]}


def _numbers(value: object, count: int) -> list[float]:
    if not isinstance(value, list) or len(value) != count:
        raise MessageError(f"The front end sent {value!r} for {count} numbers: reload it.")
    named = {str(index): each for index, each in enumerate(value)}
    return [number(named, name) for name in named]
