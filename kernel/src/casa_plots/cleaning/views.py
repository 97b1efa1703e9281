"""The images of an interactive clean as views: one page for each plane, of the image chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, overload

from numpy.typing import NDArray

from casa_plots.cleaning.masks import Plane
from casa_plots.cleaning.products import Product
from casa_plots.errors import EmptyPlotError
from casa_plots.images.colours import Limits
from casa_plots.images.described import Described, Image
from casa_plots.images.opening import open_image
from casa_plots.images.planes import Cut
from casa_plots.images.scene import Raster, Scene, Source
from casa_plots.images.views import PlaneView
from casa_plots.picture import Format, Looking, Picture

_CHANNEL: Final = 3


class Gallery(Sequence["Shown"]):
    """All planes of one image, which can be another image at any time.

    Parameters
    ----------
    shown : callable
        Returns where an image is, None if it is not there yet.
    shape : tuple of int
        Pixels along x and y, Stokes planes, channels.

    Attributes
    ----------
    product : Product
        The image that is shown.
    """

    def __init__(
        self, shown: Callable[[Product], Path | None], shape: tuple[int, int, int, int]
    ) -> None:
        self._shown = shown
        self._shape = shape
        self._scenes: dict[tuple[Path, int], Scene] = {}
        self.product = Product.RESIDUAL

    def __len__(self) -> int:
        return self._shape[2] * self._shape[3]

    @overload
    def __getitem__(self, index: int) -> "Shown": ...
    @overload
    def __getitem__(self, index: slice) -> Sequence["Shown"]: ...
    def __getitem__(self, index: int | slice) -> "Shown | Sequence[Shown]":
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        return Shown(self, self.plane(range(len(self))[index]))

    def plane(self, page: int) -> Plane:
        """Return Stokes and channel of a page: channels follow each other."""
        return page // self._shape[3], page % self._shape[3]

    def available(self) -> list[Product]:
        """Return the images that can be shown."""
        return [each for each in Product if self._shown(each) is not None]

    def refresh(self) -> None:
        """Read images anew: CASA changed them."""
        # Somebody may be drawing from the old ones.
        self._scenes = {}

    def view(self, plane: Plane) -> PlaneView:
        """Return the view of a plane.

        Raises
        ------
        EmptyPlotError
            There is no such image yet.
        """
        path = self._shown(self.product)
        if path is None:
            raise EmptyPlotError(f"There is no {self.product} yet: it comes with the first cycle.")
        scenes, key = self._scenes, (path, plane[0])
        if key not in scenes:
            cut = Cut(0, 1, (0, 0, plane[0], 0))
            source = Source(_with_unit(open_image(str(path)), self.product), cut, _CHANNEL)
            is_mask = self.product is Product.MASK
            raster = Raster(source, Limits(0.0, 1.0), colormap="cividis") if is_mask else None
            scenes[key] = Scene((raster or Raster(source),))
        return PlaneView(scenes[key], plane[1])


@dataclass(frozen=True, slots=True)
class _Named:
    """An image with another description."""

    image: Image
    described: Described

    def read(self, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        """Return pixels; see `described.Image`."""
        return self.image.read(start, stop)


def _with_unit(image: Image, product: Product) -> Image:
    # CASA writes none into a residual before it is restored.
    if product is not Product.RESIDUAL or image.described.unit:
        return image
    return _Named(image, replace(image.described, unit="Jy/beam"))


class Shown:
    """One plane; which image it is of is asked when it is drawn."""

    def __init__(self, gallery: Gallery, plane: Plane) -> None:
        self._gallery = gallery
        self._plane = plane

    @property
    def title(self) -> str:
        """Name of the image, and which plane it is."""
        return self._gallery.view(self._plane).title

    @property
    def zoomable(self) -> bool:
        """Regions are read again."""
        return True

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Draw it; see `picture.View`."""
        return self._gallery.view(self._plane).draw(looking, form)
