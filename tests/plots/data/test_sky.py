"""Angles, frames, velocities and shifts against other software."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import EarthLocation, SkyCoord, SpectralCoord
from astropy.time import Time
from astropy.utils import iers
from casa_plots.asked import Asked, Selection, Transform
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.errors import InvalidParameterError, MissingDataError
from casa_plots.sources import open_source
from casacore import tables
from tests_plots import Values, column, of, read

ARCSECOND = 1 / 3600
H_I = "1420.405752MHz"
LIGHT = 299792.458  # km/s
ANGLES = (
    Axis.AZIMUTH, Axis.ELEVATION, Axis.HOURANGLE, Axis.PARANGLE,
    Axis.ANT_AZIMUTH, Axis.ANT_ELEVATION, Axis.ANT_PARANGLE,
)  # fmt: skip


def turned(found: Values, expected: Values) -> float:
    return float(np.abs((found - expected + 180) % 360 - 180).max())


def test_angles_are_those_of_casacore(every_fifth: Path) -> None:
    found = read(every_fifth, *ANGLES, block_points=10**8)
    with tables.table(str(every_fifth), ack=False) as table:
        query = (
            "select mscal.azel() as azel, mscal.ha() as ha, mscal.azel1() as one, "
            "mscal.azel2() as other, mscal.pa1() as pa1, mscal.pa2() as pa2 from $table"
        )
        with tables.taql(query, locals={"table": table}) as theirs:
            angles = {name: np.degrees(theirs.getcol(name)) for name in theirs.colnames()}
    number = len(angles["ha"])
    mine = {axis: found[axis][:, 0, 0] for axis in ANGLES}
    array = {axis: mine[axis][:number] for axis in ANGLES}
    # casacore's constants of precession are older than astropy's.
    limit = 1.5 * ARCSECOND
    assert turned(array[Axis.AZIMUTH], angles["azel"][:, 0]) < limit
    assert turned(array[Axis.ELEVATION], angles["azel"][:, 1]) < limit
    assert turned(array[Axis.HOURANGLE] * 15, angles["ha"]) < limit
    for axis, one, other in (
        (Axis.ANT_AZIMUTH, angles["one"][:, 0], angles["other"][:, 0]),
        (Axis.ANT_ELEVATION, angles["one"][:, 1], angles["other"][:, 1]),
        (Axis.ANT_PARANGLE, angles["pa1"], angles["pa2"]),
    ):
        assert turned(mine[axis][:number], one) < limit
        assert turned(mine[axis][number:], other) < limit
    # Of antennas a kilometre away it is nearly the same: a minute of arc.
    assert turned(array[Axis.PARANGLE], angles["pa1"]) < 60 * ARCSECOND


def test_frequencies_go_to_another_frame_as_in_astropy(ngc5921: Path) -> None:
    selection = Selection(antenna="1&2", field="2")
    found = {
        frame: read(
            ngc5921, Axis.FREQUENCY, Axis.TIME, selection=selection, transform=Transform(frame)
        )
        for frame in ("TOPO", "BARY", "lsrk")
    }
    own = column(ngc5921 / "SPECTRAL_WINDOW", "CHAN_FREQ")[0] / 1e9
    assert column(ngc5921 / "SPECTRAL_WINDOW", "MEAS_FREQ_REF")[0] == 1  # LSRK
    assert np.allclose(found["lsrk"][Axis.FREQUENCY][0, :, 0], own, rtol=1e-15)
    times = found["TOPO"][Axis.TIME][:, 0, 0]
    direction = column(ngc5921 / "FIELD", "PHASE_DIR")[2, 0]
    # Their LSRK is the same; distant enough that there is no parallax.
    target = SkyCoord(*direction * units.rad, distance=1 * units.Gpc, frame="fk5")
    vla = EarthLocation.from_geocentric(-1601185.4, -5041977.5, 3554875.9, unit="m")
    with iers.conf.set_temp("auto_download", False):
        for n in (0, len(times) // 2, len(times) - 1):
            when = Time(times[n] / 86400, format="mjd", scale="tai")
            observed = SpectralCoord(
                found["TOPO"][Axis.FREQUENCY][n, :, 0] * units.GHz,
                observer=vla.get_itrs(obstime=when),
                target=target,
            )
            for frame, theirs, expected in (
                ("lsrk", "lsrk", own),
                ("BARY", "icrs", found["BARY"][Axis.FREQUENCY][n, :, 0]),
            ):
                moved = observed.with_observer_stationary_relative_to(theirs).to_value("GHz")
                # 3 m/s: the definitions differ in the last digit of the Sun's motion.
                assert np.abs(moved / expected - 1).max() < 1e-8, frame


@pytest.mark.parametrize(
    ("definition", "formula"),
    [
        ("RADIO", lambda ratio: 1 - ratio),
        ("optical", lambda ratio: 1 / ratio - 1),
        ("TRUE", lambda ratio: (1 - ratio**2) / (1 + ratio**2)),
    ],
)
def test_velocities_follow_their_definitions(
    definition: str, formula: "type[Values]", every_fifth: Path
) -> None:
    transform = Transform(velocity_definition=definition, rest_frequency=H_I)
    found = read(every_fifth, Axis.VELOCITY, transform=transform)
    own = column(every_fifth / "SPECTRAL_WINDOW", "CHAN_FREQ")[0]
    expected = LIGHT * formula(own / 1420.405752e6)
    assert np.allclose(found[Axis.VELOCITY][7, :, 0], expected, rtol=1e-12)
    assert 1200 < expected.min() < expected.max() < 1800  # the galaxy is at 1480 km/s


def test_velocities_need_a_rest_frequency(ngc5921: Path, tmp_path: Path) -> None:
    path = tmp_path / "no-source.ms"
    with tables.table(str(ngc5921), ack=False) as table, table.query("ANTENNA1 == 0") as few:
        few.copy(str(path), deep=True).close()
    with tables.table(str(path), readonly=False, ack=False) as table:
        table.removekeyword("SOURCE")
    with pytest.raises(MissingDataError, match=r"give restfreq, such as restfreq='1420\.40"):
        read(path, Axis.VELOCITY)


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (Transform(frame="MOON"), "freqframe='MOON'.*LSRK"),
        (Transform(velocity_definition="FAST"), "veldef='FAST'.*OPTICAL"),
        (Transform(rest_frequency="21cm"), "restfreq='21cm'"),
        (Transform(rest_frequency="-3GHz"), "restfreq='-3GHz'"),
        (Transform(shift=(float("nan"), 0)), "shift="),
    ],
)
def test_a_transform_that_means_nothing_is_refused(
    transform: Transform, words: str, every_fifth: Path
) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        open_source(Asked(str(every_fifth), transform=transform))


def test_a_shift_is_that_of_phaseshift(every_fifth: Path, transformed: Path) -> None:
    visible = (of(Axis.REAL, Column.DATA), of(Axis.IMAG, Column.DATA))
    transform = Transform(shift=(30.0, -20.0))
    found = read(every_fifth, *visible, transform=transform, selection=Selection(field="2"))
    expected = column(transformed / "shifted.ms", "DATA")
    values = found[Axis.REAL] + 1j * found[Axis.IMAG]
    assert np.abs(values - expected).max() < 1e-4 * np.abs(expected).max()
    plain = read(every_fifth, *visible, selection=Selection(field="2"))
    moved = plain[Axis.REAL] + 1j * plain[Axis.IMAG] - values
    assert np.abs(moved).max() > 1e-3 * np.abs(expected).max()


def test_a_sky_is_seen_once_per_time_not_per_row(ngc5921: Path) -> None:
    source = open_source(Asked(str(ngc5921)))
    quantity = Quantity(Axis.ELEVATION)
    (block,) = source.blocks([quantity])
    assert block.values[quantity].shape == (22653, 1, 1)
    assert len(np.unique(block.values[quantity])) == len(np.unique(column(ngc5921, "TIME")))
