"""Where antennas stand, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casa_plots.antennas import Antenna, Array


@dataclass(frozen=True, slots=True)
class Layout:
    """Where antennas stand, ready to be drawn.

    Attributes
    ----------
    title : str
        Of the picture.
    antennas : sequence of Antenna
        Those that are drawn.
    labels : sequence of str
        One for each.
    positions : ndarray
        ``(antennas, 3)``: metres east, north and up of the origin.
    origin : ndarray
        ``(3,)``: ITRF in metres.
    centre : str
        What the origin is, in words.
    """

    title: str
    antennas: Sequence[Antenna]
    labels: Sequence[str]
    positions: Array
    origin: Array
    centre: str

    @property
    def extent(self) -> float:
        """The longest distance between two antennas along an axis, in metres."""
        return float(np.max(np.ptp(self.positions, axis=0)))


def longest(layout: Layout) -> str:
    """Return the longest baseline in words."""
    if len(layout.antennas) == 1:
        return f"one antenna, {layout.labels[0]}"
    itrf = np.array([each.position for each in layout.antennas])
    apart = np.linalg.norm(itrf[:, None] - itrf[None], axis=-1)
    one, other = divmod(int(np.argmax(apart)), len(apart))
    return (
        f"{len(layout.antennas)} antennas, the farthest apart {layout.labels[one]} and "
        f"{layout.labels[other]} with {distance(float(apart.max()))}"
    )


def distance(metres: float) -> str:
    """Return a distance for a person, such as ``1.03 km``."""
    return f"{metres:.4g} m" if metres < 1000 else f"{metres / 1000:.4g} km"  # noqa: PLR2004


def polar(positions: Array) -> Array:
    """Return azimuths in radians and common logarithms of distances in metres from the median.

    As CASA does, what is nearer than four fifths of the nearest distance, than 3 m, or than 350 m
    in a wide array, is moved out to there: it would need most of the picture.
    """
    offsets = positions[:, :2] - np.median(positions[:, :2], axis=0)
    metres = np.hypot(offsets[:, 0], offsets[:, 1])
    away = metres[metres > 0]
    least = min(350.0, max(3.0, 0.8 * float(away.min()))) if len(away) else 3.0
    azimuth = np.arctan2(offsets[:, 0], offsets[:, 1])
    return np.stack([azimuth, np.log10(np.maximum(metres, least))], axis=1)
