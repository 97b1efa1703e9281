from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_residents import DAY, HOUR, MINUTE, NOW, found, live, planned, seen_all, trashed, wid
from zfs_provisioner.gc import brakes
from zfs_provisioner.gc.brakes import Brake, Instant
from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.gc.policy import Policy, SafetyRules

RULES = SafetyRules()
SECOND = timedelta(seconds=1)
TRASH_ONLY = frozenset({ActionKind.TRASH})


def instant(wall: timedelta, steady: timedelta) -> Instant:
    return Instant(wall=NOW + wall, steady=1000 + steady.total_seconds())


START = instant(timedelta(0), timedelta(0))


@pytest.mark.parametrize(
    ("wall", "steady", "way"),
    [
        (5 * MINUTE, 5 * MINUTE, ""),
        (30 * DAY, 30 * DAY, ""),  # it slept for long, and both clocks know
        (15 * MINUTE, 5 * MINUTE, ""),
        (15 * MINUTE + SECOND, 5 * MINUTE, "forward"),
        (-5 * MINUTE, 5 * MINUTE, ""),
        (-5 * MINUTE - SECOND, 5 * MINUTE, "back"),
        (365 * DAY, 5 * MINUTE, "forward"),
        (-365 * DAY, 5 * MINUTE, "back"),
    ],
)
def test_a_clock_that_was_set_stops_everything(
    wall: timedelta, steady: timedelta, way: str
) -> None:
    stop = brakes.jumped(START, instant(wall, steady), RULES)
    if not way:
        assert stop is None
        return
    assert stop is not None
    assert stop.brake is Brake.CLOCK
    assert stop.kinds == brakes.ALL
    assert stop.pauses
    assert f"jumped {way}" in stop.why
    assert "--resume" in stop.why


def test_in_the_first_round_no_clock_has_jumped() -> None:
    assert brakes.jumped(None, START, RULES) is None


def test_a_workspace_that_vanished_stops_everything() -> None:
    before = {wid(number) for number in range(10)}
    stop = brakes.shrank(before, before - {wid(3)})
    assert stop is not None
    assert stop.brake is Brake.SHRANK
    assert stop.kinds == brakes.ALL
    assert stop.pauses
    assert wid(3) in stop.why
    assert stop.why.startswith("1 of 10 workspaces are gone")


def test_of_many_that_vanished_three_are_named() -> None:
    before = {wid(number) for number in range(10)}
    stop = brakes.shrank(before, set())
    assert stop is not None
    assert [each for each in sorted(before) if each in stop.why] == sorted(before)[:3]
    assert "…" in stop.why


def test_as_many_and_more_workspaces_stop_nothing() -> None:
    before = {wid(number) for number in range(10)}
    assert brakes.shrank(before, before) is None
    assert brakes.shrank(before, before | {wid(99)}) is None
    assert brakes.shrank(set(), before) is None


def test_as_many_others_do_not_make_up_for_one_that_vanished() -> None:
    assert brakes.shrank({wid(1), wid(2)}, {wid(1), wid(3)}) is not None


@pytest.mark.parametrize(
    ("going", "of", "stops"),
    [(10, 10, False), (11, 11, True), (11, 100, False), (20, 100, False), (21, 100, True)],
)
def test_more_than_a_fifth_and_ten_stop_what_goes_to_trash(
    going: int, of: int, stops: bool
) -> None:
    those = [live(400 * DAY) for _ in range(going)] + [live() for _ in range(of - going)]
    stop = brakes.too_many(planned(*those), of, RULES)
    assert (stop is not None) is stops
    if stop is not None:
        assert stop.brake is Brake.TOO_MANY
        assert stop.kinds == TRASH_ONLY
        assert not stop.pauses
        assert "--allow-many" in stop.why
        assert f"{going} of {of}" in stop.why


def test_what_is_destroyed_out_of_trash_is_not_counted_as_going_there() -> None:
    assert brakes.too_many(planned(*(trashed(400 * DAY) for _ in range(50))), 0, RULES) is None


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_fault_never_empties_a_site(idle: int, used: int) -> None:
    those = [live(400 * DAY) for _ in range(idle)] + [live() for _ in range(used)]
    made = plan(found(*those, seen=seen_all(those)), Policy(), NOW)
    allowed = idle if brakes.too_many(made, idle + used, RULES) is None else 0
    assert allowed <= max(10, (idle + used) // 5)


@pytest.mark.parametrize(
    ("heard", "quiet"),
    [
        ({}, ["hub", "other"]),
        ({"hub": NOW}, ["other"]),
        ({"hub": NOW, "other": NOW - HOUR}, []),
        ({"hub": NOW - HOUR - SECOND, "other": NOW}, ["hub"]),
        ({"hub": NOW, "other": NOW, "another": NOW - DAY}, []),
    ],
)
def test_a_silent_source_of_activity_stops_what_goes_to_trash(
    heard: dict[str, object], quiet: list[str]
) -> None:
    stop = brakes.silent(["hub", "other"], heard, NOW, RULES)  # type: ignore[arg-type]
    assert (stop is not None) is bool(quiet)
    if stop is not None:
        assert stop.brake is Brake.ACTIVITY
        assert stop.kinds == TRASH_ONLY
        assert not stop.pauses
        assert f"from {' and '.join(quiet)} for 1 hour" in stop.why


def test_without_expected_sources_none_is_silent() -> None:
    assert brakes.silent([], {}, NOW, RULES) is None


def test_after_an_absence_people_have_time_to_notice() -> None:
    stop = brakes.absent(NOW + SECOND, NOW)
    assert stop is not None
    assert stop.brake is Brake.ABSENCE
    assert stop.kinds == brakes.ALL
    assert not stop.pauses
    assert "2026-06-01 12:00" in stop.why
    assert brakes.absent(NOW, NOW) is None
    assert brakes.absent(None, NOW) is None


def test_a_pause_stops_everything_until_it_is_ended() -> None:
    stop = brakes.paused("we are moving the pool")
    assert stop is not None
    assert stop.brake is Brake.PAUSED
    assert stop.kinds == brakes.ALL
    assert stop.pauses
    assert "we are moving the pool" in stop.why
    assert brakes.paused("") is None
