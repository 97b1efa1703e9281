from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_residents import DAY, HOUR, MINUTE, NOW, found, hourly, live, planned, survey, trashed
from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.gc.memory import Memo, Memory, load_memo
from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import ActionKind, Plan
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import Owner
from zfs_provisioner.residents import LONGEST_MEMO, Resident

LATER = NOW + 5 * MINUTE
MINE = (Owner("alice"), "x")


def looked(*looks: Resident, at: tuple[datetime, ...] = (NOW, LATER)) -> Memory:
    """Return what is remembered of one workspace after it was seen several times."""
    memory = Memory()
    for each, moment in zip(looks, at, strict=False):
        memory.look(survey([each]), moment)
    return memory


def past(*identities: int) -> Plan:
    return Plan(
        actions=(),
        coming=(),
        left=(),
        past_time=frozenset(identities),
        pressure=Pressure.NONE,
    )


# Activity


def test_what_is_mounted_is_in_use_now() -> None:
    one = live(users=["process 7"])
    assert looked(one).active == {one.workspace.id: NOW}


def test_what_was_written_to_since_the_last_look_is_in_use() -> None:
    for before, after in ((0, 20_000), (20_000, 0)):
        one = live(written=before)
        assert looked(one, replace(one, written=after)).active == {one.workspace.id: LATER}


@pytest.mark.parametrize(("before", "after"), [(0, 16 * 1024), (None, 20_000), (20_000, None)])
def test_what_a_mount_writes_and_what_is_unknown_is_no_use(
    before: int | None, after: int | None
) -> None:
    one = live(written=before)
    assert looked(one, replace(one, written=after)).active == {}


@pytest.mark.parametrize("written", [0, 10, None])
def test_what_did_not_change_between_two_looks_is_not_in_use(written: int | None) -> None:
    one = live(written=written)
    assert looked(one, one).active == {}


def test_the_first_look_shows_no_writing() -> None:
    assert looked(live(written=10)).active == {}


def test_use_is_remembered_when_it_is_over() -> None:
    used = live(users=["process 7"])
    assert looked(used, replace(used, users=())).active == {used.workspace.id: NOW}


def test_what_is_in_trash_is_not_in_use() -> None:
    one = trashed(users=["process 7"], written=1)
    assert looked(one, replace(one, written=2)).active == {}


def test_what_is_gone_is_forgotten() -> None:
    memory = looked(live(users=["process 7"]))
    memory.look(survey([]), LATER)
    assert memory.active == {}


def test_a_session_that_was_reported_active_counts_as_use() -> None:
    memory, one = Memory(), live(session="x")
    memory.hear("hub", {MINE: NOW - HOUR}, NOW)
    memory.look(survey([one]), NOW)
    assert memory.active == {one.workspace.id: NOW - HOUR}
    assert memory.heard == {"hub": NOW}


@pytest.mark.parametrize(("owner", "session"), [("bob", "x"), ("alice", "y"), ("alice", None)])
def test_a_report_counts_for_its_own_session_only(owner: str, session: str | None) -> None:
    memory = Memory()
    memory.hear("hub", {MINE: NOW}, NOW)
    memory.look(survey([live(owner=owner, session=session)]), NOW)
    assert memory.active == {}


def test_the_latest_of_several_sources_counts() -> None:
    for first, second in ((NOW - HOUR, NOW - DAY), (NOW - DAY, NOW - HOUR)):
        memory, one = Memory(), live(session="x")
        memory.hear("hub", {MINE: first}, NOW)
        memory.hear("other", {MINE: second}, NOW)
        memory.look(survey([one]), NOW)
        assert memory.active == {one.workspace.id: NOW - HOUR}


def test_an_older_report_does_not_undo_what_was_seen() -> None:
    memory, one = Memory(), live(session="x", users=["process 7"])
    memory.hear("hub", {MINE: NOW - HOUR}, NOW)
    memory.look(survey([one]), NOW)
    assert memory.active == {one.workspace.id: NOW}


def test_a_source_that_falls_silent_takes_nothing_back() -> None:
    memory, one = Memory(), live(session="x")
    memory.hear("hub", {MINE: NOW}, NOW)
    memory.look(survey([one]), NOW)
    memory.hear("hub", {}, LATER)
    memory.look(survey([one]), LATER)
    assert memory.active == {one.workspace.id: NOW}


