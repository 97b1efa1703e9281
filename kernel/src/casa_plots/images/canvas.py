"""The frame that layers are painted in, and what all layers share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.images.layout import Layout
from casa_plots.images.matching import Mapping, matching_cut
from casa_plots.images.planes import Cut, Seen, read_plane
from casa_plots.images.scene import Source
from casa_plots.picture import Region
from casa_plots.style import Style


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a layer needs to know of the picture that it is in.

    Attributes
    ----------
    axes : WCSAxes
        The frame, in pixel coordinates of the base image.
    figure : Figure
        The picture.
    base : Source
        The image that says where the picture is.
    cut : Cut
        Its plane.
    shown : Region
        What of it is at the edges of the frame.
    pixels : tuple of int
        Width and height of the frame in pixels of the picture.
    look, layout
        Colours and letters.
    """

    axes: Any
    figure: Any
    base: Source
    cut: Cut
    shown: Region
    pixels: tuple[int, int]
    look: Style
    layout: Layout

    @property
    def on_white(self) -> bool:
        """Whether layers lie on white paper, and not on an image."""
        return tuple(self.axes.get_facecolor()[:3]) == (1.0, 1.0, 1.0)

    def keep_limits(self) -> None:
        """Set the frame's edges again: what is painted must not move them."""
        self.axes.set_xlim(self.shown.left, self.shown.right)
        self.axes.set_ylim(self.shown.bottom, self.shown.top)

    def say(self, sentence: str) -> str:
        """Write a sentence in the middle of the frame, and return it."""
        self.axes.text(
            0.5,
            0.5,
            sentence,
            transform=self.axes.transAxes,
            ha="center",
            va="center",
            color=self.look.text,
            size=self.layout.letters,
            zorder=9,
            bbox={"facecolor": self.look.ground, "edgecolor": "none", "alpha": 0.8},
        )
        return sentence


@dataclass(frozen=True, slots=True)
class Placed:
    """What of an image is in the frame, and how its pixels become those of the base image."""

    seen: Seen
    mapping: Mapping

    def own_centres(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return x and y of the middles of blocks, ``(rows, columns)``, in the image itself."""
        left, right, bottom, top = self.seen.extent
        rows, columns = self.seen.values.shape
        x = left + (np.arange(columns) + 0.5) * (right - left) / columns
        y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
        columns_at, rows_at = np.meshgrid(x, y)
        return columns_at, rows_at

    def centres(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the same in the base image."""
        return self.mapping.forth(*self.own_centres())

    def corners(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return x and y of the corners of blocks, ``(rows + 1, columns + 1)``."""
        left, right, bottom, top = self.seen.extent
        rows, columns = self.seen.values.shape
        x, y = np.linspace(left, right, columns + 1), np.linspace(bottom, top, rows + 1)
        return self.mapping.forth(*np.meshgrid(x, y))


def placed(
    canvas: Canvas, source: Source, pixels: tuple[int, int] | None = None, part: str = ""
) -> Placed | str:
    """Read what of an image is in the frame; return why if nothing is.

    Parameters
    ----------
    canvas : Canvas
        The frame.
    source : Source
        The image.
    pixels : tuple of int, optional
        How fine to read; as fine as the picture is without.
    part : str
        Of complex numbers, if not the source's own; see `planes.read_plane`.
    """
    name = source.image.described.name
    mapping = Mapping(source, canvas.base)
    cut = matching_cut(canvas.base, canvas.cut, source)
    if cut is None:
        return f"{name} has no plane at this frequency."
    window = mapping.window(canvas.shown)
    if window is None:
        return f"No pixel of {name} is here."
    seen = read_plane(source.image, cut, window, pixels or canvas.pixels, part or source.part)
    if not np.isfinite(seen.values).any():
        return f"All pixels of {name} are masked or not a number here."
    return Placed(seen, mapping)
