"""Every condition that keeps something from going has a test that notices when it is broken."""

from functools import cache

import pytest
from tests_mutants import NOTICED, PASSED, Mutant, Verdict, run_all
from tests_mutations import FATES, LADDER, PLANNER, Row

BRAKES: list[Row] = [
    (
        "after.wall - before.wall - passed",
        "after.wall - before.wall",
        "test_a_clock_that_was_set_stops_everything",
    ),
    (
        "if abs(jump) <= rules.clock_jump:",
        "if jump <= rules.clock_jump:",
        "test_a_clock_that_was_set_stops_everything",
    ),
    (
        "if abs(jump) <= rules.clock_jump:",
        "if abs(jump) < rules.clock_jump:",
        "test_a_clock_that_was_set_stops_everything",
    ),
    ("jump > timedelta(0)", "jump < timedelta(0)", "test_a_clock_that_was_set_stops_everything"),
    (
        "brake=Brake.CLOCK,\n        pauses=True,",
        "brake=Brake.CLOCK,",
        "test_a_clock_that_was_set_stops_everything",
    ),
    ("before - after)", "after - before)", "test_a_workspace_that_vanished_stops_everything"),
    (
        "if not missing:",
        "if len(after) >= len(before):",
        "test_as_many_others_do_not_make_up_for_one_that_vanished",
    ),
    (
        "brake=Brake.SHRANK,\n        pauses=True,",
        "brake=Brake.SHRANK,",
        "test_a_workspace_that_vanished_stops_everything",
    ),
    (
        "each.kind is ActionKind.TRASH for",
        "True for",
        "test_what_is_destroyed_out_of_trash_is_not_counted_as_going_there",
    ),
    (
        "max(rules.most_at_least, int(live * rules.most_percent / 100))",
        "rules.most_at_least",
        "test_more_than_a_fifth_and_ten_stop_what_goes_to_trash",
    ),
    (
        "max(rules.most_at_least, int(live * rules.most_percent / 100))",
        "int(live * rules.most_percent / 100)",
        "test_more_than_a_fifth_and_ten_stop_what_goes_to_trash",
    ),
    (
        "if going <= most:",
        "if going < most:",
        "test_more_than_a_fifth_and_ten_stop_what_goes_to_trash",
    ),
    ("if going <= most:", "if True:", "test_a_fault_never_empties_a_site"),
    (
        "brake=Brake.TOO_MANY,\n        kinds=frozenset({ActionKind.TRASH}),",
        "brake=Brake.TOO_MANY,",
        "test_more_than_a_fifth_and_ten_stop_what_goes_to_trash",
    ),
    (
        "each not in heard or now",
        "each in heard and now",
        "test_a_silent_source_of_activity_stops_what_goes_to_trash",
    ),
    (
        " or now - heard[each] > rules.report_age",
        "",
        "test_a_silent_source_of_activity_stops_what_goes_to_trash",
    ),
    (
        "now - heard[each] > rules",
        "now - heard[each] >= rules",
        "test_a_silent_source_of_activity_stops_what_goes_to_trash",
    ),
    (
        "brake=Brake.ACTIVITY,\n        kinds=frozenset({ActionKind.TRASH}),",
        "brake=Brake.ACTIVITY,",
        "test_a_silent_source_of_activity_stops_what_goes_to_trash",
    ),
    ("now >= quiet_until", "now > quiet_until", "test_after_an_absence_people_have_time_to_notice"),
    (
        "quiet_until is None or now >= quiet_until",
        "True",
        "test_after_an_absence_people_have_time_to_notice",
    ),
    ("if why else None", "if not why else None", "test_a_pause_stops_everything_until_it_is_ended"),
]

