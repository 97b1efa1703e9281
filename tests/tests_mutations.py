"""Conditions that decide what may go, each with a way to break it and the test that notices."""

Row = tuple[str, str, str]  # a text, what stands there instead, and the test that notices

LADDER: list[Row] = [
    ("if len(checkpoints) <= self.last:", "if False:", "test_the_newest_stay"),
    (
        "newest = max(times)",
        "newest = times[-1]",
        "test_one_that_a_clock_far_ahead_made_lets_nothing_go_before_its_time",
    ),
    ("if newest > now:", "if False:", "test_a_youngest_from_the_future_lets_nothing_go"),
    (
        "newest = max(times)",
        "newest = int(now)",
        "test_a_dense_history_is_thinned_to_the_oldest_of_each_step",
    ),
    ("checkpoints[: -self.last]", "checkpoints", "test_the_newest_stay"),
    (
        "if created < latest:",
        "if False:",
        "test_what_is_out_of_order_stays_with_what_it_is_younger_than",
    ),
    (
        "_keep_younger(going, created)\n                continue",
        "continue",
        "test_what_another_clock_made_takes_no_ones_place",
    ),
    (
        "_keep_younger(going, min(times[-self.last :]))",
        "",
        "test_one_that_a_clock_long_past_made_lets_nothing_go",
    ),
    (
        "min(times[-self.last :])",
        "times[-1]",
        "test_one_that_a_clock_long_past_made_before_the_newest_lets_nothing_go",
    ),
    (
        "step < 0 or age < step",
        "step < 0",
        "test_a_dense_history_is_thinned_to_the_oldest_of_each_step",
    ),
    ("age < step", "age <= step", "test_a_dense_history_is_thinned_to_the_oldest_of_each_step"),
    ("if step >= 0:", "if True:", "test_beyond_the_ladder_all_go"),
    ("if step >= 0:", "if False:", "test_a_dense_history_is_thinned_to_the_oldest_of_each_step"),
    ("not each.name.startswith(_COLLECTED) or ", "", "test_only_auto_ones_go"),
    (" or each.name == base", "", "test_the_base_stays_where_another_one_goes"),
    ("(each.branches or each.odd)", "each.odd", "test_what_has_branches_stays"),
    ("(each.branches or each.odd)", "each.branches", "test_what_is_odd_stays"),
    ("if age < end:", "if True:", "test_beyond_the_ladder_all_go"),
    (
        "(age - start) % every",
        "age % every",
        "test_a_dense_history_is_thinned_to_the_oldest_of_each_step",
    ),
    ("            start = end\n", "", "test_the_rungs_follow_one_another"),
]

