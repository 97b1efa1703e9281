from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from casahub.culling.rule import Rule
from casahub.portal.idle import IdleFacts, IdleView
from casahub.portal.measurements import Measured
from casahub.portal.prospects import keep_label, longest_keep
from casahub.portal.sessions import SessionState
from casahub.portal.views import Facts, HomeView, free_name, home
from tests_portal import (
    ID,
    NOW,
    a_dataset,
    a_fate,
    a_server,
    a_workspace,
    in_trash,
    leased,
    servers,
)
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import CheckpointRef, Usage
from zfs_provisioner.naming import parse_checkpoint

CHECKPOINTS = [
    parse_checkpoint("auto-20260801T100000Z-1"),
    parse_checkpoint("user-20260802T130305Z-2"),
]


def seen(facts: Facts) -> HomeView:
    return home(facts, lambda session: f"/progress/{session}", lambda: ID)


def test_a_running_workspace_can_be_entered_and_is_held() -> None:
    found = leased(a_workspace(session="ngc-5921"))
    running = servers(a_server("ngc-5921", workspace=ID, ready=True))
    (view,) = seen(Facts(now=NOW, workspaces=[found], servers=running)).workspaces or ()
    assert view.session.state is SessionState.RUNNING
    assert view.session.url == "/user/ada/ngc-5921/lab"
    assert view.session.since is not None
    assert view.session.since.ago == "5 minutes ago"
    assert "stop the session first" in view.held


def test_a_running_session_says_what_it_runs_in() -> None:
    chosen = replace(a_server("ngc-5921", workspace=ID, ready=True), image="casa", size="large")
    for server, said in (chosen, ("casa", "large")), (replace(chosen, ready=False), ("", "")):
        facts = Facts(now=NOW, workspaces=[a_workspace()], servers=servers(server))
        (view,) = seen(facts).workspaces or ()
        assert (view.session.image, view.session.size) == said


def test_a_branch_names_its_origin_where_that_is_known() -> None:
    origin = CheckpointRef(workspace=ID, checkpoint=CHECKPOINTS[1].name)
    other = a_workspace("Twig", id="7d1b2f0e-1111-4222-8333-444455556666")
    twig = replace(other, spec=replace(other.spec, branch=origin))
    (trunk, branch) = seen(Facts(now=NOW, workspaces=[a_workspace("Trunk"), twig])).workspaces or ()
    assert trunk.branch is None
    assert branch.branch
    assert (branch.branch.name, branch.branch.created.ago) == ("Trunk", "1 hour ago")
    (alone,) = seen(Facts(now=NOW, workspaces=[twig])).workspaces or ()
    assert alone.branch
    assert (alone.branch.workspace, alone.branch.name) == (ID, "")


def test_a_starting_workspace_leads_to_its_progress_and_unsettles_the_page() -> None:
    coming = servers(a_server("ngc-5921", workspace=ID, pending="spawn"))
    view = seen(Facts(now=NOW, workspaces=[a_workspace()], servers=coming))
    assert view.unsettled
    assert view.workspaces
    assert view.workspaces[0].session.url == "/progress/ngc-5921"


def test_a_stopped_workspace_is_free() -> None:
    view = seen(Facts(now=NOW, workspaces=[a_workspace(session="ngc-5921")], servers={}))
    assert not view.unsettled
    assert view.workspaces
    assert view.workspaces[0].session.state is SessionState.STOPPED
    assert view.workspaces[0].held == ""


def test_a_lease_without_a_session_says_until_when_it_holds() -> None:
    lost = leased(a_workspace(session="ngc-5921"), NOW + timedelta(minutes=30))
    (view,) = seen(Facts(now=NOW, workspaces=[lost], servers={})).workspaces or ()
    assert "14:33 UTC" in view.held


def test_an_ended_lease_holds_nothing() -> None:
    ended = leased(a_workspace(), NOW)
    (view,) = seen(Facts(now=NOW, workspaces=[ended], servers={})).workspaces or ()
    assert view.held == ""


