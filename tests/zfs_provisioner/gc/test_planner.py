from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests_residents import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    done,
    found,
    hourly,
    kept,
    live,
    planned,
    seen_all,
    trashed,
    wid,
)
from zfs_provisioner.gc.fates import circumstances, prunable
from zfs_provisioner.gc.planner import branches_of, plan
from zfs_provisioner.gc.plans import Action, ActionKind, Inventory, Plan
from zfs_provisioner.gc.policy import Policy, SafetyRules, TrashRules
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import WorkspaceId, WorkspaceState
from zfs_provisioner.residents import Resident

TRASH, DESTROY, PRUNE = ActionKind.TRASH, ActionKind.DESTROY, ActionKind.PRUNE
LONG = 400 * DAY
POLICY = Policy()


def kinds(actions: Sequence[Action]) -> list[ActionKind]:
    return [each.kind for each in actions]


def ids(actions: Sequence[Action]) -> list[WorkspaceId]:
    return [each.workspace.id for each in actions]


def chain(length: int, since: timedelta = LONG) -> list[Resident]:
    """Return workspaces in trash, each but the last of which has the next one as its branch."""
    made: list[Resident] = []
    for _ in range(length):
        checkpoints = [kept(branches=[made[0].workspace.id])] if made else []
        made.insert(0, trashed(since, checkpoints=checkpoints))
    return made


# What may go, what comes, what is left


def test_an_idle_workspace_goes_to_trash_in_the_first_look() -> None:
    one = live(LONG)
    made = plan(found(one), POLICY, NOW)
    assert kinds(made.actions) == [TRASH]
    action = made.actions[0]
    assert (action.workspace, action.identity) == (one.workspace, one.identity)
    assert (action.checkpoints, action.frees) == ((), 0)
    assert not made.coming
    assert not made.left


def test_a_workspace_goes_at_the_moment_when_its_time_is_over() -> None:
    one = live(90 * DAY)
    assert planned(one).actions
    assert not planned(one, now=NOW - timedelta(seconds=1)).actions


def test_nothing_is_done_or_told_about_what_is_in_use() -> None:
    made = planned(live(LONG, leased=HOUR), live(HOUR))
    assert made == Plan(
        actions=(), coming=(), left=(), past_time=frozenset(), pressure=Pressure.NONE
    )


def test_what_is_to_be_kept_stays() -> None:
    assert not planned(live(LONG, keep=HOUR)).actions
    assert planned(live(LONG, keep=-HOUR)).actions


def test_what_is_in_trash_is_destroyed_with_all_of_its_checkpoints() -> None:
    one = trashed(LONG, checkpoints=hourly(3), size=77)
    (action,) = planned(one).actions
    assert (action.kind, action.checkpoints, action.frees) == (DESTROY, one.checkpoints, 77)


def test_what_was_past_its_time_in_one_look_only_is_not_destroyed() -> None:
    one = trashed(LONG)
    made = plan(found(one), POLICY, NOW)
    assert not made.actions
    assert [each.due for each in made.coming] == [NOW + POLICY.safety.apart]
    assert made.past_time == {one.identity}


def test_two_looks_that_are_too_close_destroy_nothing() -> None:
    one = trashed(LONG)
    for ago, many in ((9 * MINUTE, 0), (10 * MINUTE, 1)):
        made = plan(found(one, seen={one.identity: NOW - ago}), POLICY, NOW)
        assert len(made.actions) == many


def test_what_comes_within_the_notice_is_told_soonest_first() -> None:
    late, soon = live(84 * DAY), trashed(28 * DAY)
    made = planned(late, soon, live(82 * DAY), trashed(HOUR))
    assert ids(made.coming) == [soon.workspace.id, late.workspace.id]
    assert not made.actions
    assert not made.past_time


def test_what_comes_is_told_as_early_as_the_policy_says() -> None:
    policy = Policy(safety=SafetyRules(notice=DAY))
    assert not planned(live(88 * DAY), policy=policy).coming
    assert planned(live(89 * DAY), policy=policy).coming


def test_what_is_hindered_is_left_alone_and_said_why() -> None:
    one, other = live(LONG, odd=["a foreign snapshot"]), trashed(LONG, users=["process 7"])
    made = planned(one, other)
    assert not made.actions
    assert [(each.kind, each.why) for each in made.left] == [
        (TRASH, "a foreign snapshot"),
        (DESTROY, "process 7"),
    ]
    assert made.past_time == {other.identity}, "a look before trash is none at what is in trash"


def test_what_is_hindered_before_its_time_is_only_told_to_come() -> None:
    made = planned(live(85 * DAY, odd=["a foreign snapshot"]))
    assert kinds(made.coming) == [TRASH]
    assert not made.left


