"""Selections mean what CASA's own selection means."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.asked import Asked, Selection
from casa_plots.axes import Axis, Quantity
from casa_plots.errors import SelectionError
from casa_plots.sources import open_source
from tests_plots import column, read

# Each kind of string, and the same in the words of CASA's ms.msselect.
STRINGS: list[tuple[Selection, dict[str, str]]] = [
    (Selection(field="N5921*"), {"field": "N5921*"}),
    (Selection(field="0,1445*"), {"field": "0,1445*"}),
    (Selection(spw="0:5~20^3"), {"spw": "0:5~20^3"}),
    (Selection(spw="*:1.4130~1.4135GHz"), {"spw": "*:1.4130~1.4135GHz"}),
    (Selection(timerange="<10:00:00"), {"time": "<10:00:00"}),
    (
        Selection(timerange="1995/04/13/09:20:00~09:40:00"),
        {"time": "1995/04/13/09:20:00~09:40:00"},
    ),
    (Selection(uvrange=">100lambda"), {"uvdist": ">100lambda"}),
    (Selection(uvrange="0.1~0.3km"), {"uvdist": "0.1~0.3km"}),
    (Selection(antenna="15"), {"baseline": "15"}),
    (Selection(antenna="1&2;!3"), {"baseline": "1&2;!3"}),
    (Selection(antenna="*&&&"), {"baseline": "*&&&"}),
    (Selection(scan="2~4,6"), {"scan": "2~4,6"}),
    (Selection(correlation="LL"), {"polarization": "LL"}),
    (Selection(array="0"), {"array": "0"}),
    (Selection(observation="0"), {"observation": "0"}),
    (Selection(msselect="ANTENNA1 == 3 && FIELD_ID != 2"), {"taql": "ANTENNA1==3&&FIELD_ID!=2"}),
    (
        Selection(field="2", spw="0:10~20", antenna="7", scan=">3"),
        {"field": "2", "spw": "0:10~20", "baseline": "7", "scan": ">3"},
    ),
]


@pytest.fixture(scope="module")
def tool(ngc5921: Path) -> Iterator[Any]:
    tool = importlib.import_module("casatools").ms()
    tool.open(str(ngc5921))
    yield tool
    tool.close()


@pytest.mark.parametrize(("selection", "items"), STRINGS)
def test_a_selection_has_casas_rows(
    selection: Selection, items: dict[str, str], ngc5921: Path, tool: Any
) -> None:
    tool.reset()
    assert tool.msselect(items)
    found = read(ngc5921, Axis.ROW, Axis.CHANNEL, selection=selection, block_points=200_000)
    # ms.getdata reads rows in the order of the selection, by a path that is not ours.
    uvw = tool.getdata(["uvw"])["uvw"].T
    assert len(found.rows) == len(uvw)
    assert np.array_equal(column(ngc5921, "UVW")[found.rows], uvw)
    ranges = tool.msselectedindices()["channel"].reshape(-1, 4)
    channels = [n for _, a, b, step in ranges for n in range(a, b + 1, step)] or range(63)
    assert found[Axis.CHANNEL][0, :, 0].tolist() == list(channels)
    assert found.values[Quantity(Axis.ROW)].shape[2] == (1 if selection.correlation else 2)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(field="3C48"), ["field='3C48'", "No match found", "1 1445+09900002_0"]),
        (Selection(spw="7"), ["spw='7'", "No match found for 7", "spw 0"]),
        (Selection(timerange="1999/0"), ["timerange='1999/0'", "Parse error"]),
        (Selection(scan="77"), ["No data", "scan='77'", "fields 0 1331+30500002_0"]),
        (Selection(uvrange=">99km"), ["No data", "uvrange='>99km'"]),
        (Selection(correlation="XX"), ["correlation='XX'", "correlations RR, LL"]),
        (Selection(msselect="FOO > 3"), ["msselect='FOO > 3'", "FOO"]),
        (Selection(intent="*CAL*"), ["intent='*CAL*'", "No match"]),
        (Selection(field="0", scan="2"), ["No data", "field='0' and scan='2'"]),
    ],
)
def test_what_selects_nothing_is_refused_with_what_there_is(
    selection: Selection, words: list[str], ngc5921: Path
) -> None:
    with pytest.raises(SelectionError) as error:
        open_source(Asked(str(ngc5921), selection))
    assert [word for word in words if word not in str(error.value)] == []


def test_a_selection_is_told_in_the_description(ngc5921: Path) -> None:
    source = open_source(Asked(str(ngc5921), Selection(field="2", antenna="7")))
    assert source.description == "field 2, antenna 7"
    assert source.points == len(next(iter(source.blocks([]))).rows) * 63 * 2
