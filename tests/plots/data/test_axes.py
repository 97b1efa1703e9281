"""Each quantity of visibilities against the same computed from the table with numpy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from casa_plots.asked import Asked, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.sources import open_source
from casacore import tables
from tests_plots import Values, column, of, read

LIGHT = 299792458.0

Expected = Callable[[Path], Values]


def rows(name: str) -> Expected:
    return lambda vis: column(vis, name)[:, None, None]


def wavelengths(*components: int) -> Expected:
    def expected(vis: Path) -> Values:
        metres = np.sqrt((column(vis, "UVW")[:, list(components)] ** 2).sum(1))
        if len(components) == 1:
            metres = column(vis, "UVW")[:, components[0]]
        return np.asarray((metres[:, None] * frequencies(vis)[None] / LIGHT)[:, :, None])

    return expected


def frequencies(vis: Path) -> Values:
    return np.asarray(column(vis / "SPECTRAL_WINDOW", "CHAN_FREQ")[0])


def visible(what: Callable[[Values], Values], name: str = "DATA") -> Expected:
    return lambda vis: what(column(vis, name).astype(complex))


def degrees(values: Values) -> Values:
    return np.asarray(np.degrees(np.angle(values)))


EXPECTED: dict[Axis, Expected] = {
    Axis.SCAN: rows("SCAN_NUMBER"),
    Axis.FIELD: rows("FIELD_ID"),
    Axis.TIME: rows("TIME"),
    Axis.INTERVAL: rows("INTERVAL"),
    Axis.SPW: rows("DATA_DESC_ID"),  # one window: the same number
    Axis.ANTENNA1: rows("ANTENNA1"),
    Axis.ANTENNA2: rows("ANTENNA2"),
    Axis.OBSERVATION: rows("OBSERVATION_ID"),
    Axis.INTENT: rows("STATE_ID"),
    Axis.FEED1: rows("FEED1"),
    Axis.FEED2: rows("FEED2"),
    Axis.FLAGROW: rows("FLAG_ROW"),
    Axis.CHANNEL: lambda vis: np.arange(63)[None, :, None],
    Axis.FREQUENCY: lambda vis: frequencies(vis)[None, :, None] / 1e9,
    Axis.CORR: lambda vis: np.array([0, 1])[None, None],
    Axis.ROW: lambda vis: np.arange(4531)[:, None, None],
    Axis.AMP: visible(np.abs),
    Axis.PHASE: visible(degrees),
    Axis.REAL: visible(np.real),
    Axis.IMAG: visible(np.imag),
    Axis.FLAG: lambda vis: column(vis, "FLAG") | column(vis, "FLAG_ROW")[:, None, None],
    Axis.WT: lambda vis: column(vis, "WEIGHT")[:, None],
    Axis.WTSP: lambda vis: column(vis, "WEIGHT_SPECTRUM"),
    Axis.SIGMA: lambda vis: column(vis, "SIGMA")[:, None],
    Axis.SIGMASP: lambda vis: column(vis, "SIGMA")[:, None],  # there is no SIGMA_SPECTRUM
    Axis.WTAMP: lambda vis: column(vis, "WEIGHT_SPECTRUM") * np.abs(column(vis, "DATA")),
    Axis.SNR: lambda vis: np.abs(column(vis, "DATA")) / column(vis, "SIGMA")[:, None],
    Axis.UVDIST: lambda vis: np.sqrt((column(vis, "UVW")[:, :2] ** 2).sum(1))[:, None, None],
    Axis.U: lambda vis: column(vis, "UVW")[:, 0, None, None],
    Axis.V: lambda vis: column(vis, "UVW")[:, 1, None, None],
    Axis.W: lambda vis: column(vis, "UVW")[:, 2, None, None],
    Axis.UVWAVE: wavelengths(0, 1),
    Axis.UWAVE: wavelengths(0),
    Axis.VWAVE: wavelengths(1),
    Axis.WWAVE: wavelengths(2),
}


def close(found: Values, expected: Values) -> bool:
    expected = np.broadcast_to(expected, found.shape)
    if np.issubdtype(found.dtype, np.integer):
        return np.array_equal(found, expected)
    single = found.dtype == np.float32
    return np.allclose(found, expected, rtol=3e-6 if single else 1e-12, atol=0, equal_nan=True)


@pytest.mark.parametrize("axis", EXPECTED)
def test_a_quantity_is_what_numpy_computes(axis: Axis, every_fifth: Path) -> None:
    found = read(every_fifth, axis, block_points=100_000)
    assert len(found.blocks) > 3
    expected = EXPECTED[axis](every_fifth)
    # Phases of tiny numbers are as exact as those: turns of 360 degrees are none.
    if axis is Axis.PHASE:
        assert np.abs((found[axis] - expected + 180) % 360 - 180).max() < 1e-3
    else:
        assert close(found[axis], expected)
    flags = column(every_fifth, "FLAG") | column(every_fifth, "FLAG_ROW")[:, None, None]
    assert np.array_equal(found.flagged, flags)
    assert np.array_equal(found.rows, np.arange(4531))


COLUMNS: dict[Column, Callable[[Values, Values, Values], Values]] = {
    Column.DATA: lambda data, corrected, model: data,
    Column.CORRECTED: lambda data, corrected, model: corrected,
    Column.MODEL: lambda data, corrected, model: model,
    Column.RESIDUAL: lambda data, corrected, model: corrected - model,
    Column.DATA_MINUS_MODEL: lambda data, corrected, model: data - model,
    Column.DATA_OVER_MODEL: lambda data, corrected, model: data / model,
    Column.CORRECTED_OVER_MODEL: lambda data, corrected, model: corrected / model,
}


@pytest.mark.parametrize("which", COLUMNS)
def test_a_column_is_what_numpy_computes(which: Column, every_fifth: Path) -> None:
    names = ("DATA", "CORRECTED_DATA", "MODEL_DATA")
    expected = COLUMNS[which](*(column(every_fifth, name).astype(complex) for name in names))
    found = read(every_fifth, of(Axis.REAL, which), of(Axis.IMAG, which))
    worst = np.abs(found[Axis.REAL] + 1j * found[Axis.IMAG] - expected).max()
    assert worst < 3e-6 * np.abs(expected).max()


def test_a_baseline_is_named_by_its_antennas(ngc5921: Path) -> None:
    quantity = Quantity(Axis.BASELINE)
    source = open_source(Asked(str(ngc5921)))
    names = source.names(quantity)
    assert names is not None
    antennas = column(ngc5921 / "ANTENNA", "NAME")
    one, other = column(ngc5921, "ANTENNA1"), column(ngc5921, "ANTENNA2")
    found = read(ngc5921, quantity)[Axis.BASELINE][:, 0, 0]
    for row in range(0, len(found), 997):
        assert names[found[row]] == f"{antennas[one[row]]}&{antennas[other[row]]}"


def test_an_antenna_has_a_point_of_each_baseline_that_it_is_in(every_fifth: Path) -> None:
    found = read(every_fifth, Axis.ANTENNA, Axis.AMP)
    both = np.concatenate([column(every_fifth, "ANTENNA1"), column(every_fifth, "ANTENNA2")])
    assert found.blocks[0].shape == (2 * 4531, 63, 2)
    counts = np.bincount(found[Axis.ANTENNA][:, 0, 0], minlength=28)
    assert np.array_equal(counts, np.bincount(both, minlength=28))
    antenna = 5
    mine = found[Axis.ANTENNA][:, 0, 0] == antenna
    rows_of = np.flatnonzero(
        (column(every_fifth, "ANTENNA1") == antenna) | (column(every_fifth, "ANTENNA2") == antenna)
    )
    assert set(found.rows[mine]) == set(rows_of)


def test_an_axis_per_row_is_not_spread_over_channels(ngc5921: Path) -> None:
    source = open_source(Asked(str(ngc5921)))
    quantities = [Quantity(Axis.TIME), Quantity(Axis.CHANNEL), Quantity(Axis.AMP)]
    block = next(iter(source.blocks(quantities)))
    shapes = [block.values[each].shape for each in quantities]
    assert shapes == [(22653, 1, 1), (1, 63, 1), (22653, 63, 2)]
    assert block.values[quantities[2]].dtype == np.float32
    assert source.points == 22653 * 63 * 2


def test_rows_channels_and_correlations_that_are_no_range_are_read_right(ngc5921: Path) -> None:
    selection = Selection(spw="0:1~10^3;40~41;60", antenna="1&2", correlation="LL")
    found = read(ngc5921, Axis.REAL, Axis.CHANNEL, selection=selection)
    channels = [1, 4, 7, 10, 40, 41, 60]
    rows_of = np.flatnonzero(
        (column(ngc5921, "ANTENNA1") == 0) & (column(ngc5921, "ANTENNA2") == 1)
    )
    assert found[Axis.CHANNEL][0, :, 0].tolist() == channels
    assert found.blocks[0].channels.tolist() == [channels]
    assert np.array_equal(found.rows, rows_of)
    expected = column(ngc5921, "DATA")[rows_of][:, channels, 1:].real
    assert np.array_equal(found[Axis.REAL], expected)


def test_four_correlations_have_their_names(three_c_273: Path) -> None:
    quantity = Quantity(Axis.CORR)
    source = open_source(Asked(str(three_c_273), Selection(correlation="RL,LL")))
    names = source.names(quantity)
    assert names is not None
    (block, *_) = source.blocks([quantity, Quantity(Axis.REAL)])
    assert [names[n] for n in block.values[quantity].ravel()] == ["RL", "LL"]
    with tables.table(str(three_c_273 / "POLARIZATION"), ack=False) as table:
        codes = table.getcell("CORR_TYPE", 0).tolist()
    at = [codes.index(6), codes.index(8)]  # casacore's numbers of RL and LL
    expected = column(three_c_273, "DATA")[:, :, at].real
    assert np.array_equal(block.values[Quantity(Axis.REAL)], expected)