FATES: list[Row] = [
    (
        "workspace.active or workspace.created",
        "workspace.created",
        "test_an_idle_workspace_goes_to_trash_when_its_time_is_over",
    ),
    (
        "workspace.lease is not None and workspace.lease.until > last",
        "False",
        "test_a_lease_that_ended_counts_as_use_until_then",
    ),
    (
        " and workspace.lease.until > last",
        "",
        "test_a_lease_that_ended_before_the_last_use_changes_nothing",
    ),
    (
        "return seen if seen is not None and seen > last else last",
        "return last",
        "test_being_seen_in_use_counts_as_use",
    ),
    (
        "seen is not None and seen > last",
        "seen is not None",
        "test_having_been_seen_before_the_last_use_changes_nothing",
    ),
    (
        "first is not None and self.now - first >= self.policy.safety.apart",
        "first is not None",
        "test_two_looks_are_far_enough_apart",
    ),
    ("self.now - first >= self", "self.now - first > self", "test_two_looks_are_far_enough_apart"),
    ("first is not None and", "first is None or", "test_what_was_never_seen_is_not_confirmed"),
    ("if workspace.in_use(about.now):", "if False:", "test_nothing_becomes_of_a_leased_workspace"),
    (
        "if workspace.in_use(about.now):",
        "if workspace.in_use(about.now) and workspace.state is WorkspaceState.LIVE:",
        "test_nothing_becomes_of_one_in_trash_that_is_leased",
    ),
    (
        "    if workspace.state is WorkspaceState.TRASHED:\n",
        "    if False:\n",
        "test_what_is_in_trash_is_destroyed_when_its_time_is_over",
    ),
    (
        "terms.idle_unchanged if resident.unchanged else terms.idle",
        "terms.idle",
        "test_an_unchanged_workspace_goes_sooner",
    ),
    (
        "terms.idle_unchanged if resident.unchanged else terms.idle",
        "terms.idle_unchanged",
        "test_a_workspace_with_a_checkpoint_is_not_unchanged",
    ),
    (
        "workspace.keep is not None and workspace.keep > due",
        "False",
        "test_a_workspace_that_is_to_be_kept_stays_until_then",
    ),
    (" and workspace.keep > due", "", "test_to_be_kept_shorter_than_others_changes_nothing"),
    (
        "due = workspace.keep\n    if horizon is not None and due > horizon",
        "due = workspace.keep\n    if False",
        "test_what_comes_after_the_horizon_is_not_told",
    ),
    (
        "since + stay\n    if horizon is not None and due > horizon",
        "since + stay\n    if False",
        "test_what_comes_after_the_horizon_in_trash_is_not_told",
    ),
    (", hindrance=hindrance)", ")", "test_what_is_in_trash_without_a_time_is_left_alone"),
    (
        "about.terms.trash_unchanged if resident.unchanged else about.terms.trash",
        "about.terms.trash",
        "test_what_is_unchanged_in_trash_goes_sooner",
    ),
    (
        "about.terms.trash_unchanged if resident.unchanged else about.terms.trash",
        "about.terms.trash_unchanged",
        "test_what_is_in_trash_is_destroyed_when_its_time_is_over",
    ),
    (
        "resident.identity in about.above_cap",
        "False",
        "test_above_an_owners_cap_the_oldest_have_the_shortest_time",
    ),
    ("*resident.odd, *resident.users", "*resident.users", "test_what_is_odd_hinders"),
    ("*resident.odd, *resident.users", "*resident.odd", "test_who_has_it_mounted_hinders"),
    (
        "if resident.workspace.state is WorkspaceState.TRASHED:",
        "if False:",
        "test_what_is_odd_about_a_checkpoint_hinders_in_trash",
    ),
    (
        "if resident.workspace.state is WorkspaceState.TRASHED:",
        "if True:",
        "test_what_is_odd_about_a_checkpoint_hinders_no_live_workspace_from_going_to_trash",
    ),
    (
        "if resident.identity in about.held_off:\n        parts",
        "if False:\n        parts",
        "test_what_failed_hinders_until_it_is_tried_again",
    ),
    (" or resident.users:", ":", "test_checkpoints_of_a_mounted_workspace_stay"),
    (
        "if resident.identity in about.held_off:\n        return",
        "if False:\n        return",
        "test_checkpoints_of_what_failed_stay_until_it_is_tried_again",
    ),
    (
        "workspace.state is WorkspaceState.TRASHED or workspace.in_use(about.now)",
        "workspace.in_use(about.now)",
        "test_checkpoints_in_trash_stay",
    ),
    (" or workspace.in_use(about.now)", "", "test_checkpoints_of_a_leased_workspace_stay"),
    ("workspace.base, about.now", "None, about.now", "test_the_base_of_the_content_stays"),
    ("about.now.timestamp()", "1e12", "test_checkpoints_from_the_future_let_none_go"),
    (
        "    if cap is None:\n        return frozenset()",
        "    cap = cap or 0",
        "test_no_cap_is_the_default",
    ),
    ("one.state is WorkspaceState.TRASHED and ", "", "test_live_ones_do_not_count_for_the_cap"),
    (
        "one.trashed is not None and ",
        "",
        "test_what_is_in_trash_without_a_time_does_not_count_for_the_cap",
    ),
    (" and each.size:", ":", "test_what_has_an_unknown_size_is_not_taken_for_the_cap"),
    ("trash[one.spec.owner]", "trash[Owner('')]", "test_the_cap_is_each_owners_own"),
    ("if taken <= cap:", "if taken < cap:", "test_what_takes_as_much_as_the_cap_is_not_above_it"),
    ("taken -= size", "pass", "test_as_many_are_above_the_cap_as_bring_it_below"),
    ("sorted(owned)", "owned", "test_of_equally_old_ones_the_same_are_above_the_cap_in_any_order"),
    (
        "sorted(owned)",
        "sorted(owned, reverse=True)",
        "test_above_an_owners_cap_the_oldest_have_the_shortest_time",
    ),
    (
        "if about.pressure is Pressure.NONE:",
        "if True:",
        "test_the_reason_says_that_the_pool_is_full",
    ),
]