PRESSURE: list[Row] = [
    (
        "order.index(self) >= order.index(other)",
        "order.index(self) > order.index(other)",
        "test_each_rung_includes_those_before_it",
    ),
    (
        "100 * free / size if size > 0 else 100.0",
        "100 * free / max(size, 1)",
        "test_a_pool_without_a_size_has_room",
    ),
    ("if share < below:", "if share <= below:", "test_each_rung_begins_below_its_percentage"),
    ("(Pressure.PAGE, rules.page),\n        ", "", "test_each_rung_begins_below_its_percentage"),
    (
        "(Pressure.REFUSE, rules.refuse),\n        ",
        "",
        "test_each_rung_begins_below_its_percentage",
    ),
    (
        "pressure.reaches(Pressure.SHORTEN)",
        "pressure.reaches(Pressure.WARN)",
        "test_the_first_rung_hurries_only_what_is_unchanged_in_trash",
    ),
    (
        "pressure.reaches(Pressure.SHORTEN)",
        "pressure.reaches(Pressure.REFUSE)",
        "test_from_the_second_rung_on_all_times_are_their_floors",
    ),
    (
        "pressure.reaches(Pressure.WARN)",
        "True",
        "test_times_are_those_of_the_policy_while_there_is_room",
    ),
    (
        "pressure.reaches(Pressure.WARN)",
        "short",
        "test_the_first_rung_hurries_only_what_is_unchanged_in_trash",
    ),
    (
        "min(idle, workspaces.idle_unchanged) if short",
        "idle if short",
        "test_no_rung_makes_what_is_unchanged_stay_longer",
    ),
    (
        "trash.floor if short else trash.time,",
        "trash.time,",
        "test_from_the_second_rung_on_all_times_are_their_floors",
    ),
    (
        "self.pressure.reaches(Pressure.REFUSE)",
        "self.pressure.reaches(Pressure.PAGE)",
        "test_new_workspaces_are_refused_from_the_third_rung_on",
    ),
    (
        "self.pressure.reaches(Pressure.REFUSE)",
        "self.pressure.reaches(Pressure.SHORTEN)",
        "test_new_workspaces_are_refused_from_the_third_rung_on",
    ),
]

MEMORY: list[Row] = [
    (
        "if workspace.state is WorkspaceState.TRASHED:",
        "if False:",
        "test_what_is_in_trash_is_not_in_use",
    ),
    ("each.users or ", "", "test_what_is_mounted_is_in_use_now"),
    (
        " or _was_written(self._written.get(each.identity), each.written)",
        "",
        "test_what_was_written_to_since_the_last_look_is_in_use",
    ),
    (
        "abs(after - before) > _SLIGHT",
        "after != before",
        "test_what_a_mount_writes_and_what_is_unknown_is_no_use",
    ),
    (
        "abs(after - before)",
        "(after - before)",
        "test_what_was_written_to_since_the_last_look_is_in_use",
    ),
    (
        "last is None or (told is not None and told > last)",
        "True",
        "test_an_older_report_does_not_undo_what_was_seen",
    ),
    ("max(at, self._sessions.get(key, at))", "at", "test_the_latest_of_several_sources_counts"),
    ("self.seen.get(each, now)", "now", "test_what_is_past_its_time_is_so_since_the_first_look"),
    (
        "self.seen = {each",
        "self.seen |= {each",
        "test_what_was_not_past_its_time_in_one_look_begins_again",
    ),
    ("if key not in self._announced]", "]", "test_what_comes_is_announced_once"),
    ("if each.kind is not ActionKind.PRUNE]", "]", "test_checkpoints_that_go_are_not_announced"),
    (
        "for each in doomed if each.kind is ActionKind.DESTROY}",
        "for each in doomed}",
        "test_what_was_to_be_destroyed_is_not_missed",
    ),
]

