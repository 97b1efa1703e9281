"""A long time on one site: users who come and go, an operator, faults; and what must not be lost.

Everything is done and seen through the provisioner's own verbs, so that it runs on any storage.
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from tests_collector import HOUR, CollectedSite
from tests_provisioner import Clock, OpenStorage, silent
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import CheckpointName, Owner, Workspace, WorkspaceState

Kill = Callable[[int, Callable[[], object]], bool]
UNTOUCHED = "flag antenna 7\n"  # in the notes of the release
MOST_OWNED = 3  # workspaces that a user has at a time


@dataclass
class Work:
    """What a user made in a workspace, and what happened to it."""

    owner: str
    text: str = ""
    kept: dict[CheckpointName, str] = field(default_factory=dict)
    used: datetime | None = None
    announced: datetime | None = None
    trashed: datetime | None = None


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong in a round: how often, and how."""

    chance: float
    strike: Callable[["Year"], None]


class Year:
    """A site on which days go by.

    Attributes
    ----------
    counted
        How often what happened.
    pressed
        Whether the pool was ever so full that times were shortened.
    """

    def __init__(
        self,
        open_storage: OpenStorage,
        source: Path,
        policy: Policy,
        *,
        users: int,
        sessions: int,
        seed: int,
    ) -> None:
        self.clock = Clock()
        self._open, self._policy = open_storage, policy
        self.random = random.Random(seed)
        self._users, self._sessions = users, sessions
        self.work: dict[str, Work] = {}
        self.gone: set[str] = set()
        self.counted = Counter[str]()
        self.pressed = False
        self.faults: list[Fault] = []
        self.site = CollectedSite(open_storage(), self.clock, source, policy, ("hub",))
        self._read = 0

    def restart(self) -> None:
        """Begin as a provisioner that was killed."""
        self._note_news()
        storage = self._open()
        storage.reconcile()
        self.site = CollectedSite(storage, self.clock, None, self._policy, ("hub",))
        self._read = 0
        self.counted["restart"] += 1

    def live(self, days: int) -> None:
        """Let days go by."""
        for _day in range(days):
            for _half in range(2):
                for _session in range(self._sessions // 2):
                    self._session()
                self.clock.advance(12 * HOUR)
                self._round()
            self._operate()

    # Users

    def _session(self) -> None:
        number = min(int(self.random.expovariate(5 / self._users)), self._users - 1)
        owner = f"user{number}"
        wid = self._chosen(owner)
        if wid is None:
            return
        try:
            self._use(wid)
        except ProvisionerError as error:
            self.counted[f"refused: {error.code}"] += 1

    def _chosen(self, owner: str) -> str | None:
        """Return a workspace of the owner's to work in, often a new one."""
        owned = self.site.workspaces.owned_by(owner)
        usable = [each.id for each in owned if each.state is WorkspaceState.LIVE]
        if len(usable) < MOST_OWNED and (not usable or self.random.random() < 0.3):
            return self._made(owner)
        return self.random.choice(usable) if usable else None

    def _made(self, owner: str) -> str | None:
        wid = str(uuid.UUID(int=self.random.getrandbits(128)))
        try:
            self.site.workspaces.ensure_created(
                wid, owner=owner, dataset="obs", release="1", name="A", report=silent
            )
        except ProvisionerError as error:
            self.counted[f"refused: {error.code}"] += 1
            return None
        self.work[wid] = Work(owner, used=self.clock.now)
        return wid

    def _use(self, wid: str) -> None:
        work, workspaces = self.work[wid], self.site.workspaces
        workspaces.ensure_leased(
            wid, owner=work.owner, holder="h", session=wid, duration=timedelta(hours=6)
        )
        work.used = self.clock.now
        path = Path(workspaces.get(wid, work.owner).path)
        if self.random.random() < 0.8:
            work.text = f"{self.counted['session']} by {work.owner}"
            (path / "notes.txt").write_text(work.text)
        self.counted["session"] += 1
        if self.random.random() < 0.1:
            made = self.site.checkpoints.take(wid, work.owner)
            work.kept[made.name] = work.text
        if self.random.random() < 0.1:
            return  # the hub died; the lease ends by itself
        workspaces.ensure_released(wid, owner=work.owner, holder="h")
        if self.random.random() < 0.1:
            workspaces.ensure_trashed(wid, work.owner)
            self.counted["trashed by its user"] += 1
        if self.random.random() < 0.05:
            self._undelete(work.owner)

    def _undelete(self, owner: str) -> None:
        owned = self.site.workspaces.owned_by(owner)
        trash = [each for each in owned if each.state is WorkspaceState.TRASHED]
        if trash:
            back = self.random.choice(trash).id
            self.site.workspaces.ensure_undeleted(back, owner)
            self.work[back].used = self.clock.now
            self.counted["undeleted"] += 1

    # The provisioner and its operator

    def _round(self) -> None:
        self.site.collector.hear("hub", {(Owner("nobody"), "s"): self.clock.now})
        struck = [each for each in self.faults if self.random.random() < each.chance]
        if struck:
            self.random.choice(struck).strike(self)
        else:
            self.round()
        self._note_news()
        self._see_that_nothing_is_lost()

    def round(self) -> None:
        """Do what the provisioner does by itself."""
        self.site.workspaces.close_expired()
        self.site.collector.round()
        self.clock.advance(HOUR)
        self.site.collector.round()

    def _operate(self) -> None:
        """Look once a day, and go on if there is nothing behind what it stopped for."""
        stops = self.site.collector.outlook().stops
        for stop in stops:
            self.counted[f"stop: {stop.brake}"] += 1
        if any(each.pauses for each in stops):
            self.site.collector.resume()

    def _note_news(self) -> None:
        news, self._read = self.site.journal[self._read :], len(self.site.journal)
        for event in news:
            work = self.work.get(event.subject)
            self.counted[f"told: {event.verb}"] += 1
            if work is None:
                continue
            if event.verb is Verb.TRASHED:
                work.trashed, work.announced = event.at, None
            elif event.verb is Verb.UNDELETED:
                work.trashed = work.announced = None
            elif event.verb is Verb.ANNOUNCED and work.announced is None:
                work.announced = event.at

    # What must not be lost

    def _see_that_nothing_is_lost(self) -> None:
        there = {each.id: each for each in self.site.workspaces.all()}
        for wid in self.work.keys() - self.gone - there.keys():
            self._may_be_gone(wid, self.work[wid])
            self.gone.add(wid)
        known = sorted(there)
        for wid in self.random.sample(known, min(3, len(known))):
            self.see(there[wid])

    def _may_be_gone(self, wid: str, work: Work) -> None:
        floor = self._policy.trash.floor
        shortest = floor if self.pressed else self._policy.trash.time_unchanged
        assert work.trashed is not None, f"{wid} is gone and was never in trash"
        assert self.clock.now - work.trashed >= shortest, f"{wid} was too short in trash"
        if work.text and not self.pressed:
            assert self.clock.now - work.trashed >= self._policy.trash.time
        assert work.announced is not None, f"nobody told that {wid} goes"
        self.counted["gone"] += 1

    def see(self, found: Workspace) -> None:
        """Compare a workspace and its checkpoints with what its user made."""
        work = self.work[found.id]
        assert self._text(found, None) == work.text
        names = {each.name for each in self.site.storage.checkpoints(found)}
        assert work.kept.keys() <= names
        for name, text in work.kept.items():
            assert self._text(found, name) == text
        self.counted["seen"] += 1

    def _text(self, found: Workspace, checkpoint: CheckpointName | None) -> str:
        with self.site.storage.reading(found, checkpoint) as root:
            notes = (root / "notes.txt").read_text()
        return "" if notes == UNTOUCHED else notes


# What goes wrong


def is_killed(year: Year, kill: Kill) -> None:
    """Be killed somewhere in a round."""
    kill(year.random.randrange(1, 60), year.round)
    year.restart()


def sees_half(year: Year) -> None:
    """See only half of what there is, in one round."""
    storage = year.site.storage
    whole = storage.survey

    def half() -> object:
        found = whole()
        return type(found)(
            residents=found.residents[::2], free=found.free, size=found.size, memo=found.memo
        )

    with mock.patch.object(storage, "survey", half):
        year.site.collector.round()


def has_wrong_clock(year: Year) -> None:
    """Have a clock that is a year ahead for one round, and is set right afterwards."""
    year.clock.jump(365 * 24 * HOUR)
    year.site.collector.round()
    year.clock.jump(-365 * 24 * HOUR)


def hears_nothing(year: Year) -> None:
    """Hear nothing of the hub."""
    year.site.collector.hear("hub", {})
    year.clock.advance(2 * HOUR)
    year.site.collector.round()
