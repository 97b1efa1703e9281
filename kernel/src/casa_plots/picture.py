"""What is drawn: views, pictures, and where in a picture which data are.

Everything that a person looks at is a `View`, whoever made it: one plot of visibilities, one image
of the sky. Front ends know no more than this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Theme(StrEnum):
    """What the picture is laid on."""

    LIGHT = "light"
    DARK = "dark"


class Format(StrEnum):
    """What a picture can be saved as."""

    PNG = "png"
    PDF = "pdf"
    SVG = "svg"
    EPS = "eps"
    JPG = "jpg"


class Scale(StrEnum):
    """How positions along an axis and values relate."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Size:
    """How big a picture is.

    Attributes
    ----------
    width, height : float
        Inches.
    dpi : float
        Pixels per inch.
    """

    width: float = 8.0
    height: float = 6.0
    dpi: float = 100.0

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return round(self.width * self.dpi), round(self.height * self.dpi)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in the coordinates of one frame, with ``left < right`` unless the axis is turned.

    Attributes
    ----------
    left, right, bottom, top : float
        In the units of the frame's axes; for time that is seconds since 1858-11-17 (MJD seconds, as
        in a MeasurementSet), for pixels of an image zero-based pixel coordinates.
    """

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One pair of axes in a picture.

    Attributes
    ----------
    name : str
        What tells it from the other frames of the view; the same in every drawing of it.
    box : Region
        Where it is: fractions of the picture's width and height, from the lower left corner.
    shown : Region
        Which data are at its edges.
    x_scale, y_scale : Scale
        How values lie between the edges.
    x_label, y_label : str
        Quantity and unit.
    x_time_scale, y_time_scale : str
        Such as ``UTC`` for an axis of times; empty for any other.
    """

    name: str
    box: Region
    shown: Region
    x_scale: Scale = Scale.LINEAR
    y_scale: Scale = Scale.LINEAR
    x_label: str = ""
    y_label: str = ""
    x_time_scale: str = ""
    y_time_scale: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A view, drawn.

    Attributes
    ----------
    content : bytes
        The file, in the format asked for.
    size : tuple of int
        Pixels, for formats that have them.
    frames : sequence of Frame
        Where the data are.
    alternative : str
        What a person who cannot see the picture should know; a sentence or two.
    """

    content: bytes
    size: tuple[int, int]
    frames: Sequence[Frame]
    alternative: str


@dataclass(frozen=True, slots=True)
class Looking:
    """What of a view somebody wants to see.

    Attributes
    ----------
    size : Size
        Of the picture.
    theme : Theme
        Colours of ground and text.
    regions : mapping of str to Region
        For frames by name: the part to show instead of everything.
    """

    size: Size = Size()
    theme: Theme = Theme.LIGHT
    regions: dict[str, Region] = field(default_factory=dict)


class View(Protocol):
    """Something that can be looked at."""

    @property
    def title(self) -> str:
        """What it is called among its pages."""

    @property
    def zoomable(self) -> bool:
        """Whether `Looking.regions` are obeyed: whether the data are drawn again for a region."""

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Draw it.

        Raises
        ------
        PlotError
            There is nothing to draw, or it cannot be read any more.
        """


@dataclass(frozen=True, slots=True)
class Pages:
    """What a plotting task made: one view or many, of which one is shown at a time.

    Attributes
    ----------
    task : str
        Name of the task.
    views : sequence of View
        May be lazy: asking for its length and one item must not draw, or read, the others.
    engine : str
        Who draws, in words for the user: ``casahub`` or ``casaplotms 2.9.1``.
    notes : sequence of str
        Sentences for the user: what was averaged, what is flagged, why this engine.
    saved : sequence of str
        Files that were written because the user asked for them.
    """

    task: str
    views: Sequence[View]
    engine: str = "casahub"
    notes: Sequence[str] = ()
    saved: Sequence[str] = ()
