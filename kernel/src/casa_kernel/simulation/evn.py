"""An EVN-like experiment at 5 GHz: fringe finder, phase calibrator and target, seven stations.

It comes as an archive delivers it: two FITS-IDI files of correlation coefficients, an ANTAB file of
system temperatures and gain curves, and a UVFLG file. What was put in is in `Truth`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from casa_kernel.simulation import fitsidi
from casa_kernel.simulation.evn_network import (
    LATE,
    SENSITIVITY,
    SETUP,
    SICK_CHANNEL,
    STATIONS,
    gain_curve,
    observation,
    system_temperatures,
)
from casa_kernel.simulation.evn_records import antab_text, uvflg_text
from casa_kernel.simulation.geometry import elevations
from casa_kernel.simulation.model import ComplexArray, FloatArray, Observation
from casa_kernel.simulation.visibilities import POLARISATIONS, Visibilities, correlate

SEED: Final = 20240301


@dataclass(frozen=True, slots=True)
class Truth:
    """What was done to the signal; the first station is the reference and has zeros.

    Attributes
    ----------
    delay : ndarray
        Seconds, of shape (stations, polarisations).
    rate : ndarray
        Hz at `Setup.frequency`, of shape (stations,).
    phase : ndarray
        Radians, of shape (stations, bands, polarisations).
    sampler : ndarray
        Amplitude error of the digitiser, of shape (stations, bands, polarisations).
    """

    delay: FloatArray
    rate: FloatArray
    phase: FloatArray
    sampler: FloatArray


@dataclass(frozen=True, slots=True)
class Experiment:
    """The files of a simulated experiment, and its truth."""

    idi_files: tuple[Path, ...]
    antab: Path
    uvflg: Path
    observation: Observation
    truth: Truth


def draw_truth(random: np.random.Generator) -> Truth:
    """Draw what the stations do to the signal."""
    stations, bands = len(STATIONS), SETUP.bands
    delay = random.uniform(-60e-9, 60e-9, (stations, POLARISATIONS))
    rate = random.uniform(-5e-3, 5e-3, stations)
    phase = random.uniform(-np.pi, np.pi, (stations, bands, POLARISATIONS))
    delay[0], rate[0], phase[0] = 0.0, 0.0, 0.0
    sampler = random.uniform(0.9, 1.1, (stations, bands, POLARISATIONS))
    return Truth(delay, rate, phase, sampler)


def bandpass(channels: int) -> FloatArray:
    """Return the amplitude of the filter: flat, with edges that fall to 0.6."""
    return np.asarray(1.0 - 0.4 * np.linspace(-1.0, 1.0, channels) ** 8, dtype=np.float64)


def receivers(seen: Observation, truth: Truth) -> ComplexArray:
    """Return digitiser, filter and phases, of the shape that `correlate` wants."""
    times, frequencies = seen.times, seen.setup.frequencies
    offset = frequencies - seen.setup.frequency
    stations = np.arange(len(seen.stations))
    wobble = 0.3 * np.sin(2 * np.pi * times[:, None] / 900.0 + stations) * (stations > 0)
    turns = (
        truth.delay[None, :, None, None, :] * offset[None, None, :, :, None]
        + (truth.rate * times[:, None])[:, :, None, None, None]
    )
    phase = 2 * np.pi * turns + wobble[:, :, None, None, None] + truth.phase[None, :, :, None, :]
    shape = bandpass(seen.setup.channels)[None, None, None, :, None]
    sampled: ComplexArray = truth.sampler[None, :, :, None, :] * shape * np.exp(1j * phase)
    return sampled


def simulate(seen: Observation, truth: Truth, random: np.random.Generator) -> Visibilities:
    """Return the correlator's output, in correlation coefficients."""
    elevation = elevations(seen)
    sensitivity = np.array(SENSITIVITY) * gain_curve(elevation)
    # Correlation coefficient per jansky: the inverse root of the system equivalent flux density.
    scale = np.sqrt(sensitivity[:, :, None, None] / system_temperatures(elevation))
    station = receivers(seen, truth)
    noise = 1.0 / np.sqrt(2.0 * seen.setup.channel_width * seen.setup.integration)
    gains = station * scale[:, :, :, None, :]
    seen_by = correlate(seen, gains, noise, random, autocorrelations=True)
    _add_own_noise(seen_by, station)
    _spoil(seen_by, random)
    return seen_by


def _add_own_noise(seen: Visibilities, station: ComplexArray) -> None:
    # In an autocorrelation the receiver's own noise is all that counts: coefficient one.
    alone = np.flatnonzero(seen.antenna1 == seen.antenna2)
    seen.data[:, alone] = np.abs(station[:, seen.antenna1[alone]]) ** 2


def _spoil(seen: Visibilities, random: np.random.Generator) -> None:
    station, seconds = LATE
    crossed = seen.antenna1 != seen.antenna2
    with_it = crossed & ((seen.antenna1 == station) | (seen.antenna2 == station))
    late = seen.times < seconds
    seen.data[np.ix_(late, with_it)] = 0.0
    shape = seen.data[:, crossed, 0, SICK_CHANNEL].shape
    seen.data[:, crossed, 0, SICK_CHANNEL] += np.exp(2j * np.pi * random.uniform(size=shape))


def make(directory: Path | str, seed: int = SEED) -> Experiment:
    """Write the experiment's files; the same files each time, existing ones are replaced.

    Parameters
    ----------
    directory : Path or str
        Made if it is missing.
    seed : int
        Of everything that is drawn by chance.
    """
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    seen, truth = observation(), draw_truth(random)
    visibilities = simulate(seen, truth, random)
    middle = 3600.0 * 2.0
    files = (place / "sim01_1_1.IDI1", place / "sim01_1_1.IDI2")
    fitsidi.write(files[0], seen, visibilities.between(0.0, middle))
    fitsidi.write(files[1], seen, visibilities.between(middle, np.inf))
    antab, uvflg = place / "sim01.antab", place / "sim01.uvflg"
    antab.write_text(antab_text(seen))
    uvflg.write_text(uvflg_text(seen))
    return Experiment(files, antab, uvflg, seen, truth)
