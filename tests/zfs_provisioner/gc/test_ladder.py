from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_residents import DAY, HOUR, NOW, kept, wid
from zfs_provisioner.gc.ladder import Ladder
from zfs_provisioner.gc.policy import CheckpointRules, Rung
from zfs_provisioner.model import CheckpointKind, CheckpointName
from zfs_provisioner.residents import Kept

LADDER = Ladder.of(CheckpointRules())
AUTO, USER, FINAL = CheckpointKind.AUTO, CheckpointKind.USER, CheckpointKind.FINAL
TIME = NOW.timestamp()
YEAR = 365 * DAY

ages = st.timedeltas(min_value=timedelta(0), max_value=2 * YEAR) | st.timedeltas(
    min_value=timedelta(0), max_value=2 * DAY
)
checkpoints = st.builds(
    kept,
    ages,
    st.sampled_from([AUTO, AUTO, AUTO, USER, FINAL]),
    branches=st.sampled_from([(), (), (), (wid(1),)]),
    odd=st.sampled_from(["", "", "", "a hold"]),
)
unordered = st.lists(checkpoints, max_size=60)
histories = unordered.map(lambda those: tuple(sorted(those, key=lambda each: each.created)))
autos = st.lists(st.builds(kept, ages), max_size=60).map(
    lambda those: tuple(sorted(those, key=lambda each: each.created))
)
durations = st.integers(min_value=1, max_value=500).map(lambda hours: timedelta(hours=hours))
ladders = st.builds(
    lambda last, steps, lengths: Ladder.of(
        CheckpointRules(
            last=last,
            ladder=tuple(
                Rung(every=every, length=length)
                for every, length in zip(sorted(steps), lengths, strict=False)
            ),
        )
    ),
    st.integers(min_value=1, max_value=12),
    st.lists(durations, max_size=4),
    st.lists(durations, min_size=4, max_size=4),
)


def going(those: Sequence[Kept], ladder: Ladder = LADDER, base: str | None = None) -> set[Kept]:
    return set(ladder.removable(those, CheckpointName(base) if base else None, TIME))


def dense(number: int = 400, every: timedelta = HOUR / 4) -> tuple[Kept, ...]:
    """Return more checkpoints than the ladder keeps, oldest first."""
    return tuple(kept(every * each) for each in reversed(range(number)))


def test_so_many_of_the_newest_stay_and_no_more() -> None:
    crowd = dense(30, timedelta(minutes=1))
    assert going(crowd) == set(crowd[1:-10])


@given(histories, ladders)
def test_the_newest_stay(those: tuple[Kept, ...], ladder: Ladder) -> None:
    assert not going(those, ladder) & set(those[-ladder.last :])


def test_a_workspace_with_few_checkpoints_loses_none() -> None:
    assert not going(tuple(kept(3 * YEAR + DAY * each) for each in reversed(range(10))))


@given(histories, ladders)
def test_only_auto_ones_go(those: tuple[Kept, ...], ladder: Ladder) -> None:
    assert {each.kind for each in going(those, ladder)} <= {AUTO}


def test_one_that_a_user_made_stays_where_an_auto_one_goes() -> None:
    crowd = list(dense())
    victim = next(iter(going(crowd)))
    for kind in (USER, FINAL):
        name = CheckpointName(victim.name.replace("auto", kind))
        mine = replace(victim, name=name)
        crowd[[each.identity for each in crowd].index(victim.identity)] = mine
        assert mine not in going(crowd)


@given(histories, ladders, st.data())
def test_the_base_stays(those: tuple[Kept, ...], ladder: Ladder, data: st.DataObject) -> None:
    removable = sorted(going(those, ladder), key=lambda each: each.name)
    if removable:
        base = data.draw(st.sampled_from(removable))
        assert base not in going(those, ladder, base.name)


def test_the_base_stays_where_another_one_goes() -> None:
    crowd = dense()
    victim = next(iter(going(crowd)))
    assert going(crowd, base=victim.name) == going(crowd) - {victim}


@given(histories, ladders)
def test_what_has_branches_stays(those: tuple[Kept, ...], ladder: Ladder) -> None:
    assert not any(each.branches for each in going(those, ladder))


@given(histories, ladders)
def test_what_is_odd_stays(those: tuple[Kept, ...], ladder: Ladder) -> None:
    assert not any(each.odd for each in going(those, ladder))


@given(histories | unordered.map(tuple), ladders)
def test_what_is_left_after_removing_all_stays(those: tuple[Kept, ...], ladder: Ladder) -> None:
    gone = going(those, ladder)
    rest = tuple(each for each in those if each not in gone)
    assert not going(rest, ladder)


@given(histories | unordered.map(tuple), ladders, st.integers(min_value=0, max_value=10**10))
def test_waiting_alone_lets_nothing_go(
    those: tuple[Kept, ...], ladder: Ladder, seconds: int
) -> None:
    assert ladder.removable(those, None, TIME + seconds) == ladder.removable(those, None, TIME)


@given(histories.filter(bool), ladders, st.integers(min_value=1, max_value=10**9))
def test_a_youngest_from_the_future_lets_nothing_go(
    those: tuple[Kept, ...], ladder: Ladder, seconds: int
) -> None:
    assert ladder.removable(those, None, those[-1].created - seconds) == ()


