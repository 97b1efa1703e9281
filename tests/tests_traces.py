"""Deeds of users, operators, strangers and time on a house of workspaces, as data.

A trace is a list of deeds. It can be played on any storage, and what everybody saw can be compared.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests_collector import HOUR, CollectedSite
from tests_provisioner import Clock, OpenStorage, silent
from tests_strangers import Stranger
from zfs_provisioner.errors import ProvisionerError, UnknownWorkspaceError
from zfs_provisioner.gc.plans import Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import Workspace
from zfs_provisioner.residents import Survey
from zfs_provisioner.storage import trees

Deed = tuple[str, int, int]  # what, to which workspace, and a number that says how

_ACTS = 6  # those that every stranger knows; ours on ZFS makes bookmarks, too
WORKSPACES = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"workspace {number}")) for number in range(5)]
OWNERS = ("alice", "bob")
POLICY = Policy.model_validate(
    {
        "workspaces": {"idle": "6 hours", "idle_unchanged": "3 hours", "idle_floor": "3 hours"},
        "trash": {"time": "6 hours", "time_unchanged": "3 hours", "floor": "2 hours"},
        "checkpoints": {"last": 2, "ladder": ["2 hours for 6 hours"]},
        "safety": {
            "apart": "1 hour",
            "notice": "2 hours",
            "absence": "2 days",
            "clock_jump": "30 minutes",
            "most_at_least": 3,
        },
    }
)


def owner_of(number: int) -> str:
    """Return whose workspace it is."""
    return OWNERS[number % len(OWNERS)]


class House:
    """A provisioner on a storage, and everybody who does something there.

    Attributes
    ----------
    free
        The percentage of the pool that the storage is said to have free.
    """

    def __init__(
        self,
        open_storage: OpenStorage,
        stranger: Callable[[Any], Stranger],
        clock: Clock,
        source: Path,
    ) -> None:
        self._open, self._stranger, self.clock = open_storage, stranger, clock
        self.free = 50
        self._acts: set[int] = set()
        self.site = self._begin(source)
        self.outcomes: list[Outcome] = []

    def _begin(self, source: Path | None = None) -> CollectedSite:
        storage = self._open()
        storage.reconcile()
        survey = storage.survey

        def pressed() -> Survey:
            return replace(survey(), free=self.free, size=100)

        storage.survey = pressed  # type: ignore[method-assign]  # a pool that is as full as we want
        self.stranger = self._stranger(storage)
        return CollectedSite(storage, self.clock, source, POLICY)

    def do(self, deed: Deed) -> str:
        """Do a deed; return what its doer sees: a word, or the code of a refusal."""
        what, number, how = deed
        self.outcomes = []
        act: Callable[[int, int], object] = getattr(self, f"_{what}")
        try:
            return str(act(number, how) or "done")
        except ProvisionerError as error:
            return error.code

    # Users

    def _create(self, number: int, how: int) -> None:
        owner = owner_of(number + how // 5)  # now and then it is somebody else's id
        self.site.workspaces.ensure_created(
            WORKSPACES[number], owner=owner, dataset="obs", release="1", name="A", report=silent
        )

    def _branch(self, number: int, how: int) -> None:
        owner = owner_of(number)
        others = [n for n in range(len(WORKSPACES)) if owner_of(n) == owner and n != number]
        origin = WORKSPACES[others[how % len(others)]]
        kept = self.site.checkpoints.of(origin, owner)
        self.site.workspaces.ensure_branched(
            WORKSPACES[number],
            owner=owner,
            origin=origin,
            checkpoint=kept[0].name if kept else "user-20260101T000000Z-1",
            name="B",
            report=silent,
        )

    def _lease(self, number: int, how: int) -> None:
        self.site.workspaces.ensure_leased(
            WORKSPACES[number],
            owner=owner_of(number),
            holder="h",
            session="s",
            duration=timedelta(hours=1 + how),
        )

    def _write(self, number: int, how: int) -> str:
        found = self._found(number)
        if found.lease is None:
            return "not open"
        (Path(found.path) / "notes.txt").write_text(f"version {how}")
        return "done"

    def _checkpoint(self, number: int, _how: int) -> str:
        return self.site.checkpoints.take(WORKSPACES[number], owner_of(number)).kind

    def _release(self, number: int, _how: int) -> str:
        made = self.site.workspaces.ensure_released(
            WORKSPACES[number], owner=owner_of(number), holder="h"
        )
        return made.kind if made else "nothing new"

    def _trash(self, number: int, _how: int) -> None:
        self.site.workspaces.ensure_trashed(WORKSPACES[number], owner_of(number))

    def _undelete(self, number: int, _how: int) -> None:
        self.site.workspaces.ensure_undeleted(WORKSPACES[number], owner_of(number))

    def _keep(self, number: int, how: int) -> None:
        until = self.clock.now + timedelta(hours=6 * how)
        self.site.workspaces.keep(WORKSPACES[number], owner_of(number), until)

    # The provisioner and its operator

    def _round(self, _number: int, _how: int) -> str:
        self.site.workspaces.close_expired()
        self.outcomes = self.site.collector.round()
        return " ".join(
            sorted(
                f"{each.action.kind}-{WORKSPACES.index(each.action.workspace.id)}-{each.done}"
                for each in self.outcomes
            )
        )

    def _restart(self, _number: int, _how: int) -> None:
        self.site = self._begin()

    def _resume(self, _number: int, _how: int) -> None:
        self.site.collector.resume()

    # Time, the pool, and strangers

    def _advance(self, _number: int, how: int) -> None:
        self.clock.advance((1 + how // 3) * HOUR)

    def _jump(self, _number: int, how: int) -> None:
        self.clock.jump((how - 4) * 24 * HOUR)

    def _press(self, _number: int, how: int) -> None:
        self.free = 3 + 5 * how

    def _meddle(self, number: int, how: int) -> str:
        found = self._found(number)
        act = how % _ACTS
        if act in self._acts or not self.site.storage.checkpoints(found):
            return "nothing"
        self._acts.add(act)
        self.stranger.acts[act](found)
        return "done"

    # What is there

    def _found(self, number: int) -> Workspace:
        return self.site.workspaces.get(WORKSPACES[number], owner_of(number))

    def seen(self) -> list[object]:
        """Return what can be seen of each workspace, in the same words on every storage."""
        return [self._seen(number) for number in range(len(WORKSPACES))]

    def _seen(self, number: int) -> object:
        try:
            found = self._found(number)
        except UnknownWorkspaceError:
            return None
        kept = [each.name for each in self.site.storage.checkpoints(found)]
        with self.site.storage.reading(found, None) as root:
            content = {
                each.relative: each.path.read_bytes() for each in trees.walk(root) if each.is_file
            }
        return found.state, found.lease, found.trashed, found.base, kept, sorted(content.items())


_USUAL = {
    "work": 4, "days": 1, "create": 2, "branch": 4, "lease": 1, "write": 2, "release": 1,
    "checkpoint": 1, "trash": 3, "undelete": 1, "keep": 1, "look": 6, "advance": 3, "press": 1,
    "restart": 1, "resume": 1, "meddle": 4, "jump": 0.3,
}  # fmt: skip


_WORK = ["create", "lease", "write", "release"]
_STEPS = {
    "work": _WORK,
    "look": ["advance", "round", "advance", "round"],
    "days": [*_WORK, "advance", *_WORK, *_WORK, *_WORK, "round", "advance", "round"],
}


def trace(seed: int, length: int) -> list[Deed]:
    """Return about so many deeds, as they may follow each other."""
    rng = random.Random(seed)
    deeds: list[Deed] = []
    while len(deeds) < length:
        (what,) = rng.choices(list(_USUAL), list(_USUAL.values()))
        number, how = rng.randrange(len(WORKSPACES)), rng.randrange(10)
        for step in _STEPS.get(what, [what]):
            deeds.append((step, number, how % 5))
            how += 1
    return deeds
