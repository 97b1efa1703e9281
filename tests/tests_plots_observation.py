"""MeasurementSets of many visibilities, written quickly from NumPy arrays."""

import os
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from casacore.tables import default_ms, makearrcoldesc, maketabdesc, table
from numpy.typing import NDArray

ANTENNAS: Final = 27
CHANNELS: Final = 64
START: Final = 5_100_000_000.0  # MJD seconds: June 2020
STEP: Final = 5.0  # seconds between integrations
_SPEED: Final = 299792458.0
_FORMAT: Final = 1  # of these files: a new number makes them anew


def make_observation(cache: Path, millions: int) -> Path:
    """Have a MeasurementSet with about this many million visibilities.

    351 baselines of a Y of 27 antennas, 64 channels at 1.4 GHz, two correlations (four from 10
    million on), three fields in scans of 40 integrations; amplitudes of a source of 1 Jy that is
    resolved on long baselines, noise, and one per cent of flags.

    Parameters
    ----------
    cache : Path
        Directory that keeps it.
    millions : int
        Of visibilities.
    """
    path = cache / f"{millions}m-{_FORMAT}.ms"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    new = cache / f"{path.name}.{os.getpid()}"
    correlations = 2 if millions < 10 else 4
    integrations = round(millions * 1e6 / (351 * CHANNELS * correlations))
    _write(new, integrations, correlations)
    try:
        new.rename(path)
    except OSError:  # somebody else was as quick
        shutil.rmtree(new)
    return path


