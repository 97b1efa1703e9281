"""What is remembered from one round to the next.

The memo is on the storage; the rest is in memory, and losing it only delays what goes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ValidationError

from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.gc.plans import Action, ActionKind, Plan
from zfs_provisioner.model import Owner, WorkspaceId, WorkspaceState
from zfs_provisioner.residents import Survey
from zfs_provisioner.waiting import longer_each_time

_FIRST_WAIT: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_SLIGHT: Final = 16 * 1024  # bytes; ZFS counts up to so many for a mount that nobody writes to


class Memo(BaseModel):
    """What has to outlive the provisioner.

    Attributes
    ----------
    paused
        Why collection is paused; empty when it is not.
    round
        When the last round was, to the hour.
    quiet_until
        Until when nothing goes after a long absence.
    """

    paused: str = ""
    round: AwareDatetime | None = None
    quiet_until: AwareDatetime | None = None


def load_memo(text: str) -> Memo:
    """Return the memo, or raise StorageDamagedError: what it says is then unknown."""
    try:
        return Memo.model_validate_json(text) if text else Memo()
    except ValidationError as error:
        raise StorageDamagedError(
            f"The collection's memo on the storage is {text[:200]!r}, which the provisioner did "
            "not write. Nothing goes. `zfs-provisioner gc --resume` writes a new one."
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOff:
    """Something that could not be done, and is not tried again before a time."""

    until: datetime
    tries: int
    why: str


@dataclass(slots=True)
class Memory:
    """What earlier rounds saw.

    Attributes
    ----------
    known
        The workspaces that are there as far as we know.
    seen
        Since when something, by its identity, was past its time in each look.
    active
        When workspaces were last seen in use.
    heard
        When each source of activity last reported.
    held_off
        By identity, what failed.
    """

    known: set[WorkspaceId] | None = None
    seen: dict[int, datetime] = field(default_factory=dict)
    active: dict[WorkspaceId, datetime] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    held_off: dict[int, HeldOff] = field(default_factory=dict)
    _written: dict[int, int | None] = field(default_factory=dict)
    _sessions: dict[tuple[Owner, str], datetime] = field(default_factory=dict)
    _announced: set[tuple[int, ActionKind]] = field(default_factory=set)

    def hear(
        self, source: str, sessions: Mapping[tuple[Owner, str], datetime], now: datetime
    ) -> None:
        """Note a source's report: when each owner's sessions were last active."""
        self.heard[source] = now
        for key, at in sessions.items():
            self._sessions[key] = max(at, self._sessions.get(key, at))

    def look(self, survey: Survey, now: datetime) -> None:
        """Note what is in use: mounted, written to since the last look, or reported."""
        written: dict[int, int | None] = {}
        active: dict[WorkspaceId, datetime] = {}
        for each in survey.residents:
            workspace = each.workspace
            if workspace.state is WorkspaceState.TRASHED:
                continue
            written[each.identity] = each.written
            last = self.active.get(workspace.id)
            if each.users or _was_written(self._written.get(each.identity), each.written):
                last = now
            if workspace.session is not None:
                told = self._sessions.get((workspace.spec.owner, workspace.session))
                last = told if last is None or (told is not None and told > last) else last
            if last is not None:
                active[workspace.id] = last
        self.active, self._written = active, written

    def confirm(self, plan: Plan, now: datetime) -> None:
        """Note what was past its time in this look; what no longer is has to begin again."""
        self.seen = {each: self.seen.get(each, now) for each in plan.past_time}

    def unannounced(self, plan: Plan) -> list[Action]:
        """Return what comes and was not told yet, and take it as told."""
        keys = {(each.identity, each.kind): each for each in plan.coming}
        fresh = [action for key, action in keys.items() if key not in self._announced]
        self._announced = set(keys)
        return [each for each in fresh if each.kind is not ActionKind.PRUNE]

    def hold_off(self, identity: int, why: str, now: datetime) -> None:
        """Wait longer after each failure before something is tried again."""
        before = self.held_off.get(identity)
        tries = 1 + (before.tries if before else 0)
        wait = longer_each_time(tries, _FIRST_WAIT, _LONGEST_WAIT)
        self.held_off[identity] = HeldOff(until=now + wait, tries=tries, why=why)

    def expect_gone(self, doomed: Iterable[Action]) -> None:
        """Take no alarm when these are missing in the next look: how far it came may be unknown."""
        if self.known is not None:
            self.known -= {each.workspace.id for each in doomed if each.kind is ActionKind.DESTROY}

    def forget(self, done: Action) -> None:
        """Forget what failed before it was done."""
        self.held_off.pop(done.identity, None)


def _was_written(before: int | None, after: int | None) -> bool:
    """Tell whether somebody wrote between two looks, as far as that is known."""
    return before is not None and after is not None and abs(after - before) > _SLIGHT
