"""What an image is, whatever file it is in: axes, coordinates, beams, and pixels to read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

SPEED_OF_LIGHT: Final = 299_792.458  # km/s


class Kind(StrEnum):
    """What an axis is of."""

    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    SPECTRAL = "spectral"
    STOKES = "stokes"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class ImageAxis:
    """One axis of an image.

    Attributes
    ----------
    name : str
        For a person, such as ``Right Ascension``.
    kind : Kind
        What it is of.
    unit : str
        Of its world coordinates, as `Described.wcs` gives them.
    length : int
        Pixels.
    """

    name: str
    kind: Kind
    unit: str
    length: int


@dataclass(frozen=True, slots=True)
class Beam:
    """A restoring beam: full widths at half maximum in arcseconds, position angle in degrees."""

    major: float
    minor: float
    angle: float

    @property
    def area(self) -> float:
        """Solid angle of the Gaussian, in square arcseconds."""
        return math.pi / (4 * math.log(2)) * self.major * self.minor

    def __str__(self) -> str:
        return f"{self.major:.3g}″ x {self.minor:.3g}″, {self.angle:.0f}°"


@dataclass(frozen=True, slots=True)
class Spectral:
    """The planes of a spectral axis.

    Attributes
    ----------
    frequencies : ndarray
        Hz, one for each plane.
    velocities : ndarray, optional
        km/s; None without a rest frequency.
    frame : str
        Such as ``LSRK``.
    definition : str
        ``radio`` or ``optical``: how velocities were made of frequencies.
    rest : float
        Rest frequency in Hz, 0 for none.
    """

    frequencies: NDArray[np.float64]
    velocities: NDArray[np.float64] | None
    frame: str
    definition: str
    rest: float


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of an image before its pixels are read.

    Attributes
    ----------
    path : Path
        Where it is.
    axes : tuple of ImageAxis
        The first varies fastest.
    wcs : astropy.wcs.WCS
        World coordinates of all axes, in the same order.
    frame : str
        The direction's reference such as ``J2000``; empty without one.
    unit : str
        Of the pixels.
    is_complex : bool
        Whether pixels are complex numbers.
    beams : mapping of (int, int) to Beam
        By channel and polarisation; ``(0, 0)`` alone is the beam of all planes.
    stokes : tuple of str
        Names along the Stokes axis; empty without one.
    spectral : Spectral, optional
        None without a spectral axis.
    tile : tuple of int
        Shape of the pieces in which the file holds pixels.
    """

    path: Path
    axes: tuple[ImageAxis, ...]
    wcs: Any
    frame: str = ""
    unit: str = ""
    is_complex: bool = False
    beams: Mapping[tuple[int, int], Beam] = field(default_factory=dict)
    stokes: tuple[str, ...] = ()
    spectral: Spectral | None = None
    tile: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis."""
        return tuple(axis.length for axis in self.axes)

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.name

    def axis(self, kind: Kind) -> int | None:
        """Return which axis is the first of a kind."""
        return next((i for i, axis in enumerate(self.axes) if axis.kind is kind), None)

    def axis_is_stokes(self, axis: int) -> bool:
        """Return whether an axis is that of polarisations, with names for all of them."""
        one = self.axes[axis]
        return one.kind is Kind.STOKES and len(self.stokes) == one.length

    def beam(self, channel: int, polarisation: int) -> Beam | None:
        """Return the beam of a plane, None if the image has no beam."""
        if len(self.beams) == 1:
            return next(iter(self.beams.values()))
        return self.beams.get((channel, polarisation)) or self.beams.get((channel, 0))


class Image(Protocol):
    """An image that can be read."""

    @property
    def described(self) -> Described:
        """What it is."""

    def read(self, start: Sequence[int], stop: Sequence[int]) -> NDArray[Any]:
        """Return the pixels from `start` until before `stop`, indexed in the order of the axes.

        Masked pixels are NaN.

        Raises
        ------
        MissingDataError
            They cannot be read any more.
        """


def velocities_of(
    frequencies: NDArray[np.float64], rest: float, definition: str
) -> NDArray[np.float64] | None:
    """Return velocities in km/s by the radio or the optical definition, None without a rest."""
    if rest <= 0:
        return None
    if definition == "optical":
        return SPEED_OF_LIGHT * (rest / frequencies - 1)
    return SPEED_OF_LIGHT * (1 - frequencies / rest)
