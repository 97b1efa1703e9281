"""Planes of images as views: drawn when somebody looks, one of them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from casa_plots.errors import InvalidParameterError
from casa_plots.images.drawing import draw_scene
from casa_plots.images.frames import FRAME
from casa_plots.images.inspecting import locate, measure
from casa_plots.images.planes import whole
from casa_plots.images.scene import Scene
from casa_plots.images.sky import plane_title
from casa_plots.inside import Found, Measured, Outline
from casa_plots.picture import Format, Looking, Picture, Region


@dataclass(frozen=True, slots=True)
class PlaneView:
    """One plane of a scene.

    Attributes
    ----------
    scene : Scene
        The layers.
    number : int
        Which plane of the image that says where the picture is.
    start : Region, optional
        What is shown before anybody zooms; None for all of it.
    """

    scene: Scene
    number: int
    start: Region | None = None

    @property
    def title(self) -> str:
        """Name of the image, and which plane it is."""
        described = self.scene.base.image.described
        plane = plane_title(described, self.scene.base.plane(self.number))
        return f"{described.name}, {plane}" if plane else described.name

    @property
    def zoomable(self) -> bool:
        """Regions are read again, as fine as the image is."""
        return True

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Draw the plane, or a region of it; see `picture.View`."""
        region = looking.regions.get(FRAME) or self.start or self._everything()
        return draw_scene(self.scene, self.number, _at_least(region), looking, form)

    def locate(self, frame: str, region: Region, limit: int = 10) -> Found:
        """Return value, pixel and place under a cursor, for each image; see `inside.Locating`."""
        _check(frame)
        return locate(self.scene, self.number, region, limit)

    def measure(self, frame: str, outline: Outline, looking: Looking) -> Measured:
        """Return statistics inside an outline and a spectrum; see `inside.Measuring`."""
        _check(frame)
        return measure(self.scene, self.number, outline, looking)

    def _everything(self) -> Region:
        window = whole(self.scene.base.image.described, self.scene.base.cut)
        return Region(-0.5, window.right - 0.5, -0.5, window.top - 0.5)


class PlaneViews(Sequence[PlaneView]):
    """A view for each plane; nothing is read to know how many there are.

    Parameters
    ----------
    scene : Scene
        The layers.
    numbers : sequence of int
        Planes.
    start : Region, optional
        See `PlaneView`.
    """

    def __init__(self, scene: Scene, numbers: Sequence[int], start: Region | None) -> None:
        self._scene, self._numbers, self._start = scene, numbers, start

    @overload
    def __getitem__(self, index: int) -> PlaneView: ...
    @overload
    def __getitem__(self, index: slice) -> "PlaneViews": ...
    def __getitem__(self, index: int | slice) -> "PlaneView | PlaneViews":
        if isinstance(index, slice):
            return PlaneViews(self._scene, self._numbers[index], self._start)
        return PlaneView(self._scene, self._numbers[index], self._start)

    def __len__(self) -> int:
        return len(self._numbers)


def _check(frame: str) -> None:
    if frame != FRAME:
        raise InvalidParameterError(f"there is no frame {frame!r} in an image: use {FRAME!r}.")


def _at_least(region: Region) -> Region:
    """Return a region that is at least a pixel wide and high, in the order of pixels."""
    left, right = sorted((region.left, region.right))
    bottom, top = sorted((region.bottom, region.top))
    wide, high = max(0.0, 1.0 - (right - left)) / 2, max(0.0, 1.0 - (top - bottom)) / 2
    return Region(left - wide, right + wide, bottom - high, top + high)