def test_what_failed_is_left_alone_until_it_is_tried_again() -> None:
    one = live(LONG, checkpoints=hourly(60))
    made = plan(found(one, held_off={one.identity: "busy"}), POLICY, NOW)
    assert not made.actions
    assert [each.why for each in made.left] == ["busy"]


def test_a_plan_says_how_full_the_pool_is() -> None:
    assert planned(free=120).pressure is Pressure.SHORTEN


def test_a_full_pool_never_touches_what_is_leased_or_mounted() -> None:
    made = planned(
        live(LONG, leased=HOUR, checkpoints=hourly(60)),
        live(LONG, users=["process 7"], checkpoints=hourly(60)),
        trashed(LONG, users=["process 7"]),
        free=0,
    )
    assert not made.actions


def test_a_full_pool_destroys_the_unchanged_first_and_never_below_the_floor() -> None:
    changed, unchanged = trashed(3 * DAY), trashed(3 * DAY, written=0)
    young = trashed(47 * HOUR, written=0)
    assert not planned(changed, unchanged, young).actions
    assert ids(planned(changed, unchanged, young, free=199).actions) == [unchanged.workspace.id]
    assert len(planned(changed, unchanged, young, free=149).actions) == 2
    assert len(planned(changed, unchanged, young, free=0).actions) == 2


def test_above_an_owners_cap_nothing_goes_below_the_floor() -> None:
    policy = Policy(trash=TrashRules(per_owner=0))  # type: ignore[arg-type]
    old, young = trashed(48 * HOUR), trashed(47 * HOUR)
    made = planned(old, young, policy=policy)
    assert ids(made.actions) == [old.workspace.id]
    assert ids(made.coming) == [young.workspace.id]


# Checkpoints


def test_checkpoints_go_after_two_looks() -> None:
    one = live(checkpoints=hourly(60))
    going = prunable(one, circumstances(found(one), POLICY, NOW))
    first = plan(found(one), POLICY, NOW)
    assert not first.actions
    assert [(each.kind, each.due) for each in first.coming] == [(PRUNE, NOW + 10 * MINUTE)]
    assert first.past_time == {each.identity for each in going}
    (action,) = planned(one).actions
    assert (action.kind, action.checkpoints, action.frees) == (PRUNE, going, None)
    assert f"{len(going)} of 60 checkpoints" in action.why


def test_of_checkpoints_only_those_go_that_were_seen_before() -> None:
    one = live(checkpoints=hourly(60))
    going = prunable(one, circumstances(found(one), POLICY, NOW))
    seen = {each.identity: NOW - HOUR for each in going[:3]}
    (action,) = plan(found(one, seen=seen), POLICY, NOW).actions
    assert action.checkpoints == going[:3]


def test_what_goes_to_trash_keeps_its_checkpoints() -> None:
    made = planned(live(LONG, checkpoints=hourly(60)))
    assert kinds(made.actions) == [TRASH]


def test_what_goes_to_trash_soon_loses_checkpoints_until_then() -> None:
    made = planned(live(85 * DAY, checkpoints=hourly(60)))
    assert (kinds(made.actions), kinds(made.coming)) == ([PRUNE], [TRASH])


def test_checkpoints_of_an_odd_workspace_are_left_alone() -> None:
    made = planned(live(checkpoints=hourly(60), odd=["a foreign snapshot"]))
    assert not made.actions
    assert [(each.kind, each.why) for each in made.left] == [(PRUNE, "a foreign snapshot")]


# Branches


def test_branches_go_before_what_they_began_with() -> None:
    first, second, third = chain(3)
    order = ids(planned(first, second, third).actions)
    assert order == [each.workspace.id for each in (third, second, first)]


def test_a_branch_that_stays_keeps_all_before_it() -> None:
    for stays in (live(), trashed(HOUR), trashed(LONG, users=["process 7"])):
        parent = trashed(LONG, checkpoints=[kept(branches=[stays.workspace.id])])
        grand = trashed(LONG, checkpoints=[kept(branches=[parent.workspace.id])])
        made = planned(grand, parent, stays)
        assert not made.actions
        left = {each.workspace.id: each.why for each in made.left}
        assert stays.workspace.id in left[parent.workspace.id]
        assert "needs its blocks" in left[parent.workspace.id]
        assert parent.workspace.id in left[grand.workspace.id]


def test_one_branch_that_stays_is_enough() -> None:
    goes, stays = trashed(LONG), live()
    both = [kept(branches=[goes.workspace.id, stays.workspace.id])]
    parent = trashed(LONG, checkpoints=both)
    made = planned(parent, goes, stays)
    assert ids(made.actions) == [goes.workspace.id]
    assert goes.workspace.id not in made.left[0].why


