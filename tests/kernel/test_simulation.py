"""The simulated interferometer, against what is known without it."""

from pathlib import Path

import numpy as np
import pytest
from casa_kernel.simulation import evn, vla
from casa_kernel.simulation.geometry import elevations, sidereal_time, station_uvw
from casa_kernel.simulation.model import Component, Observation, Scan, Setup, Source, Station
from casa_kernel.simulation.visibilities import SPEED_OF_LIGHT, correlate, source_visibility

SETUP = Setup("TEST", "T", "2024-03-01", 0.0, 10.0, SPEED_OF_LIGHT, 1e3, 2, 1)  # one metre waves


def test_sidereal_time_is_that_of_the_almanac() -> None:
    # Meeus, Astronomical Algorithms, example 12.b: 8 h 34 m 57.0896 s.
    hours = 8 + 34 / 60 + 57.0896 / 3600
    assert np.rad2deg(float(sidereal_time(2446896.30625))) / 15 == pytest.approx(hours, abs=1e-5)


def test_a_source_in_the_zenith_stands_at_90_degrees_and_baselines_lie_flat() -> None:
    radius = 6.4e6
    station = Station("A", (radius, 0.0, 0.0), 25.0)
    north = Station("B", (radius, 0.0, 100.0), 25.0)
    east = Station("C", (radius, 200.0, 0.0), 25.0)
    middle = SETUP.integration / 2 / 86400
    ra = float(np.rad2deg(sidereal_time(2460370.5 + middle)))
    seen = Observation(
        SETUP, (station, north, east), (Source("Z", ra, 0.0, ()),), (Scan(0, 0.0, 10.0),)
    )
    assert np.rad2deg(elevations(seen)[0, 0]) == pytest.approx(90, abs=1e-3)
    uvw = station_uvw(seen)[0]
    np.testing.assert_allclose(uvw[1] - uvw[0], [0, 100, 0], atol=1e-6)
    np.testing.assert_allclose(uvw[2] - uvw[0], [200, 0, 0], atol=1e-6)


def test_visibilities_of_a_point_turn_and_those_of_a_gaussian_fall() -> None:
    arcsecond = np.deg2rad(1 / 3600)
    uvw = np.array([[0.0, 0.0, 0.0], [0.25 / arcsecond, 0.0, 0.0]])  # a quarter turn an arcsecond
    point = Source("P", 0, 0, (Component(2.0, east=1.0),))
    waves = np.array([[SPEED_OF_LIGHT]])
    np.testing.assert_allclose(source_visibility(point, uvw, waves)[:, 0, 0], [2, 2j], atol=1e-4)
    # A Gaussian's visibility is half at 2 ln 2 / (pi width).
    half = 2 * np.log(2) / np.pi / arcsecond
    wide = Source("G", 0, 0, (Component(3.0, width=1.0),))
    there = source_visibility(wide, np.array([[0.0, half, 0.0]]), waves)
    assert there[0, 0, 0] == pytest.approx(1.5)


def test_noise_is_as_large_as_asked_and_fixed_by_the_seed() -> None:
    stations = tuple(Station(str(n), (6.4e6, 10.0 * n, 0.0), 25.0) for n in range(8))
    seen = Observation(SETUP, stations, (Source("N", 0, 0, ()),), (Scan(0, 0.0, 1000.0),))
    gains = np.ones((100, 8, 1, 2, 2), dtype=np.complex128)
    first, again = (correlate(seen, gains, 0.5, np.random.default_rng(1)).data for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (100, 28, 1, 2, 2)
    assert first.real.std() == pytest.approx(0.5, rel=0.02)
    assert first.imag.std() == pytest.approx(0.5, rel=0.02)


def test_the_same_files_come_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        evn.make(tmp_path / name)
        vla.make(tmp_path / name)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert len(one) == 5
    assert one == two


def test_another_seed_gives_other_data_of_the_same_layout(tmp_path: Path) -> None:
    first, other = evn.make(tmp_path / "one"), evn.make(tmp_path / "other", seed=1)
    assert not np.allclose(first.truth.delay, other.truth.delay)
    assert first.observation == other.observation
    sizes = [[file.stat().st_size for file in each.idi_files] for each in (first, other)]
    assert sizes[0] == sizes[1]


def test_3c286_has_its_known_flux() -> None:
    # CASA's setjy with Perley-Butler 2017 gives 7.632 Jy at 4.601 GHz with its model image.
    assert vla.flux_of_3c286(4.601e9) == pytest.approx(7.60, abs=0.04)
