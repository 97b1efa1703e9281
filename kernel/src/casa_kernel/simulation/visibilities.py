"""The interferometer: sky and station gains to visibilities."""

from dataclasses import dataclass

import numpy as np

from casa_kernel.simulation.geometry import station_uvw
from casa_kernel.simulation.model import ComplexArray, FloatArray, IntArray, Observation, Source

SPEED_OF_LIGHT = 299792458.0
POLARISATIONS = 2


@dataclass(frozen=True, slots=True)
class Visibilities:
    """What the correlator writes.

    Attributes
    ----------
    times : ndarray
        Middle of each integration, in seconds after the start.
    sources : ndarray
        Index of the source of each integration.
    antenna1, antenna2 : ndarray
        Station indices of each baseline, autocorrelations included.
    uvw : ndarray
        Of shape (times, baselines, 3), in metres.
    data : ndarray
        Of shape (times, baselines, bands, channels, polarisations).
    """

    times: FloatArray
    sources: IntArray
    antenna1: IntArray
    antenna2: IntArray
    uvw: FloatArray
    data: ComplexArray

    def between(self, start: float, stop: float) -> "Visibilities":
        """Return the integrations of an interval, in seconds after the start."""
        chosen = (self.times >= start) & (self.times < stop)
        return Visibilities(
            self.times[chosen],
            self.sources[chosen],
            self.antenna1,
            self.antenna2,
            self.uvw[chosen],
            self.data[chosen],
        )


def source_visibility(source: Source, uvw: FloatArray, frequencies: FloatArray) -> ComplexArray:
    """Return the visibility of a source.

    Parameters
    ----------
    source : Source
        Its components are circular Gaussians.
    uvw : ndarray
        Of shape (..., 3), in metres.
    frequencies : ndarray
        Of shape (bands, channels), in Hz.

    Returns
    -------
    ndarray
        Of shape (..., bands, channels), in Jy.
    """
    waves = uvw[..., None, None, :] * (frequencies / SPEED_OF_LIGHT)[..., None]
    total = np.zeros(waves.shape[:-1], dtype=np.complex128)
    for component in source.components:
        east, north, width = (
            np.deg2rad(arcseconds / 3600.0)
            for arcseconds in (component.east, component.north, component.width)
        )
        down = np.sqrt(1.0 - east**2 - north**2) - 1.0
        turns = waves @ np.array([east, north, down])
        spacing = waves[..., 0] ** 2 + waves[..., 1] ** 2
        # The transform of a Gaussian of this full width at half maximum.
        taper = np.exp(-((np.pi * width) ** 2) * spacing / (4.0 * np.log(2.0)))
        total += component.flux * taper * np.exp(2j * np.pi * turns)
    return total


def correlate(
    observation: Observation,
    gains: ComplexArray,
    noise: float,
    random: np.random.Generator,
    *,
    autocorrelations: bool = False,
) -> Visibilities:
    """Return what the correlator delivers.

    Parameters
    ----------
    observation : Observation
        The array, the sky and the schedule.
    gains : ndarray
        Complex gain of each station, of shape (times, stations, bands, channels, polarisations).
    noise : float
        Standard deviation of the real and of the imaginary part, in the unit of the product of
        two gains and Jy.
    random : numpy.random.Generator
        Its only source of chance.
    autocorrelations : bool
        Keep a baseline of each station with itself, which sees the sky only: receivers' own noise
        is not in it.
    """
    first, second = np.triu_indices(len(observation.stations), k=0 if autocorrelations else 1)
    stations = station_uvw(observation)
    uvw = stations[:, second] - stations[:, first]
    sky = np.empty((*uvw.shape[:2], *gains.shape[2:4]), dtype=np.complex128)
    for index, source in enumerate(observation.sources):
        there = observation.source_of_time == index
        sky[there] = source_visibility(source, uvw[there], observation.setup.frequencies)
    data = gains[:, first] * np.conj(gains[:, second]) * sky[..., None]
    chance = random.normal(0.0, noise, (2, *data.shape))
    return Visibilities(
        observation.times,
        observation.source_of_time,
        first,
        second,
        uvw,
        data + chance[0] + 1j * chance[1],
    )
