"""What lies in a picture of an image, layer by layer, before anything is drawn."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from numpy.typing import NDArray

from casa_plots.errors import InvalidParameterError
from casa_plots.images.colours import Limits, limits_of, normalised, rms_of
from casa_plots.images.described import Image, Kind
from casa_plots.images.planes import Cut, sample
from casa_plots.inside import Outline

_CELESTIAL: Final = {Kind.LONGITUDE, Kind.LATITUDE}


class Source:
    """An image, and which of its planes follow each other.

    Parameters
    ----------
    image : Image
        The image.
    cut : Cut
        The plane that is shown first.
    along : int, optional
        The axis whose planes can be shown; None if there is one plane.
    part : str
        Of complex numbers: ``amp``, ``phase``, ``real`` or ``imag``.
    """

    def __init__(self, image: Image, cut: Cut, along: int | None = None, part: str = "amp") -> None:
        self.image, self.cut, self.along, self.part = image, cut, along, part
        self._lock = threading.Lock()
        self._values: NDArray[Any] | None = None

    @property
    def is_celestial(self) -> bool:
        """Whether the plane is one of the sky."""
        axes = self.image.described.axes
        return {axes[self.cut.x].kind, axes[self.cut.y].kind} == _CELESTIAL

    @property
    def planes(self) -> int:
        """How many planes there are."""
        return 1 if self.along is None else self.image.described.shape[self.along]

    @property
    def unit(self) -> str:
        """Of the values that are shown."""
        is_phase = self.image.described.is_complex and self.part == "phase"
        return "deg" if is_phase else self.image.described.unit

    def plane(self, number: int) -> Cut:
        """Return one of the planes."""
        return self.cut if self.along is None else self.cut.moved(self.along, number)

    def at(self, planes: Sequence[tuple[str, int | None]]) -> "Source":
        """Return the same image at planes of axes by name; None leaves an axis to be paged.

        Raises
        ------
        InvalidParameterError
            There is no such plane.
        """
        cut, along = self.cut, self.along
        for name, number in planes:
            axis = next(i for i, a in enumerate(self.image.described.axes) if a.name == name)
            length = self.image.described.shape[axis]
            if number is None:
                continue
            if not 0 <= number < length:
                raise InvalidParameterError(
                    f"{self.image.described.name} has no {name.lower()} {number}:"
                    f" it has 0 to {length - 1}."
                )
            cut = cut.moved(axis, number)
            along = None if along == axis else along
        return Source(self.image, cut, along, self.part)

    def limits(self, percentile: float) -> Limits | None:
        """Return limits for all planes; None if a sample of them has no values."""
        return limits_of(self._sample(), percentile)

    def rms(self) -> float:
        """Return the noise of all planes, estimated from a sample of them."""
        return rms_of(self._sample())

    def _sample(self) -> NDArray[Any]:
        # Read once for all views of the image: their colours mean the same.
        with self._lock:
            if self._values is None:
                self._values = sample(self.image, self.cut, self.along, self.part)
            return self._values


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels in colours.

    Attributes
    ----------
    source : Source
        The image.
    limits : Limits, optional
        Values at the ends of the colours; None to estimate them.
    percentile : float
        How many per cent of the values are between the limits, if they are estimated.
    colormap : str
        matplotlib's name.
    stretch, power, scaling
        See `colours.normalised`.
    wedge : bool
        Whether the colours are explained beside the image.
    alpha : float
        1 for opaque.
    """

    source: Source
    limits: Limits | None = None
    percentile: float = 99.9
    colormap: str = "inferno"
    stretch: str = "linear"
    power: float | None = None
    scaling: float | None = None
    wedge: bool = True
    alpha: float = 1.0

    def check(self) -> None:
        """Raise `InvalidParameterError` if the stretch is unknown."""
        normalised(Limits(0.0, 1.0), self.stretch, self.power, self.scaling)


@dataclass(frozen=True, slots=True)
class Contour:
    """Lines of equal values.

    Attributes
    ----------
    source : Source
        The image.
    levels : tuple of float, optional
        Values, in the image's unit; None to choose them by the noise.
    color : str
        matplotlib's name of a colour; empty to choose one.
    linewidth : float
        Points.
    """

    source: Source
    levels: tuple[float, ...] | None = None
    color: str = ""
    linewidth: float = 1.0


@dataclass(frozen=True, slots=True)
class Vector:
    """Polarisation as lines.

    Attributes
    ----------
    source : Source
        Complex linear polarisation (Q + iU), or position angles in degrees, east of north.
    amplitude : Source, optional
        Another image that says how long lines are; without it complex pixels say it themselves, and
        angles are all as long.
    step : int
        Pixels between lines; 0 to choose.
    scale : float
        Makes lines longer.
    color : str
        matplotlib's name of a colour; empty to choose one.
    threshold : float
        No lines where the amplitude is below it.
    rotation : float
        Degrees added to each angle: 90 for the magnetic field.
    """

    source: Source
    amplitude: Source | None = None
    step: int = 0
    scale: float = 1.0
    color: str = ""
    threshold: float = 0.0
    rotation: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """All that lies in one picture; the first image says where the picture is.

    Attributes
    ----------
    rasters, contours, vectors : tuple
        Layers, the lowest first.
    outlines : tuple of Outline
        Regions, in pixel coordinates of the base image.
    """

    rasters: tuple[Raster, ...] = ()
    contours: tuple[Contour, ...] = ()
    vectors: tuple[Vector, ...] = ()
    outlines: tuple[Outline, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """All images, the one that says where the picture is first."""
        layers: tuple[Raster | Contour | Vector, ...] = (
            *self.rasters,
            *self.contours,
            *self.vectors,
        )
        return tuple(each.source for each in layers)

    @property
    def base(self) -> Source:
        """The image that says where the picture is."""
        return self.sources[0]