def test_without_the_hub_nothing_is_said_about_sessions() -> None:
    found = leased(a_workspace(session="ngc-5921"))
    (view,) = seen(Facts(now=NOW, workspaces=[found], servers=None)).workspaces or ()
    assert view.session.state is SessionState.UNKNOWN
    assert not view.session.active
    assert "hub does not answer" in view.held


def test_without_storage_running_sessions_still_show() -> None:
    running = servers(a_server("ngc-5921", workspace=ID, ready=True))
    view = seen(Facts(now=NOW, servers=running, troubles=("Storage is away.",)))
    assert view.workspaces is None
    assert view.datasets is None
    assert view.trash is None
    assert [each.url for each in view.sessions] == ["/user/ada/ngc-5921/lab"]
    assert view.troubles == ("Storage is away.",)


def test_a_session_whose_workspace_is_being_made_shows_already() -> None:
    coming = servers(a_server("ngc-5921", workspace=ID, pending="spawn"))
    view = seen(Facts(now=NOW, workspaces=[], servers=coming))
    assert view.unsettled
    assert [each.state for each in view.sessions] == [SessionState.STARTING]


def test_checkpoints_come_newest_first_with_their_reason() -> None:
    facts = Facts(now=NOW, workspaces=[a_workspace()], servers={}, checkpoints={ID: CHECKPOINTS})
    (view,) = seen(facts).workspaces or ()
    assert [each.reason for each in view.checkpoints] == ["made by you", "automatic"]
    assert view.last_checkpoint is not None
    assert view.last_checkpoint.created.ago == "1 hour ago"


@pytest.mark.parametrize(
    ("measured", "size", "changed", "unsettled"),
    [
        (Measured(Usage(size=2_000_000, changed=True), current=True), "2.0 MB", True, False),
        (Measured(Usage(size=2_000_000, changed=False), current=False), "2.0 MB", False, True),
        (Measured(None, current=False), "", None, True),
    ],
)
def test_a_size_under_measurement_unsettles_the_page(
    measured: Measured, size: str, changed: bool | None, unsettled: bool
) -> None:
    facts = Facts(now=NOW, workspaces=[a_workspace()], servers={}, usage={ID: measured})
    view = seen(facts)
    assert view.workspaces
    assert (view.workspaces[0].size, view.workspaces[0].changed) == (size, changed)
    assert view.unsettled is unsettled


def test_trash_is_apart_and_its_names_stay_taken() -> None:
    trashed = in_trash(a_workspace("NGC 5921"))
    view = seen(Facts(now=NOW, workspaces=[trashed], servers={}, datasets=[a_dataset()]))
    assert view.workspaces == ()
    assert view.trash
    assert view.trash[0].trashed is not None
    assert view.trash[0].trashed.ago == "2 days ago"
    assert view.datasets
    assert view.datasets[0].suggested == "NGC 5921 2"


def test_what_comes_soon_is_told_and_how_to_prevent_it() -> None:
    facts = Facts(
        now=NOW,
        workspaces=[a_workspace()],
        servers={},
        fates={ID: a_fate(days=30)},
        policy=Policy(),
    )
    (view,) = seen(facts).workspaces or ()
    assert view.prospect is not None
    assert view.prospect.soon
    assert view.prospect.day is not None
    assert view.prospect.day.ago == "1 Sep 2026"
    assert view.prospect.why == "not used since 3 Jun 2026; idle ones stay for 90 days"
    assert view.kept is None
    assert view.keep_label == "Keep for a year"


def test_what_comes_later_is_known_too_and_what_is_over_has_no_day() -> None:
    for days, soon in ((31, False), (-1, True)):
        facts = Facts(
            now=NOW, workspaces=[a_workspace()], servers={}, fates={ID: a_fate(days=days)}
        )
        (view,) = seen(facts).workspaces or ()
        assert view.prospect is not None
        assert (view.prospect.soon, view.prospect.day is None) == (soon, days < 0)
        assert view.keep_label == ""


