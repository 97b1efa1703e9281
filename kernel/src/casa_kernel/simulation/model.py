"""What is observed, with what, and when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Station:
    """An antenna.

    Attributes
    ----------
    name : str
        As the correlator writes it.
    position : tuple of float
        Geocentric x, y, z in metres.
    diameter : float
        Of the dish, in metres.
    """

    name: str
    position: tuple[float, float, float]
    diameter: float


@dataclass(frozen=True, slots=True)
class Component:
    """A circular Gaussian of `flux` Jy; offsets and full width at half maximum in arcseconds."""

    flux: float
    east: float = 0.0
    north: float = 0.0
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """A field: its phase centre (J2000, degrees) and what is there."""

    name: str
    ra: float
    dec: float
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """A source (by index), from `start` to `stop` in seconds after the observation's start."""

    source: int
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Setup:
    """Spectral and temporal set-up; circular feeds, RR and LL.

    Attributes
    ----------
    telescope : str
        Name of the array.
    project : str
        Code of the observation.
    date : str
        Day of the observation, ISO 8601.
    start : float
        Start, in seconds after 0 h UTC of that day.
    integration : float
        Seconds.
    frequency : float
        Centre of the first channel of the first band, in Hz.
    channel_width : float
        Hz.
    channels, bands : int
        Channels in a band; bands are adjacent.
    """

    telescope: str
    project: str
    date: str
    start: float
    integration: float
    frequency: float
    channel_width: float
    channels: int
    bands: int

    @property
    def frequencies(self) -> FloatArray:
        """Centres of channels in Hz, of shape (bands, channels)."""
        numbers = np.arange(self.bands * self.channels, dtype=np.float64)
        shape = (self.bands, self.channels)
        return (self.frequency + numbers * self.channel_width).reshape(shape)


@dataclass(frozen=True, slots=True)
class Observation:
    """An array, its sources and its schedule."""

    setup: Setup
    stations: tuple[Station, ...]
    sources: tuple[Source, ...]
    scans: tuple[Scan, ...]

    @property
    def times(self) -> FloatArray:
        """Middle of each integration, in seconds after the start."""
        return np.concatenate([self._scan_times(scan) for scan in self.scans])

    @property
    def source_of_time(self) -> IntArray:
        """Index of the source at each of `times`."""
        return np.concatenate(
            [np.full(len(self._scan_times(scan)), scan.source) for scan in self.scans]
        )

    def _scan_times(self, scan: Scan) -> FloatArray:
        step = self.setup.integration
        return np.arange(scan.start + step / 2, scan.stop, step, dtype=np.float64)
