"""Saved inputs and values: pure functions."""

import contextlib
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_kernel.inputs.errors import SavedInputsError
from casa_kernel.inputs.saved import format_saved, parse_saved
from casa_kernel.inputs.values import literal, plain, same, shown
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True).filter(
    lambda name: (
        name not in {"as", "if", "in", "is", "or", "and", "def", "del", "for", "not", "try"}
    )
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ARRAYS = arrays.arrays(
    st.sampled_from([np.int32, np.int64, np.float32, np.float64, np.bool_]),
    arrays.array_shapes(max_dims=2),
    elements={"allow_nan": False},
)
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES))
def test_what_is_saved_is_what_is_read(values: dict[str, Any]) -> None:
    assert parse_saved(format_saved("tclean", values)) == {k: plain(v) for k, v in values.items()}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SavedInputsError):
        assert all(literal(value) is not None for value in parse_saved(text).values())


def test_a_saved_file_is_python_that_sets_the_variables(tmp_path: Path) -> None:
    values = {"vis": "it's.ms", "limit": math.inf, "scales": np.array([0, 5]), "region": {"a": 1}}
    path = tmp_path / "tclean.last"
    path.write_text(format_saved("tclean", values))
    ran = runpy.run_path(str(path))
    assert {name: ran[name] for name in values} == {k: plain(v) for k, v in values.items()}
    assert path.read_text().splitlines()[-1].startswith('#tclean( vis="it\'s.ms", limit=')


def test_not_a_number_survives() -> None:
    assert math.isnan(parse_saved(format_saved("t", {"x": math.nan}))["x"])  # type: ignore[arg-type]


def test_what_cannot_be_saved_is_said_and_left_out() -> None:
    text = format_saved("tclean", {"vis": "a.ms", "mask": object()})
    assert "# mask: an object of type object cannot be saved\n" in text
    assert parse_saved(text) == {"vis": "a.ms"}


@pytest.mark.parametrize(
    "text", ["import os", "x = 1\ny = open('f')", "x, y = 1, 2", "x += 1", "x = __import__('os')"]
)
def test_code_is_refused_and_not_run(text: str) -> None:
    with pytest.raises(SavedInputsError, match="%run if you trust it"):
        parse_saved(text)


def test_files_of_casa_s_own_are_read() -> None:
    text = "taskname           = \"tclean\"\nvis = ['a.ms', 'b.ms']\nniter = -1\n#tclean(vis=...)\n"
    assert parse_saved(text) == {"taskname": "tclean", "vis": ["a.ms", "b.ms"], "niter": -1}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (np.array([1, 2]), [1, 2], True),
        (np.array([1, 2]), [1, 3], False),
        ("1", 1, False),
        (np.bool_(True), True, True),
        ([], "", False),
    ],
)
def test_values_mean_the_same_to_a_task(left: object, right: object, expected: bool) -> None:
    assert same(left, right) is expected


def test_a_long_value_is_shortened() -> None:
    assert len(shown(list(range(1000)))) == 300
    assert shown(np.array(["a"])) == "['a']"