EXECUTOR: list[Row] = [
    (
        "resident is None or resident.identity != action.identity",
        "resident is None",
        "test_another_one_in_its_place_is_kept",
    ),
    (
        "if fate is None:",
        "if fate is None and action.kind is ActionKind.DESTROY:",
        "test_a_lease_after_the_plan_keeps_it_out_of_trash",
    ),
    ("if fate.kind is not action.kind:", "if False:", "test_an_undelete_after_the_plan_keeps_it"),
    ("if fate.due > about.now:", "if False:", "test_being_in_trash_anew_after_the_plan_keeps_it"),
    (
        "if fate.due > about.now:",
        "if fate.due > about.now and action.kind is ActionKind.DESTROY:",
        "test_a_session_after_the_plan_keeps_it_out_of_trash",
    ),
    (
        "if fate.due > about.now:",
        "if fate.due >= about.now:",
        "test_a_wish_to_keep_it_after_the_plan_keeps_it_out_of_trash",
    ),
    (
        "return fate.hindrance or _unconfirmed(",
        "return _unconfirmed(",
        "test_something_foreign_after_the_plan_keeps_it_out_of_trash",
    ),
    (
        "return fate.hindrance or _unconfirmed(",
        "return _unconfirmed(",
        "test_a_process_that_works_in_it_after_the_plan_keeps_it_out_of_trash",
    ),
    (
        "if not about.is_confirmed(resident.identity):",
        "if False:",
        "test_what_was_past_its_time_in_one_look_only_is_kept",
    ),
    (
        "if planned != {",
        "if False and planned != {",
        "test_a_new_checkpoint_after_the_plan_keeps_it",
    ),
    ("if planned != {", "if planned < {", "test_a_checkpoint_that_is_gone_after_the_plan_keeps_it"),
    (
        "if not why and resident is not None and not branches_of(resident) <= gone:",
        "if False:",
        "test_a_new_branch_after_the_plan_keeps_what_it_began_with",
    ),
    (
        "                    gone.add(action.workspace.id)\n",
        "",
        "test_a_branch_that_was_destroyed_keeps_nothing",
    ),
    (
        "destroyed.add(outcome.action.workspace.id)",
        "pass",
        "test_a_branch_that_was_destroyed_keeps_nothing",
    ),
    (
        "each for each in self._storage.look_closer(residents)}",
        "each for each in residents}",
        "test_being_in_trash_anew_after_the_plan_keeps_it",
    ),
    (
        "fresh = self._again(resident)\n            why",
        "fresh = resident\n            why",
        "test_a_lease_after_the_plan_keeps_it_out_of_trash",
    ),
    (
        "fresh = self._again(resident)\n            if",
        "fresh = resident\n            if",
        "test_a_lease_after_the_plan_keeps_all_checkpoints",
    ),
    (
        "fresh is None or fresh.identity != action.identity",
        "fresh is None",
        "test_another_one_in_its_place_keeps_its_checkpoints",
    ),
    ("if fresh.odd:", "if False:", "test_something_foreign_after_the_plan_keeps_all_checkpoints"),
    ("if each.identity in planned]", "]", "test_of_checkpoints_only_the_planned_go"),
    (
        "prunable(fresh, about)",
        "prunable(resident, about)",
        "test_a_branch_after_the_plan_keeps_its_checkpoint",
    ),
    (
        "return {each.workspace: each.why for each in refusals}",
        "return {}",
        "test_what_the_storage_refuses_is_not_done_and_the_others_are",
    ),
    (
        (
            "except StorageUnavailableError:\n            raise\n"
            "        except ProvisionerError as error:\n            # Some"
        ),
        "except ProvisionerError as error:\n            # Some",
        "test_a_storage_that_does_not_answer_ends_the_round",
    ),
]

MUTANTS = [
    Mutant(module, *row)
    for module, rows in (
        ("ladder", LADDER),
        ("fates", FATES),
        ("planner", PLANNER),
        ("brakes", BRAKES),
        ("pressure", PRESSURE),
        ("memory", MEMORY),
        ("executor", EXECUTOR),
    )
    for row in rows
]
every = pytest.mark.parametrize(
    "mutant", MUTANTS, ids=[f"{each.module}-{number}" for number, each in enumerate(MUTANTS)]
)


@cache
def verdicts() -> tuple[dict[Mutant, Verdict], Verdict]:
    ran, plain = run_all(MUTANTS, sorted({each.test_id for each in MUTANTS}))
    return dict(zip(MUTANTS, ran, strict=True)), plain


@every
def test_what_is_broken_is_in_the_module_once(mutant: Mutant) -> None:
    times = mutant.source().count(mutant.text)
    assert times == 1, f"{mutant.text!r} is in {mutant.module}.py {times} times: mend the table"


@every
def test_a_broken_condition_is_noticed(mutant: Mutant) -> None:
    verdict = verdicts()[0][mutant]
    assert verdict.code == NOTICED, f"{mutant} lives on: {verdict.said}"


def test_these_tests_pass_while_nothing_is_broken() -> None:
    plain = verdicts()[1]
    assert plain.code == PASSED, plain.said
