"""Values go to JSON text and come back exactly as they were, or are refused by name."""

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from recompute.codec import decode, encode
from recompute.errors import CodecError
from recompute.model import Json


def through_text(value: object) -> object:
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


def spelled(value: Any) -> str:
    """Spell a value so that two of one spelling cannot be told apart."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        items = [spelled(each) for each in value.ravel().tolist()]
        return f"{kind} {value.dtype.str} {value.shape} {items}"
    if isinstance(value, np.generic):
        return f"{kind} {spelled(np.asarray(value))}"
    if isinstance(value, list | tuple):
        return f"{kind} {[spelled(each) for each in value]}"
    if isinstance(value, set | frozenset):
        return f"{kind} {sorted(spelled(each) for each in value)}"
    if isinstance(value, dict):
        return f"{kind} {spelled(list(value.items()))}"
    return f"{kind} {value!r}"


def same(one: object, two: object) -> bool:
    return spelled(one) == spelled(two)


fixed_zones = st.none() | st.builds(
    timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23))
)
hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.just("$")
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=fixed_zones)
    | st.sampled_from(
        [Path("x.ms"), Path("/ä\udcff"), PurePosixPath("a/b"), PureWindowsPath("c:x")]
    ),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
plain_dtypes: st.SearchStrategy[np.dtype[Any]] = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.floating_dtypes(sizes=(16, 32, 64), endianness="?"),
    hnp.complex_number_dtypes(sizes=(64, 128), endianness="?"),
    hnp.unicode_string_dtypes(endianness="?"),
    hnp.byte_string_dtypes(),
    hnp.datetime64_dtypes(endianness="?"),
)
shapes = hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3)
arrays = hnp.arrays(plain_dtypes, shapes) | hnp.arrays(
    np.dtype(object), shapes, elements=hashable, fill=st.none()
)
values = st.recursive(
    hashable
    | arrays
    | arrays.filter(lambda each: each.dtype.kind != "O").map(
        lambda a: a.sum(initial=0) if a.dtype.kind in "iufc" else 1
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.sets(hashable, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.just("$"), inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
    ),
    max_leaves=8,
)


@given(values)
def test_a_value_comes_back_exactly_as_it_was(value: object) -> None:
    assert same(through_text(value), value)


@given(hnp.arrays(plain_dtypes, hnp.array_shapes(min_dims=2, max_dims=3, min_side=2)))
def test_an_array_keeps_its_order_in_memory_and_can_be_written(array: Any) -> None:
    back: Any = through_text(np.asfortranarray(array))

    assert back.flags.f_contiguous
    assert back.flags.writeable
    assert same(back, array)


@given(st.lists(hashable, max_size=8, unique_by=spelled))
def test_equal_sets_are_equal_json(items: list[object]) -> None:
    backwards = set[object]()
    for each in reversed(items):
        backwards.add(each)

    assert json.dumps(encode(backwards)) == json.dumps(encode(backwards | set(items)))


def test_a_slice_of_an_array_is_what_is_kept() -> None:
    array = np.arange(24).reshape(4, 6)

    assert same(through_text(array[::2, 1:5:3]), array[::2, 1:5:3].copy())


@pytest.mark.parametrize(
    "scalar", [np.float32(0.1), np.bool_(True), np.str_("ä"), np.complex64(1j), np.int16(3)]
)
def test_a_scalar_of_numpy_stays_one(scalar: object) -> None:
    assert same(through_text(scalar), scalar)


def test_an_object_array_may_hold_lists_and_arrays() -> None:
    array = np.empty((2, 2), dtype=object)
    array[0, 0], array[0, 1] = [1, (2,)], np.arange(3)
    array[1, 0], array[1, 1] = {"a": {1}}, None

    assert same(through_text(array), array)


def test_what_tasks_return_is_readable_json() -> None:
    assert encode({"mean": 0.5, "names": ["a"], "n": 3}) == {"mean": 0.5, "names": ["a"], "n": 3}


class _Mine:
    pass


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, _Mine()]}, r"value\['a'\]\[1\] is a .*_Mine"),
        ({(1, _Mine): 2}, r"a key of value\[1\] is a type"),
        (OrderedDict(a=1), "value is a collections.OrderedDict"),
        ([lambda: 0], r"value\[0\] is a function"),
        ({_Mine()}, "an item of value is a"),
        (np.arange(2).view(np.recarray), "recarray"),
        (np.zeros(2, dtype=[("a", "f8")]), "numpy.ndarray of"),
        (np.longdouble(1), "float128"),
        (np.array([1, _Mine()], dtype=object), r"value\[1\]"),
        (datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), "time zone"),
    ],
)
def test_anything_else_is_refused_and_the_message_says_where(value: object, words: str) -> None:
    with pytest.raises(CodecError, match=words):
        encode(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(CodecError, match="contains itself"):
        encode(endless)


@pytest.mark.parametrize(
    "broken",
    [
        {"$": "object"},
        {"$": 3},
        {"$": "tuple"},
        {"$": "complex", "re": "a", "im": 0.0},
        {"$": "bytes", "base64": "!"},
        {"$": "array", "dtype": "|O", "shape": [2], "order": "C", "items": []},
        {"$": "array", "dtype": "<f8", "shape": [2], "order": "C", "base64": ""},
        {"$": "array", "dtype": "|V8", "shape": [1], "order": "C", "base64": "AAAAAAAAAAA="},
        {"$": "array", "dtype": "<f8", "shape": [0], "order": "C", "base64": "AAAA"},
        {"$": "dict", "pairs": [[[], 1]]},
    ],
)
def test_json_that_encode_does_not_write_is_refused(broken: Json) -> None:
    with pytest.raises(CodecError):
        decode(broken)


@pytest.mark.parametrize("make", [lambda: datetime(2026, 3, 1, tzinfo=UTC), lambda: date(1, 1, 1)])
def test_times_stay_times(make: Callable[[], object]) -> None:
    assert same(through_text(make()), make())
