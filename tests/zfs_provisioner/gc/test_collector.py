"""Rounds on a real storage: what goes, what stays, what stops it all, and who is told."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from tests_collector import DAY, HOUR, POLICY, CollectedSite, done
from tests_model import ModelStorage
from tests_model_pool import ModelPool
from tests_provisioner import Clock, OpenStorage
from zfs_provisioner.errors import (
    StorageFullError,
    StorageUnavailableError,
    UnknownWorkspaceError,
    WorkspaceInTrashError,
)
from zfs_provisioner.gc.brakes import Brake
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import CheckpointKind, Owner, WorkspaceState

TRASH, DESTROY, PRUNE = ActionKind.TRASH, ActionKind.DESTROY, ActionKind.PRUNE


@pytest.fixture(params=["model", "here"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(open_storage: OpenStorage, clock: Clock, source: Path) -> CollectedSite:
    made = CollectedSite(open_storage(), clock, source)
    made.collector.round()  # the first one begins the records, and on an empty root nothing waits
    return made


def new() -> str:
    return str(uuid.uuid4())


def test_an_idle_workspace_goes_to_trash_and_then_away_and_each_is_told_before(
    site: CollectedSite, clock: Clock
) -> None:
    changed = site.make(new(), text="mine").id
    assert site.rounds(29) == []
    assert site.told(Verb.ANNOUNCED) == [(Verb.ANNOUNCED, changed)]
    assert done(site.rounds(1)) == [(TRASH, changed)]
    found = site.workspaces.get(changed, "alice")
    assert found.state is WorkspaceState.TRASHED
    assert site.rounds(13) == []
    assert [each.detail for each in site.journal if each.verb is Verb.ANNOUNCED][1].startswith(
        "is destroyed 2026-02-15"
    )
    assert done(site.rounds(1)) == [(DESTROY, changed)]
    with pytest.raises(UnknownWorkspaceError):
        site.workspaces.get(changed, "alice")
    last = site.journal[-1]
    assert (last.verb, last.owner) == (Verb.DESTROYED, "alice")
    assert "in trash since 2026-02-01, where it stays for 14 days" in last.detail
    assert site.counted("done_total", kind="destroy") == 1
    assert site.collector.round() == []


def test_what_was_changed_last_is_in_a_checkpoint_before_trash(site: CollectedSite) -> None:
    made = site.make(new())
    notes = Path(made.path) / "notes.txt"
    site.storage.ensure_open(made)
    notes.write_text("written behind everybody's back")
    site.storage.ensure_closed(made)
    assert done(site.rounds(31)) == [(TRASH, made.id)]
    kept = site.checkpoints.of(made.id, "alice")
    assert [each.kind for each in kept] == [CheckpointKind.FINAL]
    site.workspaces.ensure_undeleted(made.id, "alice")
    site.storage.ensure_open(made)
    assert notes.read_text() == "written behind everybody's back"


def test_undelete_is_possible_until_the_last_moment_and_counts_as_use(
    site: CollectedSite, clock: Clock
) -> None:
    wid = site.make(new(), text="mine").id
    site.rounds(31)
    clock.advance(14 * DAY)
    assert site.collector.round() == []  # past its time, seen once
    site.workspaces.ensure_undeleted(wid, "alice")
    clock.advance(HOUR)
    assert site.collector.round() == []
    assert site.rounds(29) == []
    assert site.workspaces.get(wid, "alice").state is WorkspaceState.LIVE


def test_a_workspace_in_use_stays(site: CollectedSite) -> None:
    wid = site.make(new(), text="mine").id
    year = timedelta(days=365)
    site.workspaces.ensure_leased(wid, owner="alice", holder="h", session="s", duration=year)
    assert site.rounds(300) == []


def test_a_kept_workspace_stays_until_its_time(site: CollectedSite, clock: Clock) -> None:
    wid = site.make(new(), text="mine").id
    site.workspaces.keep(wid, "alice", clock.now + timedelta(days=100))
    assert site.rounds(99) == []
    assert done(site.rounds(1)) == [(TRASH, wid)]
    with pytest.raises(WorkspaceInTrashError):
        site.workspaces.keep(wid, "alice", None)


def test_reports_of_activity_keep_a_session_s_workspace_and_silence_stops_trash(
    open_storage: OpenStorage, clock: Clock, source: Path
) -> None:
    site = CollectedSite(open_storage(), clock, source, expects=("hub",))
    wid, other = site.make(new(), text="mine").id, site.make(new(), "bob", text="mine").id

    def report() -> None:
        site.collector.hear("hub", {(Owner("alice"), "s"): clock.now})

    site.collector.resume()
    for _day in range(40):
        clock.advance(DAY)
        report()
        site.collector.round()
    assert site.workspaces.get(wid, "alice").state is WorkspaceState.LIVE
    assert site.workspaces.get(other, "bob").state is WorkspaceState.TRASHED
    assert done(site.rounds(40)) == [(DESTROY, other)]
    (stop,) = site.collector.outlook().stops
    assert stop.brake is Brake.ACTIVITY
    assert "hub" in stop.why
    # A new provisioner finds in the record what the hub said, to the day.
    again = CollectedSite(open_storage(), clock)
    used = again.workspaces.get(wid, "alice").active
    assert used is not None
    assert clock.now - used <= timedelta(days=42)


def test_checkpoints_thin_out_and_those_of_users_stay(site: CollectedSite, clock: Clock) -> None:
    wid = new()
    site.make(wid)
    for number in range(6):
        site.use(wid, text=f"version {number}")
        clock.advance(2 * HOUR)
    site.checkpoints.take(wid, "alice")
    before = site.checkpoints.of(wid, "alice")
    outcomes = site.rounds()
    assert done(outcomes) == [(PRUNE, wid)]
    after = site.checkpoints.of(wid, "alice")
    assert after == [before[0], *before[-2:]]
    assert site.rounds() == []
    assert site.told(Verb.PRUNED) == [(Verb.PRUNED, wid)]


def test_a_new_provisioner_on_a_full_house_is_quiet_first(
    open_storage: OpenStorage, clock: Clock, source: Path
) -> None:
    site = CollectedSite(open_storage(), clock, source)
    wid = site.make(new(), text="mine").id
    assert site.rounds(31) == []
    (stop,) = site.collector.outlook().stops
    assert stop.brake is Brake.ABSENCE
    assert site.told(Verb.ALARMED) == [(Verb.ALARMED, "root")]
    assert done(site.rounds(2)) == [(TRASH, wid)]


def test_a_clock_that_jumps_pauses_until_an_operator_has_looked(
    open_storage: OpenStorage, site: CollectedSite, clock: Clock
) -> None:
    wid = site.make(new(), text="mine").id
    site.collector.round()
    clock.jump(365 * DAY)
    assert site.rounds() == []
    clock.jump(-365 * DAY)
    assert site.rounds(31) == []
    again = CollectedSite(open_storage(), clock)
    assert again.rounds() == []
    stop = again.collector.outlook().stops[0]
    assert stop.brake is Brake.PAUSED
    assert "jumped forward by 365 days" in stop.why
    again.collector.resume()
    assert done(again.rounds()) == [(TRASH, wid)]


def test_a_house_that_lost_workspaces_is_left_alone(
    site: CollectedSite, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = site.make(new(), text="mine").id, site.make(new(), text="mine").id
    site.collector.round()
    clock.advance(31 * DAY)
    whole = site.storage.survey()
    some = [each for each in whole.residents if each.workspace.id != two]
    with monkeypatch.context() as patched:
        lost = type(whole)(residents=some, free=whole.free, size=whole.size, memo=whole.memo)
        patched.setattr(site.storage, "survey", lambda: lost)
        assert site.collector.round() == []
    assert site.rounds() == []
    assert [each.brake for each in site.collector.outlook().stops] == [Brake.SHRANK]
    site.collector.resume()
    assert {wid for _kind, wid in done(site.rounds())} == {one, two}


def test_too_many_at_once_are_a_fault_until_somebody_says_otherwise(
    open_storage: OpenStorage, clock: Clock, source: Path
) -> None:
    policy = POLICY.model_copy(
        update={"safety": POLICY.safety.model_copy(update={"most_at_least": 1})}
    )
    site = CollectedSite(open_storage(), clock, source, policy)
    site.collector.round()
    two = {site.make(new(), text="mine").id for _ in range(2)}
    assert site.rounds(31) == []
    (stop,) = site.collector.outlook().stops
    assert stop.brake is Brake.TOO_MANY
    assert site.counted("stopped", brake="too_many") == 1
    assert {wid for _kind, wid in done(site.collector.round(allow_many=True))} == two


def test_a_pause_outlives_the_provisioner(
    open_storage: OpenStorage, site: CollectedSite, clock: Clock
) -> None:
    wid = site.make(new(), text="mine").id
    site.collector.pause("moving house")
    assert site.rounds(31) == []
    again = CollectedSite(open_storage(), clock)
    assert again.rounds() == []
    assert [each.why for each in again.collector.outlook().stops] == ["Paused: moving house"]
    again.collector.resume()
    assert done(again.rounds()) == [(TRASH, wid)]
    assert site.told(Verb.PAUSED) == [(Verb.PAUSED, "root")]


def test_the_outlook_is_the_plan_and_changes_nothing(site: CollectedSite, clock: Clock) -> None:
    mine, yours = site.make(new(), text="mine").id, site.make(new(), "bob", text="yours").id
    clock.advance(29 * DAY)
    for _ in range(3):
        seen = site.collector.outlook("alice")
        assert [each.workspace.id for each in seen.coming] == [mine]
    clock.advance(DAY)
    before = len(site.journal)
    seen = site.collector.outlook()
    assert {each.workspace.id for each in seen.actions} == {mine, yours}
    assert len(site.journal) == before
    (fate,) = site.collector.fates("alice")
    assert fate == site.collector.fate(mine, "alice")
    assert fate.fate is not None
    assert fate.fate.due == seen.actions[0].due
    assert "not used since 2026-01-02" in fate.fate.why


def test_what_cannot_be_unmounted_is_reported_and_tried_again_less_and_less_often(
    clock: Clock, source: Path, tmp_path: Path
) -> None:
    pool = ModelPool(tmp_path / "live")
    site = CollectedSite(ModelStorage(pool), clock, source)
    made = site.make(new(), text="mine")
    hour = timedelta(hours=1)
    site.workspaces.ensure_leased(made.id, owner="alice", holder="h", session="s", duration=hour)
    (filesystem,) = pool.mounts
    pool.busy.add(filesystem)
    site.workspaces.ensure_released(made.id, owner="alice", holder="h")
    waits = []
    for _ in range(8):
        (busy,) = site.collector.outlook("alice").busy
        assert "has files of" in busy.why
        waits.append((busy.again - clock.now).total_seconds())
        clock.advance(waits[-1] - 1)
        site.workspaces.close_expired()
        assert site.workspaces.still_open() == [busy]
        clock.advance(1)
        site.workspaces.close_expired()
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert site.told(Verb.LEFT) == [(Verb.LEFT, made.id)]
    pool.busy.clear()
    clock.advance(HOUR)
    site.workspaces.close_expired()
    assert site.collector.outlook().busy == ()
    assert not Path(made.path).exists()


def test_a_pool_too_full_for_a_memo_is_collected_all_the_same(
    site: CollectedSite, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wid = site.make(new(), text="mine").id
    site.workspaces.ensure_trashed(wid, "alice")

    def refuse(_text: str) -> None:
        raise StorageFullError("The pool is full.")

    monkeypatch.setattr(site.storage, "write_memo", refuse)
    assert done(site.rounds(15)) == [(DESTROY, wid)]
    # What stops it still does.
    clock.jump(DAY)
    site.collector.round()
    assert [each.brake for each in site.collector.outlook().stops] == [Brake.CLOCK]


def test_a_storage_that_does_not_say_how_it_is_is_left_alone_with_one_alarm(
    clock: Clock, source: Path, tmp_path: Path
) -> None:
    pool = ModelPool(tmp_path / "live")
    site = CollectedSite(ModelStorage(pool), clock, source)
    site.collector.round()
    wid = site.make(new(), text="mine").id
    clock.advance(31 * DAY)
    pool.state = "SUSPENDED"
    for _ in range(3):
        with pytest.raises(StorageUnavailableError):
            site.collector.round()
    (alarm,) = (each for each in site.journal if each.verb is Verb.ALARMED)
    assert "nobody knows what there is: The pool is SUSPENDED" in alarm.detail
    pool.state = "ONLINE"
    assert done(site.rounds()) == [(TRASH, wid)]
