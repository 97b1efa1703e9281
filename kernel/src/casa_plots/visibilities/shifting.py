"""Moving the phase centre of visibilities."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.visibilities.chunks import Chunk
from casa_plots.visibilities.observation import SPEED_OF_LIGHT, Observation


@dataclass(frozen=True, slots=True)
class Shift:
    """A small move of the phase centre.

    Visibilities are multiplied by exp(-2 pi i f/c (u east + v north)), with radians and metres:
    CASA's sign. The w term and the turning of baselines are left out: for less than a few
    arcminutes.

    Attributes
    ----------
    observation : Observation
        What the subtables say.
    east, north : float
        Arcseconds.
    """

    observation: Observation
    east: float
    north: float

    def phasor(self, chunk: Chunk, uvw: NDArray[Any]) -> NDArray[np.complex64]:
        """Return what visibilities are multiplied by; (rows, channels, 1)."""
        east, north = np.radians([self.east / 3600, self.north / 3600])
        metres = uvw[:, 0] * east + uvw[:, 1] * north
        frequencies = self.observation.frequencies(chunk.descriptions, chunk.form.channels)
        turns = metres[:, None] * (frequencies / SPEED_OF_LIGHT)
        return np.asarray(np.exp(-2j * np.pi * turns).astype(np.complex64)[:, :, None])