PLANNER: list[Row] = [
    ("now + policy.safety.notice", "now", "test_what_comes_is_told_as_early_as_the_policy_says"),
    (" and (fate is None or fate.due > now)", "", "test_what_goes_to_trash_keeps_its_checkpoints"),
    (
        "(fate is None or fate.due > now)",
        "fate is None",
        "test_what_goes_to_trash_soon_loses_checkpoints_until_then",
    ),
    (
        "if fate.due > self._about.now:",
        "if False:",
        "test_what_comes_within_the_notice_is_told_soonest_first",
    ),
    (
        "if fate.due > self._about.now:",
        "if fate.due >= self._about.now:",
        "test_a_workspace_goes_at_the_moment_when_its_time_is_over",
    ),
    (
        "self._past_time.add(resident.identity)",
        "pass",
        "test_what_was_past_its_time_in_one_look_only_is_not_destroyed",
    ),
    ("if fate.hindrance:", "if False:", "test_what_is_hindered_is_left_alone_and_said_why"),
    (
        "elif fate.kind is ActionKind.TRASH:",
        "elif False:",
        "test_an_idle_workspace_goes_to_trash_in_the_first_look",
    ),
    (
        "elif self._about.is_confirmed(resident.identity):",
        "elif True:",
        "test_two_looks_that_are_too_close_destroy_nothing",
    ),
    (
        "self._past_time.update(each.identity for each in going)",
        "pass",
        "test_checkpoints_go_after_two_looks",
    ),
    (" if self._about.is_confirmed(each.identity)", "", "test_checkpoints_go_after_two_looks"),
    ("if resident.odd:", "if False:", "test_checkpoints_of_an_odd_workspace_are_left_alone"),
    (
        "_pruning(resident, confirmed,",
        "_pruning(resident, going,",
        "test_of_checkpoints_only_those_go_that_were_seen_before",
    ),
    (
        "self._coming.sort(key=lambda action: action.due)",
        "pass",
        "test_what_comes_within_the_notice_is_told_soonest_first",
    ),
    (
        "(action.kind is ActionKind.TRASH, action.due)",
        "action.due",
        "test_what_is_destroyed_comes_before_checkpoints_and_those_before_trash",
    ),
    (
        "(action.kind is ActionKind.TRASH, action.due)",
        "action.kind is ActionKind.TRASH",
        "test_what_waits_longest_goes_first",
    ),
    (
        "(*destroyed, *self._actions)",
        "(*self._actions, *destroyed)",
        "test_what_is_destroyed_comes_before_checkpoints_and_those_before_trash",
    ),
    (
        "self._about.pressure.reaches(Pressure.WARN)",
        "False",
        "test_in_a_full_pool_the_largest_go_first",
    ),
    (" if pressed else 0", "", "test_in_a_full_pool_the_largest_go_first"),
    (" if branches_of(pair[0]) <= gone]", "]", "test_branches_go_before_what_they_began_with"),
    (
        "return {branch for each in resident.checkpoints for branch in each.branches}",
        "return set()",
        "test_a_branch_that_stays_keeps_all_before_it",
    ),
    (
        "for each in resident.checkpoints for branch",
        "for each in resident.checkpoints[:1] for branch",
        "test_a_branch_of_any_checkpoint_keeps_what_it_began_with",
    ),
    (
        "resident.checkpoints if destroyed else ()",
        "()",
        "test_what_is_in_trash_is_destroyed_with_all_of_its_checkpoints",
    ),
    (
        "resident.size if destroyed else 0",
        "resident.size",
        "test_an_idle_workspace_goes_to_trash_in_the_first_look",
    ),
]
