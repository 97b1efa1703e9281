"""Our points against those that CASA's own plotms writes as text, in one process of it.

It writes six digits, and what is not flagged; it holds 17 kB for each point, so little is selected.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from casa_plots.applications.appimages import missing_libraries
from casa_plots.applications.places import COMMAND, find
from casa_plots.applications.process import Application, Patience
from casa_plots.asked import Averaging, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.casaplotms import text_export
from tests_plots import Values, of, read

DIGITS = 1.2e-5  # of six digits, the worst is 1 in 100,000; ours are single precision
KEYS = (Axis.TIME, Axis.ANTENNA1, Axis.ANTENNA2, Axis.FREQUENCY, Axis.CORR)
SHORT = Selection(antenna="1&2", spw="0:10~29")
FEW = "0:10~14"


@dataclass(frozen=True)
class Case:
    """Quantities against one another, of one selection and averaging."""

    x: Quantity
    ys: tuple[Quantity, ...]
    selection: Selection = SHORT
    averaging: Averaging = field(default_factory=Averaging)
    casas: dict[str, object] = field(default_factory=dict)  # what CASA calls the averaging


DATA, CORRECTED, MODEL = Column.DATA, Column.CORRECTED, Column.MODEL
VISIBLE = (of(Axis.AMP, CORRECTED), of(Axis.PHASE, CORRECTED))
BOTH = (of(Axis.REAL, DATA), of(Axis.IMAG, DATA))

CASES = {
    "parts": Case(
        of(Axis.AMP, DATA),
        (of(Axis.PHASE, DATA), of(Axis.REAL, CORRECTED), of(Axis.IMAG, CORRECTED)),
    ),
    "columns": Case(
        Quantity(Axis.CHANNEL),
        (of(Axis.AMP, MODEL), of(Axis.AMP, Column.RESIDUAL)),
    ),
    "weights": Case(Quantity(Axis.FREQUENCY), (Quantity(Axis.WT), Quantity(Axis.WTSP))),
    "v": Case(Quantity(Axis.V), (of(Axis.AMP, DATA),)),
    "uwave": Case(Quantity(Axis.UWAVE), (of(Axis.AMP, DATA),)),
    "channel": Case(
        Quantity(Axis.UVWAVE), VISIBLE, averaging=Averaging(channels=7), casas={"avgchannel": "7"}
    ),
    "time": Case(
        Quantity(Axis.UVDIST), VISIBLE, averaging=Averaging(seconds=100), casas={"avgtime": "100"}
    ),
    "scan": Case(
        Quantity(Axis.UVDIST),
        BOTH,
        averaging=Averaging(seconds=1e8, scan=True),
        casas={"avgtime": "1e8", "avgscan": True},
    ),
    "field": Case(
        Quantity(Axis.UVDIST),
        BOTH,
        averaging=Averaging(seconds=1e8, scan=True, field=True),
        casas={"avgtime": "1e8", "avgscan": True, "avgfield": True},
    ),
    "baseline": Case(
        Quantity(Axis.TIME),
        BOTH,
        Selection(antenna="1,2&3,4", spw=FEW, correlation="RR"),
        Averaging(baseline=True),
        {"avgbaseline": True},
    ),
    "antenna": Case(
        Quantity(Axis.TIME),
        BOTH,
        Selection(antenna="1,2,3&1,2,3", spw=FEW),
        Averaging(antenna=True),
        {"avgantenna": True},
    ),
    "scalar": Case(
        Quantity(Axis.TIME),
        (of(Axis.AMP, DATA),),
        Selection(antenna="1,2&3,4", spw=FEW, correlation="RR"),
        Averaging(baseline=True, scalar=True),
        {"avgbaseline": True, "scalar": True},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def casaplotms() -> Iterator[Application]:
    """The one casaplotms of this file; skips where there is none, or it cannot run."""
    found = find()
    if found is None:
        pytest.skip(f"casaplotms is not installed: {COMMAND}")
    if missing := list(missing_libraries(found.tree("casaplotms"))):
        pytest.skip(f"casaplotms lacks {', '.join(missing)}")
    application = Application("casaplotms", Patience(quiet=120))
    yield application
    application.stop()


def exported(path: Path, case: Case, application: Application) -> list[list[list[str]]]:
    """Return the words of each line of each y axis, as casaplotms writes them."""
    text = text_export(
        {
            "vis": str(path),
            "antenna": case.selection.antenna,
            "spw": case.selection.spw,
            "correlation": case.selection.correlation,
            "xaxis": str(case.x.axis),
            "xdatacolumn": str(case.x.column or DATA),
            "yaxis": [str(each.axis) for each in case.ys],
            "ydatacolumn": [str(each.column or DATA) for each in case.ys],
            **({"averagedata": True, **case.casas} if case.casas else {}),
        },
        application,
    )
    found: list[list[list[str]]] = []
    for line in text.splitlines():
        if line.startswith("# x y"):
            found.append([])
        elif line and not line.startswith("#"):
            found[-1].append(line.split())
    return found


def sorted_by(keys: list[Values]) -> Values:
    """Return the order of points by time, antennas, frequency and correlation."""
    time, one, other, frequency, correlation = keys
    return np.asarray(
        np.lexsort((correlation, np.round(frequency, 6), other, one, np.round(time, 1)))
    )


AMPLITUDES = (of(Axis.AMP, DATA), of(Axis.AMP, CORRECTED))
ONE = Selection(antenna="1,2,3&1,2,3,4", spw="0:10~29", correlation="RR")
WEIGHTED = {
    "channel": Case(
        Quantity(Axis.UVDIST), AMPLITUDES, SHORT, Averaging(channels=5), {"avgchannel": "5"}
    ),
    "time": Case(
        Quantity(Axis.UVDIST), AMPLITUDES, SHORT, Averaging(seconds=100), {"avgtime": "100"}
    ),
    "baseline": Case(
        Quantity(Axis.TIME), AMPLITUDES, ONE, Averaging(baseline=True), {"avgbaseline": True}
    ),
    "antenna": Case(
        Quantity(Axis.TIME), AMPLITUDES, ONE, Averaging(antenna=True), {"avgantenna": True}
    ),
    "spw": Case(Quantity(Axis.TIME), AMPLITUDES, ONE, Averaging(spw=True), {"avgspw": True}),
    "channels of baselines": Case(
        Quantity(Axis.TIME),
        AMPLITUDES,
        ONE,
        Averaging(baseline=True, channels=5),
        {"avgbaseline": True, "avgchannel": "5"},
    ),
    "channels of antennas": Case(
        Quantity(Axis.TIME),
        AMPLITUDES,
        ONE,
        Averaging(antenna=True, channels=5),
        {"avgantenna": True, "avgchannel": "5"},
    ),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_averages_have_the_weights_of_casaplotms(
    name: str, uneven: Path, casaplotms: Application
) -> None:
    compare(WEIGHTED[name], uneven, casaplotms)


@pytest.mark.parametrize("name", CASES)
def test_points_are_those_of_casaplotms(name: str, ngc5921: Path, casaplotms: Application) -> None:
    compare(CASES[name], ngc5921, casaplotms)


def compare(case: Case, vis: Path, casaplotms: Application) -> None:
    """Compare our points with those that casaplotms writes."""
    found = read(
        vis, *dict.fromkeys((*map(Quantity, KEYS), case.x, *case.ys)),
        selection=case.selection, averaging=case.averaging,
    )  # fmt: skip
    good = ~found.flagged
    keys = [found[axis][good] for axis in KEYS]
    ours = sorted_by(keys)
    everyone = 28  # the antenna after the last of NGC 5921 stands for all
    theirs = exported(vis, case, casaplotms)
    assert len(theirs) == len(case.ys)
    assert len(ours) > 30
    for lines, y in zip(theirs, case.ys, strict=True):
        assert len(lines) == len(ours)
        ants = [np.array([int(line[n]) for line in lines]) for n in (5, 6)]
        casas = [
            np.array([float(line[9]) for line in lines]),
            *(np.where(each < 0, everyone, each) for each in ants),
            np.array([float(line[10]) for line in lines]),
            np.array([("RR", "LL").index(line[12]) for line in lines]),
        ]
        order = sorted_by(casas)
        for key, mine, other in zip(KEYS, keys, casas, strict=True):
            within = {Axis.TIME: 2e-3, Axis.FREQUENCY: 2e-9}.get(key, 0)
            assert np.abs(mine[ours] - other[order]).max() <= within, key
        for n, quantity in enumerate((case.x, y)):
            mine = found.values[quantity][good][ours]
            other = np.array([float(line[n]) for line in lines])[order]
            apart = np.abs(mine - other)
            if quantity.axis is Axis.PHASE:
                apart = np.minimum(apart, 360 - apart)
            assert (apart / np.maximum(np.abs(other), 0.1)).max() < DIGITS, quantity
