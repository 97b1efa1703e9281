"""Ticks at any zoom: enough to read a value, never so many that they overlap."""

import pytest
from casa_plots.axes import Axis
from casa_plots.ticks import ticks
from hypothesis import given
from hypothesis import strategies as st

MOST = 10
ENDS = st.floats(-180, 180)
SPANS = st.floats(1e-6, 360)


@given(low=ENDS, span=SPANS)
@pytest.mark.parametrize("axis", [Axis.PHASE, Axis.AMP, Axis.ELEVATION, Axis.UVDIST])
def test_there_are_enough_ticks_and_not_too_many(axis: Axis, low: float, span: float) -> None:
    found = ticks(axis, low, low + span, MOST)
    assert 1 <= len(found.positions) <= MOST + 1
    assert len(set(found.texts)) == len(found.texts)
    near = 1e-6 * span  # a tick at an end may be a rounding outside
    assert all(low - near <= each <= low + span + near for each in found.positions)


def test_a_whole_turn_is_divided_as_a_circle() -> None:
    assert ticks(Axis.PHASE, -180, 180, MOST).positions == tuple(range(-180, 181, 45))