def test_a_branch_of_any_checkpoint_keeps_what_it_began_with() -> None:
    stays = live()
    assert not planned(
        trashed(LONG, checkpoints=[kept(), kept(branches=[stays.workspace.id])]), stays
    ).actions


def test_a_branch_that_nobody_sees_keeps_what_it_began_with() -> None:
    parent = trashed(LONG, checkpoints=[kept(branches=[wid(10**9)])])
    assert not planned(parent).actions


def test_a_branch_that_was_seen_once_keeps_what_it_began_with() -> None:
    parent, branch = chain(2)
    made = plan(found(parent, branch, seen={parent.identity: NOW - DAY}), POLICY, NOW)
    assert not made.actions
    assert ids(made.coming) == [branch.workspace.id]


def test_what_began_with_itself_in_a_circle_stays() -> None:
    one = trashed(LONG, checkpoints=[kept(branches=[wid(10**9)])])
    other = trashed(LONG, checkpoints=[kept(branches=[one.workspace.id])])
    circle = [kept(branches=[other.workspace.id])]
    assert not planned(replace(one, checkpoints=tuple(circle)), other).actions


# Order


def test_what_is_destroyed_comes_before_checkpoints_and_those_before_trash() -> None:
    made = planned(live(LONG), live(checkpoints=hourly(60)), trashed(LONG))
    assert kinds(made.actions) == [DESTROY, PRUNE, TRASH]


def test_what_waits_longest_goes_first() -> None:
    ages = [100 * DAY, 300 * DAY, 200 * DAY]
    assert [each.due for each in planned(*map(live, ages)).actions] == [
        NOW - each for each in (210 * DAY, 110 * DAY, 10 * DAY)
    ]
    assert [each.due for each in planned(*map(trashed, ages)).actions] == [
        NOW - each for each in (270 * DAY, 170 * DAY, 70 * DAY)
    ]


def test_in_a_full_pool_the_largest_go_first() -> None:
    sizes = [10, None, 30, 20]
    those = [trashed(LONG + DAY * number, size=size) for number, size in enumerate(sizes)]
    assert [each.frees for each in planned(*those, free=199).actions] == [30, 20, 10, None]
    assert [each.frees for each in planned(*those).actions] == [20, 30, None, 10]


# Anything

ages = st.integers(min_value=0, max_value=200).map(lambda days: timedelta(days=days))
odd = st.sampled_from([(), (), (), (), ("a foreign snapshot",)])
users = st.sampled_from([(), (), (), (), ("process 7",)])
written = st.sampled_from([0, 10, None])
checkpoints = st.sampled_from([0, 1, 3, 12, 40]).map(lambda number: list(hourly(number)))
residents = st.builds(
    live,
    ages,
    owner=st.sampled_from(["alice", "bob"]),
    leased=st.sampled_from([None, None, HOUR, -HOUR]),
    keep=st.sampled_from([None, None, 3 * DAY, 30 * DAY, -DAY]),
    checkpoints=checkpoints,
    written=written,
    odd=odd,
    users=users,
) | st.builds(
    trashed,
    st.none() | ages,
    owner=st.sampled_from(["alice", "bob"]),
    checkpoints=checkpoints,
    size=st.sampled_from([None, 0, 10, 1000]),
    written=written,
    odd=odd,
    users=users,
)


@st.composite
def populations(draw: st.DrawFn) -> list[Resident]:
    """Return workspaces some of which began with a checkpoint of another."""
    those = draw(st.lists(residents, max_size=12))
    for number, each in enumerate(those):
        if number and draw(st.integers(0, 2)) == 0:
            parent = draw(st.integers(0, number - 1))
            branch = kept(branches=[each.workspace.id])
            grown = (*those[parent].checkpoints, branch)
            those[parent] = replace(those[parent], checkpoints=grown)
    return those


free = st.sampled_from([500, 180, 120, 80, 10])
policies = st.sampled_from(
    [POLICY, Policy(trash=TrashRules(per_owner=500))]  # type: ignore[arg-type]
)


def inventory(those: Sequence[Resident], room: int) -> Inventory:
    return found(*those, free=room, seen=seen_all(those))


