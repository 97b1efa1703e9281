"""What people do inside a picture: look what is there, measure it, flag it.

A `View` has those of these protocols that make sense for it; a front end offers what the view has
(`isinstance` works). Positions are in the coordinates of the frame, as in `picture.Region`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from casa_plots.picture import Looking, Picture, Region


class Shape(StrEnum):
    """What kind of outline somebody drew."""

    POINT = "point"
    RECTANGLE = "rectangle"  # two opposite corners
    ELLIPSE = "ellipse"  # two opposite corners of the rectangle around it
    POLYGON = "polygon"  # its corners in order


@dataclass(frozen=True, slots=True)
class Outline:
    """What somebody drew in a frame."""

    shape: Shape
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Found:
    """What is at a place.

    Attributes
    ----------
    total : int
        How many points there are.
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
        Some of the points, one row each.
    """

    total: int
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@runtime_checkable
class Locating(Protocol):
    """A view that can say what is where."""

    def locate(self, frame: str, region: Region, limit: int = 10) -> Found:
        """Return what is inside a region of a frame."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in an outline: lines of text, and a picture such as a spectrum."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    picture: Picture | None = None


@runtime_checkable
class Measuring(Protocol):
    """A view whose data can be measured in an outline."""

    def measure(self, frame: str, outline: Outline, looking: Looking) -> Measured:
        """Return statistics of what is inside; `looking` is for the picture."""


@dataclass(frozen=True, slots=True)
class Extension:
    """What else is flagged with a visibility, as ``plotms`` extends flags.

    Attributes
    ----------
    correlations, channels, spws, fields, scans, times, baselines : bool
        Everything that differs only in this; ``baselines``: all others of the same integration.
    antennas : bool
        All baselines of either antenna in the same integration.
    """

    correlations: bool = False
    channels: bool = False
    spws: bool = False
    fields: bool = False
    scans: bool = False
    times: bool = False
    baselines: bool = False
    antennas: bool = False


@dataclass(frozen=True, slots=True)
class FlagPreview:
    """What flagging would do.

    Attributes
    ----------
    points : int
        Points of the plot inside the outline.
    changed : int
        Visibilities whose flag would change.
    total : int
        Visibilities in the table.
    sentence : str
        The same for a person, with what would be flagged altogether.
    """

    points: int
    changed: int
    total: int
    sentence: str


@runtime_checkable
class Flagging(Protocol):
    """A view whose data can be flagged and unflagged."""

    def preview(
        self, frame: str, outline: Outline, extension: Extension, *, flag: bool
    ) -> FlagPreview:
        """Return what `apply` would do; nothing is changed."""

    def apply(self, frame: str, outline: Outline, extension: Extension, *, flag: bool) -> str:
        """Flag, or unflag, what is inside; return a sentence that says what was done.

        The flags as they were are kept under a name that ``flagmanager`` knows.
        """

    def undo(self) -> str:
        """Put back the flags as they were before the last `apply`; return a sentence."""
