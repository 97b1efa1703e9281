"""A round that is killed at each of its boundaries: what follows ends where it would have ended."""

import os
import uuid
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from tests_collector import DAY, HOUR, CollectedSite
from tests_crashes import DirectoryVictim, ModelVictim, Victim
from tests_provisioner import Clock, silent
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.model import CheckpointKind, CheckpointName, Workspace, WorkspaceState
from zfs_provisioner.storage import open_places, trees

Content = dict[str, bytes]
Seen = tuple[WorkspaceState, Content, set[tuple[CheckpointKind, str]]]
OWNER = "alice"


@pytest.fixture(params=["model", "directory"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Victim]:
    """Return a new storage at each call."""
    numbers = count()

    def make() -> Victim:
        place = tmp_path / f"{next(numbers)}"
        return ModelVictim(place) if request.param == "model" else DirectoryVictim(place)

    return make


@pytest.fixture(autouse=True)
def without_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written survives a kill without being flushed, and flushing waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _file: None)
    monkeypatch.setattr(trees, "flush", lambda _path: None)
    # Each action looks who has files open, and there are other processes by the hundred here.
    monkeypatch.setattr(open_places, "_processes", lambda: [str(os.getpid())])


class Names:
    """Ids that are the same in each trial."""

    def __init__(self) -> None:
        self.origin, self.branch, self.changed, self.stray, self.plain, self.used = (
            str(uuid.uuid5(uuid.NAMESPACE_URL, name))
            for name in ("origin", "branch", "changed", "stray", "plain", "used")
        )


def filled(victim: Victim, clock: Clock, source: Path) -> CollectedSite:
    """Return a house in which the next round has everything to do."""
    site = CollectedSite(victim.open(), clock, source)
    names = Names()
    site.collector.round()
    for number in range(4):
        site.make(names.used, text=f"version {number}")
        clock.advance(HOUR)
    site.checkpoints.take(site.make(names.origin, text="first").id, OWNER)
    first = site.checkpoints.of(names.origin, OWNER)[0].name
    site.workspaces.ensure_branched(
        names.branch, owner=OWNER, origin=names.origin, checkpoint=first, name="B", report=silent
    )
    for each in (names.branch, names.origin):
        site.workspaces.ensure_trashed(each, OWNER)
    stray = site.make(names.stray)
    site.storage.ensure_open(stray)
    (Path(stray.path) / "notes.txt").write_text("kept by no checkpoint yet")
    site.storage.ensure_closed(stray)
    site.make(names.changed, text="changed")
    site.make(names.plain)
    clock.advance(31 * DAY)
    site.use(names.used, text="the last version")
    site.collector.resume()
    kinds = [each.kind for each in site.collector.outlook().actions]
    assert kinds == [ActionKind.TRASH] * 3, "the rest waits for its second look"
    for _ in range(2):
        clock.advance(HOUR)
        site.collector.pause("only look")
        site.collector.round()
    site.collector.resume()
    return site


def finished(site: CollectedSite) -> dict[str, Seen]:
    """Let rounds go by until nothing is left to do, and return what is there."""
    for _ in range(3):
        site.workspaces.close_expired()
        site.collector.round()
        site.clock.advance(HOUR)
    assert site.collector.outlook().actions == ()
    return {each.id: _seen(site, each) for each in site.workspaces.all()}


def _seen(site: CollectedSite, workspace: Workspace) -> Seen:
    def read(name: CheckpointName | None) -> Content:
        with site.storage.reading(workspace, name) as root:
            entries = [one for one in trees.walk(root) if one.is_file]
            return {one.relative: one.path.read_bytes() for one in entries}

    kept = {
        (point.kind, str(sorted(read(point.name).items())))
        for point in site.storage.checkpoints(workspace)
    }
    return workspace.state, read(None), kept


def test_a_killed_round_is_finished_by_the_next_ones(
    fresh: Callable[[], Victim], source: Path
) -> None:
    clock = Clock()
    site = filled(fresh(), clock, source)
    kinds = [each.action.kind for each in site.collector.round()]
    assert kinds == [ActionKind.DESTROY] * 2 + [ActionKind.PRUNE] + [ActionKind.TRASH] * 3
    expected = finished(site)
    names = Names()
    assert expected.keys() == {names.used, names.changed, names.stray, names.plain}
    # A real storage is killed at every boundary of each verb elsewhere; here at some of a round's.
    step = 1 if isinstance(fresh(), ModelVictim) else 5
    for boundary in count(1, step):
        clock = Clock()
        victim = fresh()
        site = filled(victim, clock, source)
        if not victim.killed_at(boundary, site.collector.round):
            break
        storage = victim.open()
        storage.reconcile()
        again = CollectedSite(storage, clock)
        assert finished(again) == expected, f"killed at {boundary}"
        assert victim.leftovers() == []
    assert boundary > 10
