"""Parameters that mean the same to CASA are equal; others are not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recompute.access import request
from recompute.access.definitions import parameters_of
from recompute.model import Json

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def settled(task: str, cwd: Path = Path("/nowhere"), **parameters: Any) -> dict[str, Json]:
    asked = request(task, parameters, signature=None, cwd=cwd, versions={})
    assert asked.parameters, asked.why_not
    return dict(asked.parameters)


def refused(task: str, **parameters: Any) -> str:
    return request(task, parameters, signature=None, cwd=Path("/nowhere"), versions={}).why_not


@pytest.mark.parametrize(
    ("task", "one", "other"),
    [
        ("gaincal", {}, {"solint": "inf", "minsnr": 3, "gaintable": []}),
        ("gaincal", {"gaintable": "b"}, {"gaintable": ["b"]}),
        ("gaincal", {"gaintable": ["b"]}, {"gaintable": ("b",)}),
        ("gaincal", {"gaintable": ["b"]}, {"gaintable": np.array(["b"])}),
        ("gaincal", {"gaintable": [""]}, {"gaintable": []}),
        ("gaincal", {"gaintable": ["b"], "interp": [""]}, {"gaintable": ["b"], "interp": []}),
        ("gaincal", {"gaintable": ["b"], "interp": ["linear"]}, {"gaintable": ["b"]}),
        ("gaincal", {"gaintable": ["b"], "gainfield": [""]}, {"gaintable": ["b"]}),
        (
            "gaincal",
            {"gaintable": ["b"], "spwmap": [[0, 0]]},
            {"gaintable": ["b"], "spwmap": [0, 0]},
        ),
        ("gaincal", {"gaintable": ["b"], "spwmap": [-1]}, {"gaintable": ["b"]}),
        ("gaincal", {"minsnr": 3}, {"minsnr": np.float32(3)}),
        ("gaincal", {"minblperant": 4}, {"minblperant": np.int64(4)}),
        ("gaincal", {"vis": "a.ms/"}, {"vis": "./a.ms"}),
        ("gaincal", {"vis": "/nowhere/a.ms"}, {"vis": "a.ms"}),
        ("gaincal", {"vis": "b/../a.ms"}, {"vis": "a.ms"}),
        ("gaincal", {"vis": Path("a.ms")}, {"vis": "a.ms"}),
        ("tclean", {"vis": ["a.ms"]}, {"vis": "a.ms"}),
        ("tclean", {"vis": "a", "imagename": "x//y"}, {"vis": "a", "imagename": "x/y"}),
        ("split", {"outputvis": "a.ms/"}, {"outputvis": "a.ms"}),
        ("imrebin", {"factor": np.array([2, 2])}, {"factor": [2, 2]}),
        ("uvmodelfit", {"sourcepar": [1, 0, 0]}, {"sourcepar": [1.0, 0.0, 0.0]}),
    ],
)
def test_spellings_of_one_meaning_are_equal(
    task: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert settled(task, **one) == settled(task, **other)


@pytest.mark.parametrize(
    ("task", "one", "other"),
    [
        ("gaincal", {"gaintable": ["b", "c"]}, {"gaintable": ["c", "b"]}),
        ("gaincal", {"interp": ["linear", "nearest"]}, {"interp": ["nearest"]}),
        ("gaincal", {"gainfield": ["", "1"]}, {"gainfield": ["1"]}),
        ("gaincal", {"spwmap": [[0], [1]]}, {"spwmap": [0, 1]}),
        ("gaincal", {"vis": "a.ms"}, {"vis": "/a.ms"}),
        ("gaincal", {"vis": "a.ms"}, {"vis": "A.ms"}),
        ("gaincal", {"field": " 0"}, {"field": "0"}),
        ("flagdata", {"antenna": ""}, {"antenna": [""]}),
        ("setjy", {"fluxdensity": [1, 0, 0, 0]}, {"fluxdensity": 1}),
    ],
)
def test_other_meanings_are_not(task: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert settled(task, **one) != settled(task, **other)


def test_all_defaults_are_filled_in() -> None:
    parameters = settled("gaincal", vis="a.ms")
    assert parameters["solint"] == "inf"
    assert parameters["preavg"] == -1.0
    assert parameters["append"] is False


@given(st.text(st.characters(exclude_characters="\0/$"), min_size=1, max_size=20))
def test_any_name_has_one_spelling(name: str) -> None:
    if name in {".", ".."} or name.startswith("~"):
        return
    spellings = {name, f"./{name}", f"{name}/", f"{name}//", f"/nowhere/{name}", f"x/../{name}"}
    found = {settled("split", vis=each)["vis"] for each in spellings}
    assert found == {name}


@given(PLAIN)
def test_what_is_json_already_stays_as_it_is(value: Any) -> None:
    found = settled("vishead", vis="a.ms", hdvalue=value)["hdvalue"]
    assert found == value
    assert settled("vishead", vis="a.ms", hdvalue=found)["hdvalue"] == found


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=5))
def test_arrays_equal_their_lists(values: list[float]) -> None:
    parameters: dict[str, Any] = {"vis": "a.ms", "hdvalue": np.array(values, dtype=np.float32)}
    assert settled("vishead", **parameters)["hdvalue"] == values


@pytest.mark.parametrize("value", [object(), b"bytes", 1j, float("nan"), {1: 2}, np.array([1j])])
def test_what_json_cannot_say_is_not_memoised(value: object) -> None:
    assert "hdvalue" in refused("vishead", vis="a.ms", hdvalue=value)


def test_a_parameter_that_the_task_lacks_is_not_memoised() -> None:
    assert "no parameter fiel" in refused("split", vis="a.ms", fiel="0")


def test_a_path_below_the_working_directory_is_relative_even_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for cwd in (tmp_path / "real", tmp_path / "link"):
        for spelling in ("a.ms", tmp_path / "real/a.ms", tmp_path / "link/a.ms"):
            assert settled("listobs", cwd=cwd, vis=spelling)["vis"] == "a.ms"


def test_the_name_of_a_link_is_kept_because_tables_have_it(tmp_path: Path) -> None:
    (tmp_path / "real.ms").mkdir()
    (tmp_path / "link.ms").symlink_to("real.ms")
    assert settled("listobs", cwd=tmp_path, vis="link.ms")["vis"] == "link.ms"
    asked = request("listobs", {"vis": "link.ms"}, signature=None, cwd=tmp_path, versions={})
    assert [each.path for each in asked.touches] == [tmp_path.resolve() / "real.ms"]


def test_the_home_directory_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    assert settled("listobs", vis="~/a.ms")["vis"] == "a.ms"


@given(
    st.sampled_from(["tclean", "immath", "applycal", "flagdata", "makemask", "setjy"]), st.data()
)
def test_no_value_is_an_error(task: str, data: st.DataObject) -> None:
    names = sorted(parameters_of(task) or {})
    chosen = st.dictionaries(
        st.sampled_from(names),
        PLAIN | st.sampled_from(["a\0b", "\ud800", "\udc80", "~", "/", "."]),
        max_size=6,
    )
    parameters = data.draw(chosen)
    asked = request(task, parameters, signature=None, cwd=Path("/nowhere"), versions={})
    assert asked.why_not or asked.parameters
    assert json.dumps(dict(asked.parameters), allow_nan=False)
