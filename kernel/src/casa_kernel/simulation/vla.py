"""A VLA observation of a supernova remnant like 3C 391, in D configuration at 4.6 GHz.

A flux calibrator, a phase calibrator and an extended target, with what goes wrong on a normal day:
a dead antenna, interference, antennas that are late on source. What was put in is in `Truth`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from casa_kernel import site
from casa_kernel.simulation import fitsidi
from casa_kernel.simulation.model import (
    ComplexArray,
    Component,
    FloatArray,
    Observation,
    Scan,
    Setup,
    Source,
    Station,
)
from casa_kernel.simulation.visibilities import POLARISATIONS, Visibilities, correlate

SEED: Final = 20240302
_SETUP: Final = Setup("VLA", "SIM02", "2024-03-01", 46800.0, 20.0, 4.570e9, 2e6, 32, 1)
_HOURS: Final = (0.25, 1.0, 1.75, 2.5)
DEAD: Final = "W07"
INTERFERENCE: Final = (20, 21)  # channels
# System equivalent flux density of 310 Jy for 20 s and 2 MHz.
_NOISE: Final = 0.035  # Jy
_PHASE_CALIBRATOR_FLUX: Final = 2.34  # Jy


@dataclass(frozen=True, slots=True)
class Truth:
    """What was done to the signal.

    Attributes
    ----------
    delay : ndarray
        Seconds, of shape (stations, polarisations).
    calibrator_flux, target_flux : float
        Of the phase calibrator and of all the target, in Jy.
    """

    delay: FloatArray
    calibrator_flux: float
    target_flux: float


@dataclass(frozen=True, slots=True)
class SimulatedObservation:
    """The file of a simulated observation, and its truth."""

    idi_file: Path
    observation: Observation
    truth: Truth


def flux_of_3c286(frequency: float) -> float:
    """Return the flux density in Jy at a frequency in Hz (Perley and Butler 2017)."""
    logarithm = np.log10(frequency / 1e9)
    polynomial = (1.2481, -0.4507, -0.1798, 0.0357)
    return float(10 ** np.polynomial.polynomial.polyval(logarithm, polynomial))


def stations() -> tuple[Station, ...]:
    """Return every second pad of the D configuration, from CASA's reference data."""
    path = site.find_data([]) / "alma" / "simmos" / "vla.d.cfg"
    rows = [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]
    return tuple(
        Station(name, (float(x), float(y), float(z)), float(diameter))
        for x, y, z, diameter, name in rows[::2]
    )


def remnant() -> tuple[Component, ...]:
    """Return the target: a shell that is brighter in the west, and a compact source in it."""
    angles = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)
    shell = tuple(
        Component(
            flux=float(0.5 + 0.3 * np.cos(angle)),
            east=float(-75.0 * np.cos(angle)),
            north=float(75.0 * np.sin(angle)),
            width=50.0,
        )
        for angle in angles
    )
    return (*shell, Component(0.15, east=30.0, north=-20.0))


def observation() -> Observation:
    """Return the schedule: the flux calibrator, then calibrator-target-calibrator, four times."""
    flux = flux_of_3c286(float(_SETUP.frequencies.mean()))
    sources = (
        Source("3C286", 202.784533, 30.509155, (Component(flux),)),
        Source("J1822-0938", 275.619, -9.648, (Component(_PHASE_CALIBRATOR_FLUX),)),
        Source("SNR", 282.351, -0.928, remnant()),
    )
    scans = [Scan(0, 0.0, 180.0)]
    for start in (3600.0 * hours for hours in _HOURS):
        scans += [
            Scan(1, start, start + 80.0),
            Scan(2, start + 100.0, start + 400.0),
            Scan(1, start + 420.0, start + 500.0),
        ]
    return Observation(_SETUP, stations(), sources, tuple(scans))


def receivers(seen: Observation, delay: FloatArray, random: np.random.Generator) -> ComplexArray:
    """Return the complex gains, of the shape that `correlate` wants."""
    setup, times = seen.setup, seen.times
    count = len(seen.stations)
    shape = (count, POLARISATIONS)
    amplitude = random.uniform(0.2, 0.4, shape)
    drift = 1.0 + 0.03 * np.sin(2 * np.pi * times[:, None] / 9000.0 + np.arange(count))
    phase = random.uniform(-np.pi, np.pi, shape)
    atmosphere = 0.5 * np.sin(2 * np.pi * times[:, None] / 5000.0 + 2.0 * np.arange(count))
    offset = setup.frequencies[0] - setup.frequencies.mean()
    edge = 1.0 - 0.3 * np.linspace(-1.0, 1.0, setup.channels) ** 6
    ripple = 0.1 * np.sin(2 * np.pi * np.arange(setup.channels) / 32 + np.arange(count)[:, None])
    gains = (
        (amplitude * np.exp(1j * phase))[None, :, None, :]
        * (drift * np.exp(1j * atmosphere))[:, :, None, None]
        * (edge * (1.0 + ripple))[None, :, :, None]
        * np.exp(2j * np.pi * delay[:, None, :] * offset[None, :, None])[None]
    )
    gains[:, [station.name == DEAD for station in seen.stations]] = 0.0
    banded: ComplexArray = gains[:, :, None]
    return banded


def _spoil(seen: Visibilities, scans: tuple[Scan, ...], random: np.random.Generator) -> None:
    starts = np.array([scan.start for scan in scans])
    first = np.isin(seen.times, starts + _SETUP.integration / 2)
    seen.data[first] *= 0.3  # not yet on source
    shape = (*seen.data.shape[:2], len(INTERFERENCE), POLARISATIONS)
    seen.data[:, :, 0, INTERFERENCE] += 10.0 * np.exp(2j * np.pi * random.uniform(size=shape))


def make(directory: Path | str, seed: int = SEED) -> SimulatedObservation:
    """Write the observation's FITS-IDI file; the same each time, an existing one is replaced.

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
    seen = observation()
    delay = random.uniform(-5e-9, 5e-9, (len(seen.stations), POLARISATIONS))
    gains = receivers(seen, delay, random)
    # Noise is added after the gains, of which the mean square is about 0.09.
    visibilities = correlate(seen, gains, _NOISE * 0.09, random)
    _spoil(visibilities, seen.scans, random)
    file = place / "sim02.idifits"
    fitsidi.write(file, seen, visibilities)
    total = sum(component.flux for component in seen.sources[2].components)
    return SimulatedObservation(file, seen, Truth(delay, _PHASE_CALIBRATOR_FLUX, total))
