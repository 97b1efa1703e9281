from datetime import timedelta

import pytest
from tests_residents import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    changed,
    found,
    hourly,
    kept,
    live,
    seen_all,
    trashed,
    wid,
)
from zfs_provisioner.gc.fates import Circumstances, Fate, circumstances, fate_of, prunable
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.gc.policy import Policy, TrashRules
from zfs_provisioner.model import CheckpointKind
from zfs_provisioner.residents import Resident

POLICY = Policy()
CAPPED = Policy(trash=TrashRules(per_owner=250))  # type: ignore[arg-type]
SECOND = timedelta(seconds=1)


def about(*residents: Resident, policy: Policy = POLICY, **known: object) -> Circumstances:
    return circumstances(found(*residents, **known), policy, NOW)  # type: ignore[arg-type]


def fate(resident: Resident, *others: Resident, policy: Policy = POLICY, **known: object) -> Fate:
    """Return what becomes of a workspace that something becomes of."""
    found_fate = fate_of(resident, about(resident, *others, policy=policy, **known))
    assert found_fate is not None
    return found_fate


# Live ones


def test_an_idle_workspace_goes_to_trash_when_its_time_is_over() -> None:
    one = fate(live(idle=DAY))
    assert (one.kind, one.due) == (ActionKind.TRASH, NOW + 89 * DAY)
    assert one.why == "not used since 2026-05-31; idle ones stay for 90 days"
    assert not one.hindrance


def test_an_unchanged_workspace_goes_sooner() -> None:
    one = fate(live(idle=DAY, written=0))
    assert one.due == NOW + 29 * DAY
    assert "unchanged ones stay for 30 days" in one.why


def test_a_workspace_of_which_it_is_unknown_whether_it_changed_has_the_long_time() -> None:
    assert fate(live(idle=DAY, written=None)).due == NOW + 89 * DAY


def test_a_workspace_with_a_checkpoint_is_not_unchanged() -> None:
    assert fate(live(idle=DAY, written=0, checkpoints=[kept()])).due == NOW + 89 * DAY


def test_nothing_becomes_of_a_leased_workspace() -> None:
    assert fate_of(live(idle=400 * DAY, leased=SECOND), about()) is None


def test_nothing_becomes_of_one_in_trash_that_is_leased() -> None:
    assert fate_of(trashed(400 * DAY, leased=SECOND), about()) is None


def test_a_lease_that_ended_counts_as_use_until_then() -> None:
    assert fate(live(idle=80 * DAY, leased=-HOUR)).due == NOW - HOUR + 90 * DAY


def test_a_lease_that_ended_before_the_last_use_changes_nothing() -> None:
    assert fate(live(idle=DAY, leased=-80 * DAY)).due == NOW + 89 * DAY


def test_a_workspace_that_was_never_used_is_as_old_as_itself() -> None:
    one = changed(live(idle=DAY), active=None)
    assert fate(one).due == one.workspace.created + 90 * DAY


def test_being_seen_in_use_counts_as_use() -> None:
    one = live(idle=100 * DAY)
    assert fate(one, active={one.workspace.id: NOW - 2 * DAY}).due == NOW + 88 * DAY


def test_having_been_seen_before_the_last_use_changes_nothing() -> None:
    one = live(idle=DAY)
    assert fate(one, active={one.workspace.id: NOW - 50 * DAY}).due == NOW + 89 * DAY


def test_a_workspace_that_is_to_be_kept_stays_until_then() -> None:
    one = fate(live(idle=400 * DAY, keep=DAY))
    assert one.due == NOW + DAY
    assert "it was to be kept until 2026-06-02" in one.why


def test_to_be_kept_shorter_than_others_changes_nothing() -> None:
    one = fate(live(idle=DAY, keep=DAY))
    assert one.due == NOW + 89 * DAY
    assert "kept" not in one.why


@pytest.mark.parametrize("free", [199, 10])
def test_the_reason_says_that_the_pool_is_full(free: int) -> None:
    assert "the pool is getting full" in fate(live(), free=free).why
    assert "full" not in fate(live()).why


def test_a_full_pool_shortens_idle_time_to_its_floor() -> None:
    assert fate(live(idle=DAY), free=149).due == NOW + 29 * DAY
    assert fate(live(idle=DAY), free=150).due == NOW + 89 * DAY