@given(populations(), free, policies)
def test_every_action_is_allowed(those: list[Resident], room: int, policy: Policy) -> None:
    """Each by the words of the guarantees, and not by the code that decides."""
    by_identity = {each.identity: each for each in those}
    for action in plan(inventory(those, room), policy, NOW).actions:
        one = by_identity[action.identity]
        assert not one.workspace.in_use(NOW)
        assert not one.users
        assert not one.odd
        assert action.due <= NOW
        assert action.why
        if action.kind is DESTROY:
            assert one.workspace.state is WorkspaceState.TRASHED
            assert one.workspace.trashed is not None
            assert NOW - one.workspace.trashed >= policy.trash.floor
            assert not any(each.odd for each in one.checkpoints)
            assert action.checkpoints == one.checkpoints
        else:
            assert one.workspace.state is WorkspaceState.LIVE
        if action.kind is TRASH:
            assert one.workspace.active is not None
            shortest = min(policy.workspaces.idle_floor, policy.workspaces.idle_unchanged)
            assert NOW - one.workspace.active >= shortest
            assert one.workspace.keep is None or one.workspace.keep <= NOW
        if action.kind is PRUNE:
            assert all(each.name.startswith("auto-") for each in action.checkpoints)
            assert not any(each.branches or each.odd for each in action.checkpoints)
            assert set(action.checkpoints) < set(one.checkpoints)


@given(populations(), free, policies)
def test_in_any_prefix_nothing_goes_before_its_branches(
    those: list[Resident], room: int, policy: Policy
) -> None:
    there = {each.workspace.id for each in those}
    branches = {each.identity: branches_of(each) for each in those}
    for action in plan(inventory(those, room), policy, NOW).actions:
        if action.kind is DESTROY:
            assert not branches[action.identity] & there
            there.discard(action.workspace.id)


@given(populations(), free, policies, st.randoms())
def test_the_order_in_which_they_are_found_decides_nothing(
    those: list[Resident], room: int, policy: Policy, random: object
) -> None:
    made = plan(inventory(those, room), policy, NOW)
    assert plan(inventory(those, room), policy, NOW) == made
    random.shuffle(those)  # type: ignore[attr-defined]
    other = plan(inventory(those, room), policy, NOW)
    assert set(other.actions) == set(made.actions)
    assert set(other.coming) == set(made.coming)
    assert {(each.kind, each.workspace.id) for each in other.left} == {
        (each.kind, each.workspace.id) for each in made.left
    }
    assert other.past_time == made.past_time


@given(populations(), free, policies, st.data())
def test_after_any_prefix_only_the_rest_is_planned(
    those: list[Resident], room: int, policy: Policy, data: st.DataObject
) -> None:
    """And so nothing is planned after all of it, whatever was restarted in between.

    The pool stays as full as it was, and nobody above the cap is let off: what was planned may stay
    planned. Only a checkpoint whose branches went may be let go by the ladder in addition.
    """
    branched = {kept.identity for each in those for kept in each.checkpoints if kept.branches}
    actions = plan(inventory(those, room), policy, NOW).actions
    number = data.draw(st.integers(0, len(actions)))
    after = done(those, actions[:number], NOW).residents
    again = plan(inventory(after, room), policy, NOW)
    rest = {(each.kind, each.identity): going(each) for each in actions[number:]}
    found = {(each.kind, each.identity): going(each) for each in again.actions}
    for key, those_going in found.items():
        more = those_going - rest.get(key, set())
        assert more <= branched if key[0] is PRUNE else key in rest and not more
    if policy.trash.per_owner is None:
        assert rest.keys() <= found.keys()
        assert all(rest[key] <= found[key] for key in rest)


def going(action: Action) -> set[int]:
    """Return the identities of an action's checkpoints."""
    return {each.identity for each in action.checkpoints}


@given(populations(), free, policies)
def test_in_the_first_look_nothing_is_lost(
    those: list[Resident], room: int, policy: Policy
) -> None:
    made = plan(found(*those, free=room), policy, NOW)
    assert set(kinds(made.actions)) <= {TRASH}


@given(populations(), free, policies)
def test_what_comes_is_told_in_the_order_of_time(
    those: list[Resident], room: int, policy: Policy
) -> None:
    coming = plan(inventory(those, room), policy, NOW).coming
    assert all(one.due <= other.due for one, other in pairwise(coming))
    assert all(NOW < each.due <= NOW + policy.safety.notice for each in coming)


@given(populations(), free, policies)
def test_what_may_go_was_past_its_time(those: list[Resident], room: int, policy: Policy) -> None:
    made = plan(inventory(those, room), policy, NOW)
    for action in made.actions:
        going = {each.identity for each in action.checkpoints}
        if action.kind is not TRASH:
            assert (going if action.kind is PRUNE else {action.identity}) <= made.past_time


@given(populations(), policies)
def test_a_fuller_pool_spares_nothing(those: list[Resident], policy: Policy) -> None:
    before: set[tuple[ActionKind, int]] = set()
    for room in (500, 180, 120, 80, 10):
        made = plan(inventory(those, room), policy, NOW)
        going = {(each.kind, each.identity) for each in made.actions if each.kind is not PRUNE}
        assert before <= going
        before = going
