"""Requests killed at every boundary: after a new start and a repeated request, nothing is lost."""

import os
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from tests_crashes import DirectoryVictim, ModelVictim, Victim
from tests_provisioner import INFO, Clock, Mount, Site, silent
from zfs_provisioner.model import CheckpointKind, CheckpointName, WorkspaceState
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.residents import Resident
from zfs_provisioner.storage import trees

Content = dict[str, bytes]
Kept = tuple[CheckpointKind, Content]
OWNER = "alice"


@pytest.fixture(params=["model", "directory", "btrfs"])
def victim(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Victim:
    if request.param == "model":
        return ModelVictim(tmp_path / "live")
    # What was written survives a kill without being flushed, and flushing waits for the whole disk.
    monkeypatch.setattr(os, "fsync", lambda _file: None)
    monkeypatch.setattr(trees, "flush", lambda _path: None)
    if request.param == "directory":
        return DirectoryVictim(tmp_path / "root")
    mount: Mount = request.getfixturevalue("mount")
    return DirectoryVictim(mount("btrfs", "400M") / "root")


class Trial:
    """One workspace and the requests of its owner's client: some before, and the killed one."""

    def __init__(self, site: Site, operation: str) -> None:
        self.site, self.operation = site, operation
        self.id, self.origin = str(uuid.uuid4()), str(uuid.uuid4())

    def prepare(self) -> None:
        OPERATIONS[self.operation][0](self)

    def request(self) -> None:
        OPERATIONS[self.operation][1](self)

    def create(self, workspace: str | None = None) -> None:
        self.site.workspaces.ensure_created(
            workspace or self.id,
            owner=OWNER,
            dataset="obs",
            release="1",
            name="A test",
            report=silent,
        )

    def lease(self, workspace: str | None = None) -> None:
        self.site.workspaces.ensure_leased(
            workspace or self.id,
            owner=OWNER,
            holder="h",
            session="s",
            duration=timedelta(hours=1),
        )

    def work(self, workspace: str | None = None) -> None:
        """Keep one state, and leave another one unkept when the lease expires."""
        wid = workspace or self.id
        self.create(wid)
        self.lease(wid)
        root = Path(self.site.workspaces.get(wid, OWNER).path)
        (root / "notes.txt").write_text("kept")
        self.checkpoint(wid)
        (root / "notes.txt").write_text("not kept")
        (root / "obs.ms" / "table.dat").unlink()
        (root / "obs.ms" / "new").write_text("new")
        self.site.clock.advance(7200)

    def work_on(self) -> None:
        self.work()
        self.lease()

    def work_elsewhere(self) -> None:
        self.work(self.origin)

    def discard(self) -> None:
        self.work()
        self.trash()

    def branch(self) -> None:
        self.site.workspaces.ensure_branched(
            self.id,
            owner=OWNER,
            origin=self.origin,
            checkpoint=self._first(self.origin),
            name="A branch",
            report=silent,
        )

    def checkpoint(self, workspace: str | None = None) -> None:
        self.site.checkpoints.take(workspace or self.id, OWNER)

    def restore(self, *paths: str) -> None:
        self.site.checkpoints.restore(self.id, OWNER, self._first(self.id), silent, paths)

    def restore_path(self) -> None:
        self.restore("obs.ms/table.dat")

    def publish(self) -> None:
        self.site.checkpoints.publish(
            self.id,
            OWNER,
            self._first(self.id),
            dataset="obs",
            release=self.id,
            info=INFO,
            report=silent,
        )

    def trash(self) -> None:
        self.site.workspaces.ensure_trashed(self.id, OWNER)

    def undelete(self) -> None:
        self.site.workspaces.ensure_undeleted(self.id, OWNER)

    def release(self) -> None:
        self.site.workspaces.ensure_released(self.id, owner=OWNER, holder="h")

    def destroy(self) -> None:
        assert self.site.storage.destroy(self._residents()) == []

    def keep_automatically(self) -> None:
        """Keep states that are to go, and one that is the base."""
        self.work()
        found = self.site.workspaces.get(self.id, OWNER)
        self.site.storage.ensure_open(found)
        for number in range(2, 5):
            (Path(found.path) / "notes.txt").write_text(f"kept automatically {number}")
            name = format_checkpoint(CheckpointKind.AUTO, self.site.clock.now, number)
            self.site.storage.take_checkpoint(found, name)
            self.site.storage.update(replace(found, base=name))

    def prune(self) -> None:
        for each in self._residents():
            self.site.storage.destroy_checkpoints(each, each.checkpoints)

    def _residents(self) -> list[Resident]:
        survey = self.site.storage.survey()
        return [each for each in survey.residents if each.workspace.id == self.id]

    def nothing(self) -> None:
        """Prepare nothing."""

    def _first(self, workspace: str) -> str:
        return self.site.checkpoints.of(workspace, OWNER)[0].name


Step = Callable[[Trial], None]
OPERATIONS: dict[str, tuple[Step, Step]] = {
    "create": (Trial.nothing, Trial.create),
    "branch": (Trial.work_elsewhere, Trial.branch),
    "checkpoint": (Trial.work_on, Trial.checkpoint),
    "restore": (Trial.work, Trial.restore),
    "restore_path": (Trial.work, Trial.restore_path),
    "publish": (Trial.work, Trial.publish),
    "trash": (Trial.work, Trial.trash),
    "undelete": (Trial.discard, Trial.undelete),
    "destroy": (Trial.discard, Trial.destroy),
    "prune": (Trial.keep_automatically, Trial.prune),
    "lease": (Trial.create, Trial.lease),
    "release": (Trial.work_on, Trial.release),
}


@dataclass(frozen=True)
class Outcome:
    """What a user sees of a workspace and of what was published from it."""

    content: Content
    kept: list[Kept]
    state: WorkspaceState
    leased: bool
    open: bool
    trashed: bool
    published: list[str]


def outcome(trial: Trial) -> Outcome | None:
    site = trial.site
    if all(each.id != trial.id for each in site.workspaces.all()):
        return None
    found = site.workspaces.get(trial.id, OWNER)

    def read(checkpoint: CheckpointName | None) -> Content:
        with site.storage.reading(found, checkpoint) as root:
            entries = [each for each in trees.walk(root) if each.is_file]
            return {each.relative: each.path.read_bytes() for each in entries}

    (dataset,) = site.archive.datasets()
    return Outcome(
        content=read(None),
        kept=[(each.kind, read(each.name)) for each in site.storage.checkpoints(found)],
        state=found.state,
        leased=found.lease is not None,
        open=Path(found.path).exists(),
        trashed=found.trashed is not None,
        published=[each.digest for each in dataset.releases if each.name == trial.id],
    )


@dataclass(frozen=True)
class Promise:
    """What is there before and after a request that nothing interrupts."""

    before: Outcome | None
    after: Outcome | None
    changed: bool


def promised(trial: Trial) -> Promise:
    trial.prepare()
    before = outcome(trial)
    trial.request()
    after = outcome(trial)
    assert before != after
    return Promise(before, after, after is not None and changed(trial))


def changed(trial: Trial) -> bool:
    return trial.site.workspaces.usage(trial.id, OWNER).changed


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_kill_at_any_boundary_loses_nothing(
    operation: str, victim: Victim, source: Path, clock: Clock
) -> None:
    kill_everywhere(victim, [operation], source, clock)


def test_a_kill_while_it_opens_leaves_nothing(victim: Victim, clock: Clock) -> None:
    for boundary in count(1):
        if not victim.killed_at(boundary, victim.open):
            break
        restarted(victim, clock)
        assert victim.leftovers() == []
    assert boundary > 1


def kill_everywhere(
    victim: Victim, operations: Collection[str], source: Path, clock: Clock
) -> None:
    """Kill operations at their first boundary, at their second, until each runs through.

    They share the starts in between, which take most of the time on ZFS.
    """
    site = Site(victim.open(), clock, source)
    promises = {each: promised(Trial(site, each)) for each in operations}
    alive: set[str] = set()
    for boundary in count(1):
        trials = [Trial(site, each) for each in operations if each not in alive]
        if not trials:
            break
        for trial in trials:
            trial.prepare()
        alive |= {each.operation for each in trials if not victim.killed_at(boundary, each.request)}
        assert boundary > 1 or not alive
        site = restarted(victim, clock)
        assert victim.leftovers() == []
        for trial in trials:
            trial.site = site
            where = f"{trial.operation}, killed at boundary {boundary}"
            assert_nothing_lost(trial, promises[trial.operation], where)
            trial.request()
            assert_kept(trial, promises[trial.operation], where)
        assert victim.leftovers() == []
        assert all(site.archive.verify("obs", name).intact for name in releases(site))


def releases(site: Site) -> set[str]:
    """Return the release of all workspaces, and the newest one."""
    return {"1", site.archive.dataset("obs").newest.name}


def restarted(victim: Victim, clock: Clock) -> Site:
    """Start anew, after starts that were killed at their first boundary, their second and so on."""
    storage = victim.open()
    for boundary in count(1):
        if not victim.killed_at(boundary, storage.reconcile):
            break
    storage = victim.open()
    assert storage.reconcile() == []
    return Site(storage, clock)


def assert_nothing_lost(trial: Trial, promise: Promise, where: str) -> None:
    """Before the request is repeated, the content is the old or the new one, or all is gone."""
    found, before, after = outcome(trial), promise.before, promise.after
    if before is None or after is None:
        assert found in (before, after), where
        return
    assert found is not None, where
    assert found.content in (before.content, after.content), where
    assert all(each in found.kept for each in before.kept if each in after.kept), where


def assert_kept(trial: Trial, promise: Promise, where: str) -> None:
    """All that an uninterrupted run gives, and at most one checkpoint of what is there anyway."""
    found, after = outcome(trial), promise.after
    if after is None:
        assert found is None, where
        return
    assert found is not None, where
    assert replace(found, kept=[]) == replace(after, kept=[]), where
    more = list(found.kept)
    for each in after.kept:
        assert each in more, where
        more.remove(each)
    assert len(more) <= 1, where
    known = [after.content, *(content for _kind, content in after.kept)]
    assert all(content in known for _kind, content in more), where
    if changed(trial) != promise.changed:
        assert [content for _kind, content in more] == [found.content], where