def test_nothing_comes_while_somebody_works_or_when_it_is_not_known() -> None:
    running = servers(a_server("ngc-5921", workspace=ID, ready=True))
    for found, fates in ((running, {ID: a_fate(days=1)}), (servers(), {})):
        facts = Facts(now=NOW, workspaces=[a_workspace()], servers=found, fates=fates)
        (view,) = seen(facts).workspaces or ()
        assert view.prospect is None


@pytest.mark.parametrize(
    ("days", "trashed", "kept"),
    [(400, False, "6 Sep 2027"), (-1, False, None), (400, True, None), (None, False, None)],
)
def test_until_when_it_is_kept(days: int | None, trashed: bool, kept: str | None) -> None:
    until = None if days is None else NOW + timedelta(days=days)
    found = replace(a_workspace(), keep=until)
    view = seen(Facts(now=NOW, workspaces=[in_trash(found) if trashed else found], servers={}))
    (one,) = (view.trash if trashed else view.workspaces) or ()
    assert (one.kept.ago if one.kept else None) == kept


def test_the_button_keeps_for_no_longer_than_the_policy_allows() -> None:
    short = Policy.model_validate({"workspaces": {"keep_longest": "60 days"}})
    assert (keep_label(short), longest_keep(short)) == ("Keep for 60 days", timedelta(days=60))
    assert longest_keep(Policy()) == timedelta(days=365)


def test_a_dataset_shows_only_what_is_known_of_it() -> None:
    (view,) = seen(Facts(now=NOW, datasets=[a_dataset(source="")])).datasets or ()
    assert view.facts == (("Size", "34 MB"),)
    assert view.suggested == view.title


def test_a_workspace_outlives_its_dataset() -> None:
    (view,) = (
        seen(Facts(now=NOW, workspaces=[a_workspace()], servers={}, datasets=[])).workspaces or ()
    )
    assert view.title == "ngc5921"


def test_a_free_name_counts_on() -> None:
    assert free_name("M 31", set()) == "M 31"
    assert free_name("M 31", {"M 31", "M 31 2"}) == "M 31 3"


def of_running(active: datetime, written: IdleFacts = IdleFacts(), hours: float = 12) -> IdleView:  # noqa: B008
    running = servers(a_server("first", workspace=ID, ready=True, active=active))
    rule = Rule(idle=timedelta(hours=hours), keep=timedelta(days=7))
    facts = Facts(
        now=NOW, workspaces=[a_workspace()], servers=running, rule=rule, idle={"first": written}
    )
    (view,) = seen(facts).workspaces or ()
    assert view.session.idle is not None
    return view.session.idle


def test_an_idle_session_says_when_it_stops_and_for_how_long_it_can_be_kept() -> None:
    comes = of_running(NOW - timedelta(hours=8))
    assert comes.soon
    assert comes.stops
    assert (comes.stops.ago, comes.since.ago) == ("18:03 UTC", "06:03 UTC")
    assert [each.label for each in comes.offers] == ["tomorrow", "Wednesday", "9 Aug"]
    assert not of_running(NOW - timedelta(hours=5)).soon


def test_a_session_that_is_kept_says_until_when() -> None:
    until = NOW + timedelta(days=1)
    comes = of_running(NOW - timedelta(hours=20), IdleFacts(until))
    assert comes.kept
    assert (comes.kept.ago, comes.soon) == ("3 Aug 14:03 UTC", False)
    assert of_running(NOW, IdleFacts(NOW)).kept is None


def test_why_a_session_goes_on_is_told_as_long_as_its_time_is_over() -> None:
    written = IdleFacts(hindrance="No checkpoint could be made.")
    assert of_running(NOW - timedelta(hours=13), written).hindrance
    assert of_running(NOW, written).hindrance == ""


def test_a_site_that_stops_no_session_says_nothing_of_it() -> None:
    running = servers(a_server("first", workspace=ID, ready=True, active=NOW))
    never = Rule(idle=timedelta(0), keep=timedelta(days=7))
    for rule in (never, None):
        facts = Facts(now=NOW, workspaces=[a_workspace()], servers=running, rule=rule)
        (view,) = seen(facts).workspaces or ()
        assert view.session.idle is None