# Two looks


def test_what_is_past_its_time_is_so_since_the_first_look() -> None:
    memory = Memory()
    memory.confirm(past(1), NOW)
    memory.confirm(past(1, 2), LATER)
    assert memory.seen == {1: NOW, 2: LATER}


def test_what_was_not_past_its_time_in_one_look_begins_again() -> None:
    memory = Memory()
    memory.confirm(past(1), NOW)
    memory.confirm(past(), LATER)
    memory.confirm(past(1), LATER + DAY)
    assert memory.seen == {1: LATER + DAY}


def test_a_workspace_in_trash_is_destroyed_in_the_second_round_and_not_before() -> None:
    memory, one = Memory(), trashed(400 * DAY)
    rounds = []
    for number in range(5):
        now = NOW + 5 * MINUTE * number
        made = plan(found(one, seen=memory.seen), Policy(), now)
        memory.confirm(made, now)
        rounds.append(len(made.actions))
    assert rounds == [0, 0, 1, 1, 1]


# Announcements


def test_what_comes_is_announced_once() -> None:
    memory = Memory()
    made = planned(live(85 * DAY), trashed(29 * DAY))
    assert memory.unannounced(made) == list(made.coming)
    assert memory.unannounced(made) == []


def test_what_comes_again_after_it_did_not_is_announced_again() -> None:
    memory, made = Memory(), planned(live(85 * DAY))
    memory.unannounced(made)
    memory.unannounced(past())
    assert memory.unannounced(made) == list(made.coming)


def test_checkpoints_that_go_are_not_announced() -> None:
    one = live(checkpoints=hourly(60))
    made = plan(found(one), Policy(), NOW)
    assert [each.kind for each in made.coming] == [ActionKind.PRUNE]
    assert Memory().unannounced(made) == []


# Failures


def test_what_fails_again_waits_twice_as_long_up_to_six_hours() -> None:
    memory, waits = Memory(), []
    for tries in range(1, 11):
        memory.hold_off(1, "busy", NOW)
        held = memory.held_off[1]
        assert (held.tries, held.why) == (tries, "busy")
        waits.append((held.until - NOW) / MINUTE)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360]


@given(st.integers(min_value=11, max_value=2000))
def test_what_fails_for_years_is_still_tried_every_six_hours(tries: int) -> None:
    memory = Memory()
    memory.hold_off(1, "busy", NOW)
    memory.held_off[1] = replace(memory.held_off[1], tries=tries)
    memory.hold_off(1, "busy", NOW)
    assert memory.held_off[1].until == NOW + 6 * HOUR


def test_what_was_done_has_not_failed() -> None:
    memory, made = Memory(), planned(live(400 * DAY))
    (action,) = made.actions
    memory.hold_off(action.identity, "busy", NOW)
    memory.forget(action)
    assert memory.held_off == {}


def test_what_was_to_be_destroyed_is_not_missed() -> None:
    memory, made = Memory(), planned(trashed(400 * DAY), live(400 * DAY))
    memory.expect_gone(made.actions)  # before anything is known
    memory.known = {each.workspace.id for each in made.actions}
    memory.expect_gone(made.actions)
    (still,) = memory.known
    assert [each.workspace.id for each in made.actions if each.kind is ActionKind.TRASH] == [still]


# The memo


@given(
    st.text(max_size=200),
    st.none() | st.timedeltas(timedelta(0), 10_000 * DAY),
    st.none() | st.timedeltas(timedelta(0), 10_000 * DAY),
)
def test_a_memo_is_read_as_it_was_written(
    paused: str, one: timedelta | None, other: timedelta | None
) -> None:
    memo = Memo(
        paused=paused,
        round=None if one is None else NOW + one,
        quiet_until=None if other is None else NOW + other,
    )
    assert load_memo(memo.model_dump_json()) == memo
    assert len(memo.model_dump_json().encode()) < LONGEST_MEMO


def test_a_storage_without_a_memo_has_an_empty_one() -> None:
    assert load_memo("") == Memo()


@pytest.mark.parametrize(
    "text", ["{", "7", '{"round": "yesterday"}', '{"round": "2026-01-02T03:04:05"}', " "]
)
def test_a_memo_that_somebody_else_wrote_is_unknown(text: str) -> None:
    with pytest.raises(StorageDamagedError, match="did not write"):
        load_memo(text)
