"""What counts of a user's function, and what does not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from recompute.code import Fingerprint, difference, fingerprint
from recompute.errors import FingerprintError
from tests_recompute_code import Load, loading

PIPELINE = """
import functools
import math

import numpy as np

from helpers import smooth

LIMIT = 3.0
TABLE = {"a": [1, 2], "b": smooth}


def double(x):
    return 2 * x


class Fit:
    order = 2

    def __init__(self, scale=1.5):
        self.scale = scale

    def value(self, x):
        return self.power(x) * self.scale

    def power(self, x):
        return x**self.order


def recursive(x):
    return other(x - 1) if x > 0 else 0


def other(x):
    return recursive(x - 1) if x > 0 else 1


def step(vis, width=3, *, sigma=2.0):
    values = np.arange(width) + sigma
    halves = [double(each) / 2 for each in values if each < LIMIT]
    return smooth(halves), Fit().value(2), recursive(4), TABLE["a"], functools.partial(double, 2)()
"""
HELPERS = """
def smooth(values):
    return [clip(each + 1) for each in values]


def clip(value):
    return min(value, 10)
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    with loading(tmp_path) as load:
        yield load


def taken(load: Load, pipeline: str = PIPELINE, helpers: str = HELPERS) -> Fingerprint:
    load(helpers, "helpers")
    return fingerprint(load(pipeline).step)


def replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+ sigma", "- sigma"),
        ("/ 2", "/ 3"),
        ("each < LIMIT", "each <= LIMIT"),
        ("LIMIT = 3.0", "LIMIT = 3"),
        ("LIMIT = 3.0", "LIMIT = np.float64(3.0)"),
        ("2 * x", "2.0 * x"),
        ("double(each)", "math.sqrt(each)"),
        ("double(each)", "recursive(each)"),
        ("order = 2", "order = 3"),
        ("class Fit:", "class Fit(dict):"),
        ("scale=1.5", "scale=1.25"),
        ("x**self.order", "x * self.order"),
        ("else 1", "else 2"),
        ("width=3", "width=4"),
        ("sigma=2.0", "sigma=2.5"),
        ('"a": [1, 2]', '"a": [2, 1]'),
        ('"b": smooth', '"b": len'),
        ("np.arange", "np.arccos"),
        ("partial(double, 2)", "partial(double, 3)"),
        ("import smooth", "import clip as smooth"),
    ],
)
def test_a_change_of_what_is_done_counts(load: Load, old: str, new: str) -> None:
    before = taken(load)
    after = taken(load, replaced(PIPELINE, old, new))
    assert after.digest != before.digest
    assert difference(before.parts, after.parts)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def double(x):\n", 'def double(x):\n    """Twice."""\n    # a remark\n\n'),
        ("def double(x):", "def double(x: float) -> float:"),
        ("    return 2 * x", "    return (\n        2\n        * x\n    )"),
        ("2 * x\n", "2 * x  # twice\n\n\n\n\n"),
        ("class Fit:\n", 'class Fit:\n    """Fits."""\n\n'),
        ("    values = np.", '    """Do it."""\n    values: object = np.'),
        ("LIMIT = 3.0", "UNUSED = open\nLIMIT = 1.5 * 2"),
        ("def step(vis,", "def step(vis: str,"),
        ("def double", "def unused():\n    return 17\n\n\ndef double"),
    ],
)
def test_what_is_only_said_does_not_count(load: Load, old: str, new: str) -> None:
    assert taken(load, replaced(PIPELINE, old, new)) == taken(load)


def test_a_helper_far_below_counts_and_is_named(load: Load) -> None:
    before = taken(load)
    after = taken(load, helpers=replaced(HELPERS, "min(value, 10)", "min(value, 9)"))
    assert difference(before.parts, after.parts) == ["helper `clip` changed"]


def test_each_kind_of_change_is_told_in_words(load: Load) -> None:
    before = taken(load)
    told = [
        difference(before.parts, taken(load, replaced(PIPELINE, old, new)).parts)
        for old, new in [
            ("LIMIT = 3.0", "LIMIT = 4.0"),
            ("width=3", "width=4"),
            ("+ sigma", "- sigma"),
            ("x**self.order", "x * self.order"),
        ]
    ]
    assert told == [
        ["constant `LIMIT` changed"],
        ["default `width` changed"],
        ["the function's code changed"],
        ["helper `Fit.power` changed"],
    ]


def test_versions_are_told_as_they_were_and_are() -> None:
    old = {"python": "3.11", "package numpy": "2.3.5", "helper smooth": "1"}
    new = {"python": "3.12", "package numpy": "2.4.0", "helper clip": "1"}
    assert difference(old, new) == [
        "helper `clip` is new",
        "helper `smooth` is no longer used",
        "package `numpy` was 2.3.5, is 2.4.0",
        "Python was 3.11, is 3.12",
    ]


def test_where_the_file_lies_does_not_count(load: Load) -> None:
    load(HELPERS, "helpers")
    assert fingerprint(load(PIPELINE, "renamed").step) == fingerprint(load(PIPELINE).step)


def test_versions_of_what_is_used_count(load: Load) -> None:
    parts = taken(load).parts
    assert parts["package numpy"].count(".") == 2
    assert parts["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert "package pytest" not in parts


def test_versions_of_what_a_package_requires_count(load: Load) -> None:
    module = load("def step():\n    import scipy.ndimage\n    return scipy.ndimage\n")
    assert {"package scipy", "package numpy"} <= set(fingerprint(module.step).parts)


def test_a_module_that_was_edited_and_not_loaded_again_is_what_it_was(
    load: Load, tmp_path: Path
) -> None:
    helpers = load(HELPERS, "helpers")
    module = load(PIPELINE)
    (tmp_path / "helpers.py").write_text(replaced(HELPERS, "10", "11"))
    (tmp_path / "pipeline.py").write_text(replaced(PIPELINE, "2 * x", "3 * x"))
    edited = fingerprint(module.step)
    assert helpers.smooth is module.smooth
    again = taken(load, replaced(PIPELINE, "2 * x", "3 * x"), replaced(HELPERS, "10", "11"))
    assert edited.digest != again.digest


def test_values_count_as_they_are_when_it_is_called(load: Load) -> None:
    load(HELPERS, "helpers")
    module = load(PIPELINE)
    before = fingerprint(module.step)
    module.TABLE["a"].append(3)
    assert difference(before.parts, fingerprint(module.step).parts) == ["constant `TABLE` changed"]
    module.TABLE["a"].pop()
    assert fingerprint(module.step) == before


def test_another_process_finds_the_same(load: Load, tmp_path: Path) -> None:
    here = taken(load).digest
    found = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                (
                    "from recompute.code import fingerprint\nimport pipeline\n"
                    "print(fingerprint(pipeline.step).digest)"
                ),
            ],
            env={"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {here}


def test_calling_it_does_not_change_it(load: Load) -> None:
    load(HELPERS, "helpers")
    module = load(PIPELINE)
    before = fingerprint(module.step)
    module.step("x.ms")
    assert fingerprint(module.step) == before


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("FILE = open(__file__)\ndef step():\n    return FILE.read()", "FILE in step"),
        (
            "import threading\nLOCK = [threading.Lock()]\ndef step():\n    return len(LOCK)",
            "LOCK in step[0]",
        ),
        ("def step(x=(each for each in [1])):\n    return list(x)", "x of step"),
        ("def step():\n    return eval('1')", "eval in step"),
        ("import importlib\ndef step():\n    return importlib.import_module('os')", "importlib"),
        ("def step():\n    return inner()\ndef inner():\n    return globals()", "globals in inner"),
        ("COUNT = 0\ndef step():\n    global COUNT\n    COUNT += 1", "COUNT"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(load: Load, text: str, variable: str) -> None:
    with pytest.raises(FingerprintError, match=r"pass what it depends on as a parameter") as raised:
        fingerprint(load(text).step)
    assert f"`{variable}" in str(raised.value)


def test_a_closure_that_is_set_is_refused(load: Load) -> None:
    text = (
        "def make():\n    count = 0\n    def step():\n        nonlocal count\n        count += 1\n"
        "    return step"
    )
    with pytest.raises(FingerprintError, match=r"`count` is set by `step` outside of itself"):
        fingerprint(load(text).make())


def test_a_variable_of_a_function_inside_may_be_set(load: Load) -> None:
    text = (
        "def step():\n    count = 0\n    def inner():\n        nonlocal count\n        count += 1\n"
        "    return inner"
    )
    assert fingerprint(load(text).step).parts.keys() == {"code", "python"}
