"""Parameters: CASA's names, order and defaults; what is wrong is said."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.inputs.definitions import parse
from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.plotms import definition, plotms
from casa_plots.plotms.ability import obstacles
from casa_plots.plotms.checking import check
from casa_plots.plotms.parameters import PARAMETERS

ROOT = Path(__file__).parents[3]


def test_the_signature_is_that_of_the_table() -> None:
    real = inspect.signature(plotms).parameters
    own = {name: each.default for name, each in real.items() if name != "board"}
    assert own == {each.name: each.default for each in PARAMETERS}
    assert list(own)[:4] == ["vis", "caltable", "gridrows", "gridcols"]


def test_the_defaults_are_those_of_casaplotms() -> None:
    """Some that are odd: they differ from what one would guess."""
    values = {each.name: each.default for each in PARAMETERS}
    assert len(values) == 103
    odd = {
        "customsymbol": [],
        "customflaggedsymbol": False,
        "flaggedsymbolshape": "circle",
        "majorcolor": "B0B0B0",
        "minorcolor": "D0D0D0",
        "veldef": "RADIO",
        "dpi": -1,
        "verbose": True,
        "selectdata": True,
        "callib": [],
    }
    assert {name: values[name] for name in odd} == odd


def test_the_kernels_definition_is_that_of_the_table() -> None:
    assert definition.FILE.read_text() == definition.xml()
    found = parse(definition.xml())
    assert found.names == tuple(each.name for each in PARAMETERS)
    fitted = found.fitted_to(inspect.signature(plotms))
    assert [each.default for each in found.parameters] == [
        each.default for each in fitted.parameters
    ]
    assert not fitted.internal


def test_the_documented_table_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "users" / "plots" / "parameters.md").read_text()
    assert text.endswith(definition.table())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"xaxes": "time"}, "xaxis"),
        ({"xaxis": "ampl"}, "did you mean amp"),
        ({"yaxis": ["amp", 3]}, "must be a text"),
        ({"yaxis": ["amp", "amp"]}, "twice"),
        ({"ydatacolumn": "correctd"}, "corrected"),
        ({"gridrows": 0}, "1 or more"),
        ({"gridrows": True}, "whole number"),
        ({"rowindex": 2, "gridrows": 2}, "0 to 1"),
        ({"plotindex": 1}, "clearplots=False"),
        ({"avgtime": "30s"}, "without a unit"),
        ({"avgchannel": "-3"}, "negative"),
        ({"avgbaseline": True, "avgantenna": True}, "exclude"),
        ({"plotrange": [1, 2]}, "four numbers"),
        ({"plotrange": ["a", 2, 3, 4]}, "numbers"),
        ({"symbolshape": "star"}, "square"),
        ({"symbolcolor": "bluish"}, "0000ff"),
        ({"freqframe": "lsrx"}, "LSRK"),
        ({"iteraxis": "scan", "xsharedaxis": True}, "xselfscale"),
        ({"correlation": "RR", "polarization": "LL"}, "give one"),
        ({"caltable": "b"}, "both"),
        ({"vis": ""}, "vis is empty"),
        ({"selectdata": "yes"}, "True or False"),
        ({"headeritems": "filename,colour"}, "colour"),
    ],
)
def test_what_means_nothing_is_refused_with_what_does(
    given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        plotms(**{"vis": str(tmp_path), **given}) if "xaxes" not in given else check(given)


@pytest.mark.parametrize(
    "given",
    [
        {"callib": "cal.txt"},
        {"showatm": True},
        {"xaxis": "ant-ra"},
        {"ydatacolumn": "data-model_scalar"},
        {"phasecenter": "J2000 0h 0d"},
        {"iteraxis": "antpos"},
    ],
)
def test_what_our_engine_cannot_do_it_says(given: dict[str, Any]) -> None:
    values = check({"vis": "x.ms", **given})
    assert len(obstacles(values)) == 1
    assert obstacles(check({"vis": "x.ms"})) == []
    with pytest.raises(UnsupportedError, match="Leave engine empty"):
        plotms("x.ms", engine="casahub", **given)


def test_synonyms_and_letters_of_casa() -> None:
    values = check(
        {"vis": "x", "xaxis": "UVwave", "yaxis": "Amplitude", "legendposition": "UPPERLEFT"}
    )
    assert values["legendposition"] == "upperLeft"
    assert values["symbolcolor"] == ["#0000ff"]
    assert check({"vis": "x", "scan": 3, "avgtime": 30})["avgtime"] == "30"
