"""Averages against CASA's mstransform, and against sums written out."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from casa_plots.asked import Asked, Averaging, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.sources import open_source
from casa_plots.visibilities.averaging.bins import channel_bins
from casa_plots.visibilities.averaging.groups import time_bins
from casacore import tables
from hypothesis import given
from hypothesis import strategies as st
from tests_plots import Values, column, of, read

CASES = {
    "time-data.ms": (Averaging(seconds=100), Column.DATA),
    "time-corrected.ms": (Averaging(seconds=100), Column.CORRECTED),
    "time-scan.ms": (Averaging(seconds=1e8, scan=True), Column.DATA),
    "time-field.ms": (Averaging(seconds=1e8, scan=True, field=True), Column.DATA),
    "channel-data.ms": (Averaging(channels=10), Column.DATA),
    "both-corrected.ms": (Averaging(channels=7, seconds=100), Column.CORRECTED),
}


def order(times: Values, one: Values, other: Values) -> Values:
    return np.asarray(np.lexsort((np.round(times, 1), other, one)))


@pytest.mark.parametrize("name", CASES)
def test_averages_are_those_of_mstransform(name: str, every_fifth: Path, transformed: Path) -> None:
    averaging, which = CASES[name]
    theirs = transformed / name
    axes = (Axis.TIME, Axis.INTERVAL, Axis.ANTENNA1, Axis.ANTENNA2, Axis.SCAN, Axis.FIELD)
    geometry = (Axis.U, Axis.V, Axis.W)
    visible = (of(Axis.REAL, which), of(Axis.IMAG, which))
    weight = Axis.SIGMASP if which is Column.DATA else Axis.WTSP
    found = read(
        every_fifth, *axes, *geometry, Axis.FREQUENCY, weight, *visible, averaging=averaging,
        block_points=40_000,
    )  # fmt: skip
    assert len(found.blocks) > 1
    mine = {axis: found[axis][:, 0, 0] for axis in (*axes, *geometry)}
    ours = order(mine[Axis.TIME], mine[Axis.ANTENNA1], mine[Axis.ANTENNA2])
    names = ("TIME", "ANTENNA1", "ANTENNA2")
    casas = order(*(column(theirs, each) for each in names))
    values = found[Axis.REAL] + 1j * found[Axis.IMAG]
    expected, flags = column(theirs, "DATA")[casas], column(theirs, "FLAG")[casas]
    assert values.shape == expected.shape
    assert np.array_equal(found.flagged[ours], flags)
    # Flagged averages are those of what is flagged; both are single precision.
    assert np.abs(values[ours] - expected).max() < 5e-6 * np.abs(expected).max()
    for axis, their_name in zip(axes, ("TIME", "INTERVAL", *names[1:]), strict=False):
        assert np.abs(mine[axis][ours] - column(theirs, their_name)[casas]).max() < 1e-5
    for n, axis in enumerate(geometry):
        assert np.abs(mine[axis][ours] - column(theirs, "UVW")[casas][:, n]).max() < 1e-9
    assert np.allclose(
        found[Axis.FREQUENCY][0, :, 0] * 1e9,
        column(theirs / "SPECTRAL_WINDOW", "CHAN_FREQ")[0],
        rtol=1e-12,
    )
    if which is Column.CORRECTED:
        ratio = found[Axis.WTSP][ours] / column(theirs, "WEIGHT_SPECTRUM")[casas]
        assert np.abs(ratio[~flags] - 1).max() < 1e-5


def by_hand(vis: Path, groups: Values, values: Values, weights: Values) -> dict[int, Values]:
    flags = column(vis, "FLAG") | column(vis, "FLAG_ROW")[:, None, None]
    found = {}
    for group in np.unique(groups):
        mine = groups == group
        good = np.where(flags[mine], 0, weights[mine])
        if not good.any():
            continue
        with np.errstate(invalid="ignore"):
            found[int(group)] = (good * values[mine]).sum(0) / good.sum(0)
    return found


def weights_across(vis: Path) -> Values:
    """What CASA weighs averages over baselines by, of every column: not by the spectrum."""
    shape = column(vis, "DATA").shape
    return np.broadcast_to(column(vis, "WEIGHT").astype(float)[:, None], shape)


def spectra(vis: Path) -> Values:
    """Return WEIGHT_SPECTRUM, or WEIGHT where there is none."""
    with tables.table(str(vis), ack=False) as table:
        there = "WEIGHT_SPECTRUM" in table.colnames()
    return column(vis, "WEIGHT_SPECTRUM").astype(float) if there else weights_across(vis)


def test_all_baselines_of_an_integration_become_one(uneven: Path) -> None:
    found = read(
        uneven, Axis.TIME, Axis.SCAN, of(Axis.AMP, Column.DATA), Axis.ANTENNA1,
        averaging=Averaging(baseline=True),
    )  # fmt: skip
    times = column(uneven, "TIME")
    unique, groups = np.unique(times, return_inverse=True)
    data = column(uneven, "DATA").astype(complex)
    expected = by_hand(uneven, groups, data, weights_across(uneven))
    assert len(found.rows) == len(unique)
    ours = np.argsort(found[Axis.TIME][:, 0, 0])
    assert np.allclose(found[Axis.TIME][ours, 0, 0], unique, atol=1e-4)
    for group, values in expected.items():
        good = ~found.flagged[ours][group]
        assert np.allclose(found[Axis.AMP][ours][group][good], np.abs(values)[good], rtol=3e-5)
    source = open_source(Asked(str(uneven), averaging=Averaging(baseline=True)))
    names = source.names(Quantity(Axis.ANTENNA1))
    assert names is not None
    assert names[found[Axis.ANTENNA1][0, 0, 0]] == "*"


@pytest.mark.parametrize("which", [Column.DATA, Column.CORRECTED])
def test_channels_of_rows_are_averaged_before_baselines(which: Column, uneven: Path) -> None:
    averaging = Averaging(baseline=True, channels=7)
    found = read(uneven, Axis.TIME, of(Axis.AMP, which), averaging=averaging)

    def binned(values: Values) -> Values:
        return np.asarray(values.reshape(len(values), 9, 7, 2).sum(2))

    flags = column(uneven, "FLAG") | column(uneven, "FLAG_ROW")[:, None, None]
    good = np.where(flags, 0, spectra(uneven))
    first = good if which is Column.CORRECTED else ~flags  # SIGMA is the same for all channels
    name = "DATA" if which is Column.DATA else "CORRECTED_DATA"
    total = binned(first * np.ones(first.shape))
    with np.errstate(invalid="ignore"):
        means = binned(first * column(uneven, name)) / total
    weights = np.broadcast_to(binned(good).mean(1, keepdims=True), means.shape)
    weights = np.where(total > 0, weights, 0)
    unique, groups = np.unique(column(uneven, "TIME"), return_inverse=True)
    ours = np.argsort(found[Axis.TIME][:, 0, 0])
    for n in range(len(unique)):
        mine = groups == n
        sums = np.where(weights > 0, weights * means, 0)[mine].sum(0)
        with np.errstate(invalid="ignore"):
            expected = np.abs(sums / weights[mine].sum(0))
        there = ~found.flagged[ours][n]
        assert there.any()
        assert np.allclose(found[Axis.AMP][ours][n][there], expected[there], rtol=3e-5)


def test_weights_are_of_their_kind_whatever_else_is_averaged(uneven: Path) -> None:
    averaging = Averaging(seconds=1e9)
    axes = (Axis.WTSP, Axis.SIGMASP)
    alone = [read(uneven, each, averaging=averaging)[each] for each in axes]
    together = read(uneven, *axes, of(Axis.AMP, Column.DATA), averaging=averaging)
    for each, expected in zip(axes, alone, strict=True):
        assert np.array_equal(together[each], expected)


def test_the_baselines_of_an_antenna_become_one(uneven: Path) -> None:
    averaging = Averaging(antenna=True, seconds=1e9, scan=True, field=True)
    found = read(
        uneven, Axis.ANTENNA1, Axis.ANTENNA2, of(Axis.REAL, Column.CORRECTED),
        of(Axis.IMAG, Column.CORRECTED), averaging=averaging,
    )  # fmt: skip
    data = column(uneven, "CORRECTED_DATA").astype(complex)
    flags = column(uneven, "FLAG") | column(uneven, "FLAG_ROW")[:, None, None]
    weights = np.where(flags, 0, spectra(uneven))
    values = found[Axis.REAL] + 1j * found[Axis.IMAG]
    checked = 0
    for n, antenna in enumerate(found[Axis.ANTENNA1][:, 0, 0]):
        one = column(uneven, "ANTENNA1") == antenna
        other = column(uneven, "ANTENNA2") == antenna
        total = weights[one].sum(0) + weights[other].sum(0)
        sums = (weights * data)[one].sum(0) + (weights * data.conj())[other].sum(0)
        good = total > 0
        assert np.array_equal(found.flagged[n], ~good)
        assert np.allclose(values[n][good], (sums[good] / total[good]), rtol=1e-4, atol=1e-5)
        checked += good.any()
    assert checked == 6
    assert (found[Axis.ANTENNA2] == 28).all()


def test_scalar_averages_are_of_amplitudes(uneven: Path) -> None:
    averaging = Averaging(baseline=True, seconds=1e9, scan=True, scalar=True)
    found = read(uneven, Axis.FIELD, of(Axis.AMP, Column.DATA), averaging=averaging)
    expected = by_hand(
        uneven,
        column(uneven, "FIELD_ID"),
        np.abs(column(uneven, "DATA")).astype(float),
        weights_across(uneven),
    )
    assert found[Axis.FIELD].shape == (3, 63, 2)
    for n, field in enumerate(found[Axis.FIELD][:, 0, 0]):
        assert np.allclose(found[Axis.AMP][n], expected[int(field)], rtol=1e-5)


def test_a_ratio_is_that_of_averages(every_fifth: Path) -> None:
    averaging = Averaging(seconds=1e9, scan=True, baseline=True, channels=63)
    ratio = read(every_fifth, of(Axis.AMP, Column.CORRECTED_OVER_MODEL), averaging=averaging)
    each = [
        read(every_fifth, of(Axis.AMP, which), averaging=averaging)[Axis.AMP]
        for which in (Column.CORRECTED, Column.MODEL)
    ]
    assert np.allclose(ratio[Axis.AMP], each[0] / each[1], rtol=1e-5)


def test_one_window_of_several_is_their_average(transformed: Path) -> None:
    vis = transformed / "first.ms"
    alone = read(vis, of(Axis.AMP, Column.DATA), averaging=Averaging(spw=True))
    assert np.allclose(alone[Axis.AMP], np.abs(column(vis, "DATA")), rtol=1e-6)
    with pytest.raises(UnsupportedError, match="different numbers of channels"):
        read(transformed / "mixed.ms", Axis.TIME, averaging=Averaging(spw=True))


@pytest.mark.parametrize(
    "averaging",
    [
        Averaging(channels=-1),
        Averaging(seconds=float("nan")),
        Averaging(baseline=True, antenna=True),
    ],
)
def test_averaging_that_means_nothing_is_refused(averaging: Averaging, every_fifth: Path) -> None:
    with pytest.raises(InvalidParameterError, match="avg"):
        open_source(Asked(str(every_fifth), averaging=averaging))


def test_bins_do_not_cross_the_ranges_of_a_selection(every_fifth: Path) -> None:
    selection = Selection(spw="0:3~22;30~52", antenna="1&2")
    found = read(
        every_fifth, Axis.CHANNEL, Axis.FREQUENCY, averaging=Averaging(channels=10),
        selection=selection,
    )  # fmt: skip
    assert found[Axis.CHANNEL][0, :, 0].tolist() == [3, 13, 30, 40]
    frequencies = column(every_fifth / "SPECTRAL_WINDOW", "CHAN_FREQ")[0]
    expected = [frequencies[n : n + 10].mean() / 1e9 for n in (3, 13, 30, 40)]
    assert np.allclose(found[Axis.FREQUENCY][0, :, 0], expected, rtol=1e-12)


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=60, unique=True),
    st.integers(1, 80),
)
def test_each_channel_is_in_one_bin_at_most(numbers: list[int], width: int) -> None:
    channels = np.array(sorted(numbers))
    bins = channel_bins(channels, width)
    assert len(set(bins.positions.tolist())) == len(bins.positions)
    sizes = np.diff(np.append(bins.starts, len(bins.positions)))
    assert sizes.min() >= 1
    assert sizes.max() <= width
    values = np.random.default_rng(1).normal(size=(3, len(channels), 2))
    expected = [values[:, p].sum(1) for p in np.split(bins.positions, bins.starts[1:])]
    assert np.allclose(bins.add(values, np.float64), np.stack(expected, 1))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300)), min_size=1, max_size=80),
    st.floats(0, 200),
)
def test_time_bins_are_shorter_than_asked_and_do_not_mix(
    rows: list[tuple[int, int]], seconds: float
) -> None:
    contexts = np.array([context for context, _ in rows])
    times = np.array([float(time) for _, time in rows])
    bins = time_bins(times, contexts, seconds)
    starts = []
    for each in np.unique(bins):
        mine = bins == each
        assert len(set(contexts[mine])) == 1
        assert np.ptp(times[mine]) <= seconds
        starts.append((contexts[mine][0], times[mine].min(), times[mine].max()))
    # The next bin of a context begins where this one was full.
    starts.sort()
    for (one, start, _), (other, following, _) in pairwise(starts):
        if one == other:
            assert following >= start + seconds