def test_what_comes_after_the_horizon_is_not_told() -> None:
    one = live(idle=DAY)
    assert fate_of(one, about(), NOW + 89 * DAY - SECOND) is None
    assert fate_of(one, about(), NOW + 89 * DAY) is not None


def test_what_comes_after_the_horizon_in_trash_is_not_told() -> None:
    one = trashed(DAY)
    assert fate_of(one, about(), NOW + 29 * DAY - SECOND) is None
    assert fate_of(one, about(), NOW + 29 * DAY) is not None


# In trash


def test_what_is_in_trash_is_destroyed_when_its_time_is_over() -> None:
    one = fate(trashed(DAY))
    assert (one.kind, one.due) == (ActionKind.DESTROY, NOW + 29 * DAY)
    assert one.why == "in trash since 2026-05-31, where it stays for 30 days"
    assert not one.hindrance


def test_what_is_unchanged_in_trash_goes_sooner() -> None:
    assert fate(trashed(DAY, written=0)).due == NOW + 6 * DAY
    assert fate(trashed(DAY, written=None)).due == NOW + 6 * DAY  # it was compared on its way


def test_what_is_in_trash_without_a_time_is_left_alone() -> None:
    assert "without a time" in fate(trashed(None)).hindrance


def test_a_warning_hurries_what_is_unchanged_in_trash() -> None:
    assert fate(trashed(DAY, written=0), free=199).due == NOW + DAY
    assert fate(trashed(DAY), free=199).due == NOW + 29 * DAY


def test_a_full_pool_shortens_the_time_in_trash_to_its_floor() -> None:
    assert fate(trashed(DAY), free=149).due == NOW + DAY


def test_above_an_owners_cap_the_oldest_have_the_shortest_time() -> None:
    old, middle, young = trashed(5 * DAY), trashed(4 * DAY), trashed(3 * DAY)
    others = (old, middle, young)
    one = fate(old, *others[1:], policy=CAPPED)
    assert one.due == NOW - 5 * DAY + 48 * HOUR
    assert "its owner's trash takes more than allowed" in one.why
    assert fate(middle, old, young, policy=CAPPED).due == NOW + 26 * DAY
    assert fate(young, old, middle, policy=CAPPED).due == NOW + 27 * DAY


def test_the_cap_makes_nothing_stay_longer() -> None:
    floors = TrashRules(time=3 * DAY, time_unchanged=DAY, floor=DAY, per_owner=50)  # type: ignore[arg-type]
    one = trashed(HOUR, written=0)
    assert fate(one, policy=Policy(trash=floors)).due == NOW - HOUR + DAY


def test_no_cap_is_the_default() -> None:
    huge = trashed(5 * DAY, size=10**15)
    assert fate(huge).due == NOW + 25 * DAY


def test_what_takes_as_much_as_the_cap_is_not_above_it() -> None:
    one, other = trashed(5 * DAY, size=125), trashed(4 * DAY, size=125)
    assert not about(one, other, policy=CAPPED).above_cap


def test_the_cap_is_each_owners_own() -> None:
    mine, yours = trashed(5 * DAY, size=200), trashed(5 * DAY, size=200, owner="bob")
    assert not about(mine, yours, policy=CAPPED).above_cap


def test_live_ones_do_not_count_for_the_cap() -> None:
    half = changed(live(size=10**6), trashed=NOW - 9 * DAY)
    assert not about(half, trashed(5 * DAY), policy=CAPPED).above_cap


def test_what_is_in_trash_without_a_time_does_not_count_for_the_cap() -> None:
    assert not about(trashed(None, size=10**6), trashed(DAY), policy=CAPPED).above_cap


def test_as_many_are_above_the_cap_as_bring_it_below() -> None:
    ages = [trashed(DAY * each) for each in range(9, 1, -1)]
    above = about(*ages, policy=CAPPED).above_cap
    assert above == {each.identity for each in ages[:6]}


def test_what_has_an_unknown_size_is_not_taken_for_the_cap() -> None:
    unknown, known = trashed(9 * DAY, size=None), trashed(5 * DAY, size=300)
    assert about(unknown, known, policy=CAPPED).above_cap == {known.identity}


