from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_residents import DAY, HOUR
from zfs_provisioner.errors import StorageFullError
from zfs_provisioner.gc.policy import Policy, PressureRules, TrashRules, WorkspaceRules
from zfs_provisioner.gc.pressure import (
    PoolGauge,
    Pressure,
    free_percent,
    pressure_of,
    terms_under,
)

POLICY = Policy(
    workspaces=WorkspaceRules(idle=90 * DAY, idle_unchanged=30 * DAY, idle_floor=20 * DAY),
    trash=TrashRules(time=30 * DAY, time_unchanged=7 * DAY, floor=48 * HOUR),
)


@pytest.mark.parametrize(
    ("free", "rung"),
    [
        (1000, Pressure.NONE),
        (200, Pressure.NONE),
        (199, Pressure.WARN),
        (150, Pressure.WARN),
        (149, Pressure.SHORTEN),
        (100, Pressure.SHORTEN),
        (99, Pressure.REFUSE),
        (50, Pressure.REFUSE),
        (49, Pressure.PAGE),
        (0, Pressure.PAGE),
    ],
)
def test_each_rung_begins_below_its_percentage(free: int, rung: Pressure) -> None:
    assert pressure_of(free, 1000, PressureRules()) is rung


def test_a_pool_without_a_size_has_room() -> None:
    assert free_percent(0, 0) == 100
    assert pressure_of(0, 0, PressureRules()) is Pressure.NONE


def test_each_rung_includes_those_before_it() -> None:
    rungs = list(Pressure)
    for number, rung in enumerate(rungs):
        assert [rung.reaches(each) for each in rungs] == [
            other <= number for other in range(len(rungs))
        ]


def test_times_are_those_of_the_policy_while_there_is_room() -> None:
    terms = terms_under(Pressure.NONE, POLICY)
    assert (terms.idle, terms.idle_unchanged) == (90 * DAY, 30 * DAY)
    assert (terms.trash, terms.trash_unchanged) == (30 * DAY, 7 * DAY)


def test_the_first_rung_hurries_only_what_is_unchanged_in_trash() -> None:
    terms = terms_under(Pressure.WARN, POLICY)
    assert (terms.idle, terms.idle_unchanged) == (90 * DAY, 30 * DAY)
    assert (terms.trash, terms.trash_unchanged) == (30 * DAY, 48 * HOUR)


@pytest.mark.parametrize("rung", [Pressure.SHORTEN, Pressure.REFUSE, Pressure.PAGE])
def test_from_the_second_rung_on_all_times_are_their_floors(rung: Pressure) -> None:
    terms = terms_under(rung, POLICY)
    assert (terms.idle, terms.idle_unchanged) == (20 * DAY, 20 * DAY)
    assert (terms.trash, terms.trash_unchanged) == (48 * HOUR, 48 * HOUR)


def test_no_rung_makes_what_is_unchanged_stay_longer() -> None:
    short = WorkspaceRules(idle=90 * DAY, idle_unchanged=5 * DAY, idle_floor=20 * DAY)
    policy = Policy(workspaces=short)
    assert {terms_under(rung, policy).idle_unchanged for rung in Pressure} == {5 * DAY}


def test_no_rung_is_milder_than_the_one_before() -> None:
    for mild, hard in pairwise(terms_under(rung, POLICY) for rung in Pressure):
        assert all(one >= other for one, other in zip(astuple(mild), astuple(hard), strict=True))


@given(
    st.integers(min_value=0, max_value=10**18),
    st.integers(min_value=0, max_value=10**18),
    st.integers(min_value=1, max_value=10**18),
)
def test_less_room_is_never_less_pressure(one: int, other: int, size: int) -> None:
    less, more = sorted([one, other])
    rules = PressureRules()
    assert pressure_of(less, size, rules).reaches(pressure_of(more, size, rules))


@pytest.mark.parametrize(("free", "refused"), [(100, False), (99, True), (10, True)])
def test_new_workspaces_are_refused_from_the_third_rung_on(free: int, refused: bool) -> None:
    gauge = PoolGauge(PressureRules())
    gauge.refuse_new()
    gauge.read(free, 1000)
    if refused:
        with pytest.raises(StorageFullError, match="below 10 %"):
            gauge.refuse_new()
    else:
        gauge.refuse_new()


def test_new_workspaces_are_made_again_when_there_is_room_again() -> None:
    gauge = PoolGauge(PressureRules())
    gauge.read(10, 1000)
    gauge.read(500, 1000)
    gauge.refuse_new()
    assert gauge.pressure is Pressure.NONE
