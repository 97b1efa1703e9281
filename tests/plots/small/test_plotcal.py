"""What calls of plotcal mean to plotms: pure translation."""

import inspect
from typing import Any

import pytest
from casa_plots.errors import InvalidParameterError
from casa_plots.plotcal import plotcal, translated

DEFAULTS = {name: each.default for name, each in inspect.signature(plotcal).parameters.items()} | {
    "caltable": "x.gcal"
}


def meant(viscal: str = "G Jones", **asked: object) -> dict[str, Any]:
    return dict(translated({**DEFAULTS, **asked}, viscal).parameters)


@pytest.mark.parametrize(
    ("viscal", "axes"),
    [
        ("G Jones", ("time", "gainamp")),
        ("B Jones", ("chan", "gainamp")),
        ("K Jones", ("time", "delay")),
        ("B TSYS", ("chan", "tsys")),
    ],
)
def test_a_table_has_axes_that_suit_it(viscal: str, axes: tuple[str, str]) -> None:
    found = meant(viscal)
    assert (found["xaxis"], found["yaxis"]) == axes
    assert "customsymbol" not in found


def test_iteration_makes_panels() -> None:
    found = meant(iteration="antenna", subplot=421, poln="RL", yaxis="phase")
    assert (found["gridrows"], found["gridcols"], found["iteraxis"]) == (4, 2, "antenna")
    assert (found["yaxis"], found["correlation"]) == ("gainphase", "R,L")


def test_looks_are_those_that_were_asked_for() -> None:
    found = meant(plotsymbol="s", plotcolor="r", markersize=7.0, showflags=True, overplot=True)
    assert (found["symbolshape"], found["symbolcolor"], found["symbolsize"]) == ("square", "red", 7)
    assert found["customflaggedsymbol"] is True
    assert found["clearplots"] is False
    assert meant(plotrange=[0, 0, -180, 180])["plotrange"] == [0, 0, -180, 180]


def test_what_differs_is_told() -> None:
    notes = translated({**DEFAULTS, "iteration": "antenna,spw", "subplot": 332}, "G Jones").notes
    assert any("over one axis: antenna" in each for each in notes)
    assert any("last digit" in each for each in notes)
    assert "plotms(vis='x.gcal'" in notes[-1]


@pytest.mark.parametrize(
    "asked",
    [
        {"xaxis": "u"},
        {"poln": "Q"},
        {"subplot": 7},
        {"iteration": "scan"},
        {"plotrange": [1, 2]},
    ],
)
def test_what_means_nothing_is_told(asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match=next(iter(asked))):
        meant(**asked)