def test_one_that_a_clock_long_past_made_lets_nothing_go() -> None:
    crowd = dense()
    assert going(crowd)
    assert not going((*crowd, kept(30 * YEAR)))


def test_one_that_a_clock_far_ahead_made_lets_nothing_go_before_its_time() -> None:
    crowd = dense()
    assert not going((*crowd, kept(-YEAR), *dense(12, timedelta(0))))


@given(unordered.map(tuple), ladders)
def test_what_is_younger_than_a_later_one_stays(those: tuple[Kept, ...], ladder: Ladder) -> None:
    for each in going(those, ladder):
        place = those.index(each)
        assert all(one.created <= each.created for one in those[:place])
        assert all(one.created >= each.created for one in those[place:])


def test_what_is_out_of_order_stays_with_what_it_is_younger_than() -> None:
    first, late, early, last = (kept(each * HOUR) for each in (3, 1, 2, 0))
    ladder = Ladder.of(CheckpointRules(last=1, ladder=(Rung(every=DAY, length=DAY),)))
    assert going((first, early, late, last), ladder) == {early, late}
    assert not going((first, late, early, last), ladder)


def test_what_another_clock_made_takes_no_ones_place() -> None:
    crowd = dense()
    wrong = [*crowd[:200], kept(30 * YEAR), *crowd[200:]]
    assert going(wrong) == {each for each in going(crowd) if each in crowd[200:]}


@given(autos, ladders)
def test_each_step_keeps_its_oldest(those: tuple[Kept, ...], ladder: Ladder) -> None:
    gone = going(those, ladder)
    older = those[: -ladder.last]
    for step in steps_of(those, older, ladder):
        assert step[0] not in gone
        assert set(step[1:]) <= gone


@given(histories, ladders)
def test_each_step_keeps_one_whatever_it_holds(those: tuple[Kept, ...], ladder: Ladder) -> None:
    gone = going(those, ladder)
    for step in steps_of(those, those[: -ladder.last], ladder):
        assert set(step) - gone


def steps_of(those: Sequence[Kept], older: Sequence[Kept], ladder: Ladder) -> list[list[Kept]]:
    """Return the checkpoints by step, by the definition of a ladder and not by its code."""
    steps: dict[tuple[int, int], list[Kept]] = {}
    for each in older:
        age = those[-1].created - each.created
        for number, (start, end, every) in enumerate(ladder.rungs):
            if start <= age < end:
                steps.setdefault((number, (age - start) // every), []).append(each)
    return list(steps.values())


@given(autos, ladders)
def test_beyond_the_ladder_all_go(those: tuple[Kept, ...], ladder: Ladder) -> None:
    end = max((end for _start, end, _every in ladder.rungs), default=0)
    beyond = {each for each in those[: -ladder.last] if those[-1].created - each.created >= end}
    assert beyond <= going(those, ladder)


def test_without_rungs_only_the_newest_stay() -> None:
    crowd = dense(20, DAY)
    assert going(crowd, Ladder.of(CheckpointRules(last=3, ladder=()))) == set(crowd[:-3])


def test_the_rungs_follow_one_another() -> None:
    hour, day, week = 3600, 86_400, 604_800
    assert LADDER.rungs == (
        (0, day, hour),
        (day, day + 4 * week, day),
        (day + 4 * week, day + 56 * week, 4 * week),
    )


def test_what_goes_is_told_oldest_first() -> None:
    told = LADDER.removable(dense(), None, TIME)
    assert all(one.created <= other.created for one, other in pairwise(told))


def test_a_year_of_sessions_leaves_one_checkpoint_in_each_step() -> None:
    """The oldest of a step grows into the next one, so that no two in a row are empty."""
    those: tuple[Kept, ...] = ()
    for hours in range(0, 365 * 24, 3):
        those = (*those, kept(YEAR - HOUR * hours))
        gone = going(those)
        those = tuple(each for each in those if each not in gone)
    older = those[:-10]
    assert all(len(step) == 1 for step in steps_of(those, older, LADDER))
    days = [(those[-1].created - each.created) / 86_400 for each in older]
    gaps = [before - after for before, after in pairwise(days)]
    assert max(gap for gap, age in zip(gaps, days, strict=False) if age < 29) < 2
    assert max(gaps) < 2 * 28
    assert max(days) > 300
    assert len(those) < 10 + 24 + 28 + 13


@pytest.mark.parametrize("every", [HOUR / 4, 6 * HOUR, 3 * DAY])
def test_a_dense_history_is_thinned_to_the_oldest_of_each_step(every: timedelta) -> None:
    crowd = dense(400, every)
    steps = steps_of(crowd, crowd[:-10], LADDER)
    assert going(crowd) == set(crowd[:-10]) - {step[0] for step in steps}
    assert LADDER.removable(crowd, None, TIME + 10**7) == LADDER.removable(crowd, None, TIME)


def test_one_that_a_clock_long_past_made_before_the_newest_lets_nothing_go() -> None:
    assert not going((*dense(), kept(30 * YEAR), kept(timedelta(0))))