def _positions() -> NDArray[np.float64]:
    """Return a Y of antennas near the VLA's place, ITRF in metres."""
    radius = 40.0 * np.arange(1, ANTENNAS // 3 + 1) ** 1.7
    angles = np.radians([355.0, 115.0, 236.0])
    east = (radius[:, None] * np.sin(angles)).ravel()
    north = (radius[:, None] * np.cos(angles)).ravel()
    latitude, longitude = np.radians(34.07874917), np.radians(-107.6177275)
    place = np.array([-1601185.365, -5041977.547, 3554875.87])
    to_east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    to_north = np.array(
        [
            -np.sin(latitude) * np.cos(longitude),
            -np.sin(latitude) * np.sin(longitude),
            np.cos(latitude),
        ]
    )
    return np.asarray(place + east[:, None] * to_east + north[:, None] * to_north)


def _write(path: Path, integrations: int, correlations: int) -> None:
    first, second = np.triu_indices(ANTENNAS, 1)
    baselines = len(first)
    columns = maketabdesc(
        [
            makearrcoldesc(
                "DATA",
                0j,
                valuetype="complex",
                ndim=2,
                shape=[CHANNELS, correlations],
                datamanagertype="TiledColumnStMan",
                datamanagergroup="DATA",
            )
        ]
    )
    out: Any = default_ms(str(path), columns)
    _subtables(path, correlations)
    out.addrows(integrations * baselines)
    positions = _positions()
    spacing = positions[second] - positions[first]
    frequency = 1.4e9 + 1e6 * np.arange(CHANNELS)
    chance = np.random.default_rng(5921)
    chunk = max(1, 2_000_000 // (baselines * CHANNELS * correlations))
    for begin in range(0, integrations, chunk):
        numbers = np.arange(begin, min(begin + chunk, integrations))
        rows = {"startrow": int(begin * baselines), "nrow": len(numbers) * baselines}
        hour = np.asarray(2 * np.pi * (numbers * STEP / 86164.0) - 0.8, dtype=np.float64)
        uvw = _projected(spacing, hour)
        length = np.hypot(uvw[:, 0], uvw[:, 1])[:, None] * frequency / _SPEED
        shape = (rows["nrow"], CHANNELS, correlations)
        noise = chance.standard_normal((*shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
        data = 0.1 * noise + np.exp(-((length / 2e4) ** 2)).astype(np.float32)[:, :, None]
        scan = numbers // 40
        each = {
            "TIME": START + numbers * STEP,
            "TIME_CENTROID": START + numbers * STEP,
            "SCAN_NUMBER": (scan + 1).astype(np.int32),
            "FIELD_ID": (scan % 3).astype(np.int32),
        }
        out.putcol("DATA", data.astype(np.complex64), **rows)
        out.putcol("FLAG", chance.random(shape, dtype=np.float32) < 0.01, **rows)
        out.putcol("UVW", uvw, **rows)
        for name, value in each.items():
            out.putcol(name, np.repeat(value, baselines), **rows)
        for name, value in (("ANTENNA1", first), ("ANTENNA2", second)):
            out.putcol(name, np.tile(value.astype(np.int32), len(numbers)), **rows)
        for name in ("INTERVAL", "EXPOSURE"):
            out.putcol(name, np.full(rows["nrow"], STEP), **rows)
        for name in ("WEIGHT", "SIGMA"):
            out.putcol(name, np.ones((rows["nrow"], correlations), np.float32), **rows)
        for name in ("ARRAY_ID", "OBSERVATION_ID", "DATA_DESC_ID", "FEED1", "FEED2", "STATE_ID"):
            out.putcol(name, np.zeros(rows["nrow"], np.int32), **rows)
        out.putcol("FLAG_ROW", np.zeros(rows["nrow"], bool), **rows)
    out.close()


def _projected(spacing: NDArray[np.float64], hour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return u, v, w of all baselines at all hour angles, for a declination of 30 degrees."""
    x, y, z = spacing.T
    sine, cosine = np.sin(hour)[:, None], np.cos(hour)[:, None]
    sine_dec, cosine_dec = 0.5, np.sqrt(0.75)
    u = sine * x + cosine * y
    v = sine_dec * (-cosine * x + sine * y) + cosine_dec * z
    w = cosine_dec * (cosine * x - sine * y) + sine_dec * z
    return np.stack([u, v, w], axis=-1).reshape(-1, 3)


def _subtables(path: Path, correlations: int) -> None:
    """Fill what says where, at which frequencies and towards what was observed."""

    def fill(name: str, count: int, **columns: object) -> None:
        with table(str(path / name), readonly=False, ack=False) as part:
            part.addrows(count)
            for column, value in columns.items():
                for row in range(count):
                    one = value[row] if isinstance(value, list) else value
                    part.putcell(column, row, one)

    names = [f"ea{number + 1:02d}" for number in range(ANTENNAS)]
    where = list(_positions())
    fill(
        "ANTENNA",
        ANTENNAS,
        NAME=names,
        STATION=[f"N{each}" for each in range(ANTENNAS)],
        TYPE="GROUND-BASED",
        MOUNT="ALT-AZ",
        POSITION=where,
        OFFSET=np.zeros(3),
        DISH_DIAMETER=25.0,
        FLAG_ROW=False,
    )
    frequency = 1.4e9 + 1e6 * np.arange(CHANNELS)
    width = np.full(CHANNELS, 1e6)
    fill(
        "SPECTRAL_WINDOW",
        1,
        NUM_CHAN=CHANNELS,
        NAME="L",
        CHAN_FREQ=frequency,
        CHAN_WIDTH=width,
        EFFECTIVE_BW=width,
        RESOLUTION=width,
        REF_FREQUENCY=1.4e9,
        TOTAL_BANDWIDTH=64e6,
        MEAS_FREQ_REF=5,
        NET_SIDEBAND=1,
        FREQ_GROUP=0,
        FREQ_GROUP_NAME="",
        IF_CONV_CHAIN=0,
        FLAG_ROW=False,
    )
    types = np.array([5, 8] if correlations == 2 else [5, 6, 7, 8], np.int32)
    product = np.array([[0, 1], [0, 1]] if correlations == 2 else [[0, 0, 1, 1], [0, 1, 0, 1]])
    fill(
        "POLARIZATION",
        1,
        NUM_CORR=correlations,
        CORR_TYPE=types,
        CORR_PRODUCT=product.T.astype(np.int32),
        FLAG_ROW=False,
    )
    fill("DATA_DESCRIPTION", 1, SPECTRAL_WINDOW_ID=0, POLARIZATION_ID=0, FLAG_ROW=False)
    towards = [np.radians([[200.0 + 5 * each, 30.0]]) for each in range(3)]
    fill(
        "FIELD",
        3,
        NAME=["A", "B", "C"],
        CODE="",
        TIME=START,
        NUM_POLY=0,
        DELAY_DIR=towards,
        PHASE_DIR=towards,
        REFERENCE_DIR=towards,
        SOURCE_ID=-1,
        FLAG_ROW=False,
    )
    fill(
        "OBSERVATION",
        1,
        TELESCOPE_NAME="VLA",
        OBSERVER="bench",
        PROJECT="bench",
        TIME_RANGE=np.array([START, START + 1e5]),
        SCHEDULE_TYPE="",
        RELEASE_DATE=0.0,
        FLAG_ROW=False,
    )
    fill(
        "STATE",
        1,
        OBS_MODE="OBSERVE_TARGET",
        SIG=True,
        REF=False,
        CAL=0.0,
        LOAD=0.0,
        SUB_SCAN=0,
        FLAG_ROW=False,
    )
    fill(
        "FEED",
        ANTENNAS,
        ANTENNA_ID=list(range(ANTENNAS)),
        FEED_ID=0,
        SPECTRAL_WINDOW_ID=-1,
        TIME=START,
        INTERVAL=0.0,
        NUM_RECEPTORS=2,
        BEAM_ID=-1,
        BEAM_OFFSET=np.zeros((2, 2)),
        POLARIZATION_TYPE=np.array(["R", "L"]),
        POL_RESPONSE=np.eye(2, dtype=np.complex64),
        POSITION=np.zeros(3),
        RECEPTOR_ANGLE=np.zeros(2),
    )
