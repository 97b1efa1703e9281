"""Where on a page plots, labels, legends and header are: whole pixels, so that data are sharp.

Pure geometry. Distances inside are in points (1/72 inch) and become pixels by the resolution.
"""

from dataclasses import dataclass
from typing import Final

from casa_plots.picture import Region, Size

_DIGIT: Final = 0.62  # width of a digit in parts of the size of the font
_LEAST: Final = 24  # pixels that a plot has at least


@dataclass(frozen=True, slots=True)
class Margins:
    """What one plot needs around its data, in points."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels, from the lower left corner of the page."""

    left: int
    bottom: int
    width: int
    height: int

    def region(self, width: int, height: int) -> Region:
        """Return it in parts of a page of so many pixels."""
        return Region(
            self.left / width,
            (self.left + self.width) / width,
            self.bottom / height,
            (self.bottom + self.height) / height,
        )


@dataclass(frozen=True, slots=True)
class Fonts:
    """Sizes in points that fit a page with so many plots."""

    title: float
    label: float
    tick: float

    @classmethod
    def fitting(cls, size: Size, rows: int, columns: int) -> "Fonts":
        """Return sizes for a page: smaller with more plots, larger on large paper."""
        room = min(size.width / columns / 8.0, size.height / rows / 6.0)
        scale = min(max(room, 0.0) ** 0.35, 1.6)
        return cls(
            title=max(12.0 * scale, 7.5), label=max(10.5 * scale, 7.0), tick=max(9.5 * scale, 6.5)
        )


def width_of(texts: tuple[str, ...], font: float) -> float:
    """Return about how many points wide the widest of some texts is."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((len(each) for each in lines), default=0) * _DIGIT * font


def boxes(
    size: Size, rows: int, columns: int, margins: dict[tuple[int, int], Margins], top: float
) -> dict[tuple[int, int], Box]:
    """Return where the data of each plot are.

    Parameters
    ----------
    size : Size
        Of the page.
    rows, columns : int
        Of the page.
    margins : mapping of (row, column) to Margins
        Of the plots that there are; all of a column have the widest left and right ones, all of a
        row the highest, so that axes are in line.
    top : float
        Points above all plots: header and common title.
    """
    pixel = size.dpi / 72
    width, height = size.pixels
    edge = 6.0
    lefts = [_most(margins, column, 1, "left") for column in range(columns)]
    rights = [_most(margins, column, 1, "right") for column in range(columns)]
    bottoms = [_most(margins, row, 0, "bottom") for row in range(rows)]
    tops = [_most(margins, row, 0, "top") for row in range(rows)]
    wide = width - pixel * (sum(lefts) + sum(rights) + 2 * edge)
    high = height - pixel * (sum(bottoms) + sum(tops) + top + 2 * edge)
    each_wide, each_high = max(int(wide // columns), _LEAST), max(int(high // rows), _LEAST)
    found: dict[tuple[int, int], Box] = {}
    for row, column in margins:
        left = pixel * (edge + sum(lefts[: column + 1]) + sum(rights[:column])) + column * each_wide
        above = pixel * (edge + top + sum(tops[: row + 1]) + sum(bottoms[:row])) + row * each_high
        found[row, column] = Box(
            round(left), round(height - above) - each_high, each_wide, each_high
        )
    return found


def _most(margins: dict[tuple[int, int], Margins], index: int, part: int, side: str) -> float:
    found = [getattr(each, side) for place, each in margins.items() if place[part] == index]
    return max(found, default=10.0)