def test_of_equally_old_ones_the_same_are_above_the_cap_in_any_order() -> None:
    those = [trashed(5 * DAY) for _ in range(6)]
    above = about(*those, policy=CAPPED).above_cap
    assert len(above) == 4
    assert about(*reversed(those), policy=CAPPED).above_cap == above


# What hinders


@pytest.mark.parametrize("make", [live, trashed])
def test_what_is_odd_hinders(make: object) -> None:
    one = make(400 * DAY, odd=["a snapshot of somebody", "a property"])  # type: ignore[operator]
    assert fate(one).hindrance == "a snapshot of somebody; a property"


@pytest.mark.parametrize("make", [live, trashed])
def test_who_has_it_mounted_hinders(make: object) -> None:
    one = make(400 * DAY, users=["process 12 in container x"])  # type: ignore[operator]
    assert fate(one).hindrance == "process 12 in container x"


def test_what_is_odd_about_a_checkpoint_hinders_in_trash() -> None:
    one = trashed(400 * DAY, checkpoints=[kept(), kept(odd="a hold of backup")])
    assert fate(one).hindrance == "a hold of backup"


def test_what_is_odd_about_a_checkpoint_hinders_no_live_workspace_from_going_to_trash() -> None:
    assert not fate(live(400 * DAY, checkpoints=[kept(odd="a hold of backup")])).hindrance


def test_what_failed_hinders_until_it_is_tried_again() -> None:
    one = live(400 * DAY)
    assert fate(one, held_off={one.identity: "busy"}).hindrance == "busy"
    assert not fate(one, held_off={one.identity + 1: "busy"}).hindrance


# Two looks


@pytest.mark.parametrize(
    ("ago", "enough"), [(10 * MINUTE, True), (10 * MINUTE - SECOND, False), (-DAY, False)]
)
def test_two_looks_are_far_enough_apart(ago: timedelta, enough: bool) -> None:
    one = trashed(400 * DAY)
    facts = about(one, seen=seen_all([one], NOW - ago))
    assert facts.is_confirmed(one.identity) is enough
    assert facts.confirmed_at(one.identity) == NOW - ago + 10 * MINUTE


def test_what_was_never_seen_is_not_confirmed() -> None:
    assert not about().is_confirmed(1)
    assert about().confirmed_at(1) == NOW + 10 * MINUTE


# Checkpoints


def test_the_ladder_lets_checkpoints_of_a_live_workspace_go() -> None:
    crowd = hourly(60)
    assert set(prunable(live(checkpoints=crowd), about())) < set(crowd)
    assert prunable(live(checkpoints=crowd), about())


def test_checkpoints_of_a_leased_workspace_stay() -> None:
    assert not prunable(live(checkpoints=hourly(60), leased=SECOND), about())


def test_checkpoints_of_a_mounted_workspace_stay() -> None:
    assert not prunable(live(checkpoints=hourly(60), users=["somebody"]), about())


def test_checkpoints_in_trash_stay() -> None:
    assert not prunable(trashed(checkpoints=hourly(60)), about())


def test_checkpoints_of_what_failed_stay_until_it_is_tried_again() -> None:
    one = live(checkpoints=hourly(60))
    assert not prunable(one, about(held_off={one.identity: "busy"}))


def test_as_few_checkpoints_as_always_stay_are_not_looked_at() -> None:
    assert not prunable(live(checkpoints=hourly(10)), about())


def test_the_base_of_the_content_stays() -> None:
    crowd = hourly(60)
    victim = prunable(live(checkpoints=crowd), about())[0]
    assert victim not in prunable(live(checkpoints=crowd, base=victim.name), about())


def test_checkpoints_from_the_future_let_none_go() -> None:
    assert not prunable(live(checkpoints=[*hourly(60), kept(-DAY)]), about())


def test_checkpoints_with_branches_or_of_users_stay() -> None:
    crowd = [
        kept(DAY + MINUTE * each, kind, branches=branches)
        for each in range(60, 0, -2)
        for kind, branches in ((CheckpointKind.USER, ()), (CheckpointKind.AUTO, (wid(1),)))
    ]
    assert not prunable(live(checkpoints=crowd), about())
