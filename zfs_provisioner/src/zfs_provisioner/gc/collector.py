"""The collection as the service sees it: rounds, what people ask, and how to stop them."""

import logging
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from zfs_provisioner import naming
from zfs_provisioner.custody import Custody
from zfs_provisioner.errors import InvalidRequestError, ProvisionerError, StorageFullError
from zfs_provisioner.gc import brakes
from zfs_provisioner.gc.brakes import Instant, Stop
from zfs_provisioner.gc.executor import Executor
from zfs_provisioner.gc.fates import circumstances, fate_of
from zfs_provisioner.gc.memory import Memo, Memory, load_memo
from zfs_provisioner.gc.news import News
from zfs_provisioner.gc.outlook import Outlook, WorkspaceFate
from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import Action, Inventory, Left, Outcome, Plan
from zfs_provisioner.gc.policy import Policy, format_duration
from zfs_provisioner.gc.pressure import PoolGauge, free_percent
from zfs_provisioner.gc.tally import Tally
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import Owner, Progress, Workspace, WorkspaceId, WorkspaceState
from zfs_provisioner.residents import Resident, StillOpen, Survey
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.workspaces import Workspaces

log = logging.getLogger(__name__)

COLLECTING: Final = "collecting"  # the stage of a run
UNLIMITED: Final = sys.maxsize  # the budget of a run that an operator asked for
_MEMO_EVERY: Final = timedelta(hours=1)
_ACTIVE_EVERY: Final = timedelta(days=1)  # a record is as exact as that, and written no more often


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one look at the storage came to."""

    inventory: Inventory
    plan: Plan
    stops: tuple[Stop, ...]
    memo: Memo


class Collector:
    """Collects garbage on one root, one round at a time.

    Parameters
    ----------
    root
        The root's name, for the journal.
    expects
        Names of the sources that have to report activity; as long as one is silent, nothing that
        is idle goes to trash.
    steady
        Seconds of a clock that nobody sets, and that runs on while the machine sleeps.
    """

    def __init__(
        self,
        root: str,
        custody: Custody,
        workspaces: Workspaces,
        policy: Policy,
        gauge: PoolGauge,
        tally: Tally,
        *,
        expects: Sequence[str] = (),
        steady: Callable[[], float],
    ) -> None:
        self._custody, self._storage = custody, custody.storage
        self._workspaces = workspaces
        self.policy = policy
        self._gauge, self._tally = gauge, tally
        self._expects = expects
        self._steady = steady
        self._executor = Executor(custody, workspaces)
        self._news = News(custody.journal, custody.clock, root)
        self._memory = Memory()
        self._guard = threading.Lock()
        self._halted = threading.Event()
        self._last: Instant | None = None
        self._latched: Stop | None = None
        self._latest: Survey | None = None

    # Rounds

    def round(
        self,
        report: Report | None = None,
        *,
        allow_many: bool = False,
        budget: int | None = None,
    ) -> list[Outcome]:
        """Look, and do what may be done of the plan.

        Parameters
        ----------
        allow_many
            Go on although more would go to trash at once than a good policy asks for.
        budget
            The most actions; that of the policy for None.

        Raises
        ------
        ProvisionerError
            The storage does not say how it is: nothing, or nothing more, was done.
        """
        with self._guard:
            try:
                found = self._look()
            except ProvisionerError as error:
                self._news.unknown(error.message)
                raise
            wanted = _allowed(found, allow_many=allow_many)
            wanted = wanted[: budget or self.policy.safety.budget]
            self._news.of_round(found.plan, found.stops, self._memory.unannounced(found.plan))
            self._tally.found(found.plan, found.stops)
            self._memory.expect_gone(wanted)
            outcomes = []
            executing = self._executor.execute(
                wanted, found.inventory, self.policy, halted=self._halted.is_set
            )
            for outcome in executing:
                self._note(outcome)
                outcomes.append(outcome)
                if report is not None:
                    report(Progress(stage=COLLECTING, done=len(outcomes), total=len(wanted)))
            self._write_down(found)
            self._tally.completed()
            return outcomes

    def _look(self) -> _Look:
        now = self._custody.clock()
        rules = self.policy.safety
        instant = Instant(wall=now, steady=self._steady())
        jump = brakes.jumped(self._last, instant, rules)
        self._last = instant
        if jump:
            self._memory.seen.clear()  # what was due by another clock was not seen to be due
        survey = self._storage.survey()
        memo = load_memo(survey.memo)
        known = {each.workspace.id for each in survey.residents}
        missing = brakes.shrank(self._memory.known, known) if self._memory.known else None
        self._memory.known = known
        self._latest = survey
        self._gauge.read(survey.free, survey.size)
        self._memory.look(survey, now)
        made = plan(self._inventory(survey, now), self.policy, now)
        self._memory.confirm(made, now)
        inventory = self._inventory(survey, now)
        memo = self._kept(memo, jump or missing, known, now)
        return _Look(
            inventory=inventory,
            plan=made,
            stops=self._stops(memo, made, survey, now),
            memo=memo,
        )

    def _inventory(self, survey: Survey, now: datetime) -> Inventory:
        held_off = {
            identity: f"{each.why} (tried again after {each.until:%H:%M} UTC)"
            for identity, each in self._memory.held_off.items()
            if each.until > now
        }
        return Inventory(
            survey=survey,
            active=self._memory.active,
            seen=self._memory.seen,
            held_off=held_off,
        )

    def _kept(self, memo: Memo, fault: Stop | None, known: set[WorkspaceId], now: datetime) -> Memo:
        """Return the memo as it is to be after this look, and write what must not get lost."""
        new = memo
        if fault is not None and not memo.paused:
            self._latched = fault
            new = new.model_copy(update={"paused": fault.why})
        new = self._quieted(new, known, now)
        if memo.round is None or now - memo.round >= _MEMO_EVERY or new != memo:
            new = new.model_copy(update={"round": now})
        if new != memo:
            try:
                self._storage.write_memo(new.model_dump_json())
            except StorageFullError as error:
                # Collection is what makes room: it goes on with what it knows.
                log.warning("the collection's memo is written later: %s", error)
        return new

    def _quieted(self, memo: Memo, known: Collection[WorkspaceId], now: datetime) -> Memo:
        """Return the memo with a time of quiet if there was no round for long."""
        away = memo.round is None or abs(now - memo.round) > self.policy.safety.absence
        if not (away and known):
            return memo
        return memo.model_copy(update={"quiet_until": now + self.policy.safety.notice})

    def _stops(self, memo: Memo, made: Plan, survey: Survey, now: datetime) -> tuple[Stop, ...]:
        rules = self.policy.safety
        live = sum(each.workspace.state is WorkspaceState.LIVE for each in survey.residents)
        all_of_them = (
            self._latched or brakes.paused(memo.paused),
            brakes.absent(memo.quiet_until, now),
            brakes.silent(self._expects, self._memory.heard, now, rules),
            brakes.too_many(made, live, rules),
        )
        return tuple(each for each in all_of_them if each is not None)

    def _note(self, outcome: Outcome) -> None:
        action = outcome.action
        self._tally.became(outcome)
        if outcome.done:
            self._memory.forget(action)
        else:
            self._memory.hold_off(action.identity, outcome.why, self._custody.clock())
            self._news.refused(outcome)

    def _write_down(self, found: _Look) -> None:
        """Write into the records what was seen to be in use, a day's worth at a time."""
        residents = {each.workspace.id: each for each in found.inventory.survey.residents}
        left = self.policy.safety.budget
        for workspace, at in self._memory.active.items():
            record = residents[workspace].workspace
            if record.active is not None and at - record.active < _ACTIVE_EVERY:
                continue
            if left == 0:
                return
            left -= 1
            try:
                self._workspaces.note_active(workspace, record.spec.owner, at)
            except ProvisionerError as error:
                log.warning("use of workspace %s is written down later: %s", workspace, error)

    # What people ask

    def outlook(self, owner: str | None = None) -> Outlook:
        """Return what a round would do now and what comes, of an owner or of all.

        It looks at the storage, and changes nothing there and nothing that rounds remember.
        """
        with self._guard:
            now = self._custody.clock()
            survey = self._storage.survey()
            made = plan(self._inventory(survey, now), self.policy, now)
            closer = self._closer(survey, made)
            made = plan(self._inventory(closer, now), self.policy, now)
            known = [each.workspace.id for each in survey.residents]
            memo = self._quieted(load_memo(survey.memo), known, now)
            stops = self._stops(memo, made, survey, now)
        wanted = None if owner is None else naming.parse_owner(owner)
        return Outlook(
            at=now,
            actions=_of(wanted, made.actions),
            coming=_of(wanted, made.coming),
            left=_of(wanted, made.left),
            odd=survey.odd if wanted is None else (),
            busy=_of(wanted, self._workspaces.still_open()),
            stops=stops,
            pressure=made.pressure,
            free_percent=free_percent(survey.free, survey.size),
        )

    def _closer(self, survey: Survey, made: Plan) -> Survey:
        """Return the survey with a closer look at what would be touched."""
        wanted = {each.identity for each in made.actions}
        touched = [each for each in survey.residents if each.identity in wanted]
        fresh = {each.identity: each for each in self._storage.look_closer(touched)}
        known = [fresh.get(each.identity, each) for each in survey.residents]
        return replace(survey, residents=known)

    def fates(self, owner: str | None = None) -> list[WorkspaceFate]:
        """Return what becomes of workspaces, an owner's or all, by the last look and records."""
        now = self._custody.clock()
        survey = self._latest or self._storage.survey()
        about = circumstances(self._inventory(survey, now), self.policy, now)
        wanted = None if owner is None else naming.parse_owner(owner)
        residents = {
            each.workspace.id: each
            for each in survey.residents
            if wanted in (None, each.workspace.spec.owner)
        }

        return [
            WorkspaceFate(
                workspace=each.id, fate=fate_of(_with_record(residents.get(each.id), each), about)
            )
            for each in self._storage.workspaces(wanted)
        ]

    def fate(self, workspace: str, owner: str) -> WorkspaceFate:
        """Return what becomes of one workspace, after a close look at it."""
        found = self._custody.found(workspace, owner)
        with self._guard:
            now = self._custody.clock()
            survey = self._storage.survey()
            mine = [each for each in survey.residents if each.workspace.id == found.id]
            about = circumstances(self._inventory(survey, now), self.policy, now)
            fates = [fate_of(each, about) for each in self._storage.look_closer(mine)]
        return WorkspaceFate(workspace=found.id, fate=fates[0] if fates else None)

    def keep(self, workspace: str, owner: str, until: datetime | None) -> Workspace:
        """Keep a workspace until a time that the policy allows; see `Workspaces.keep`.

        Raises
        ------
        InvalidRequestError
            The time is over, or too far away.
        """
        if until is None:
            return self._workspaces.keep(workspace, owner, None)
        now = self._custody.clock()
        longest = self.policy.workspaces.keep_longest
        if until <= now:
            raise InvalidRequestError(
                f"A workspace is kept until a time to come, and it is {now:%Y-%m-%d %H:%M} UTC."
            )
        if until > now + longest:
            raise InvalidRequestError(
                f"A workspace is kept for {format_duration(longest)} at most: name a time until "
                f"{now + longest:%Y-%m-%d %H:%M} UTC, and ask again before it is over."
            )
        return self._workspaces.keep(workspace, owner, until.astimezone(UTC))

    # Activity, and stopping

    def hear(self, source: str, sessions: Mapping[tuple[Owner, str], datetime]) -> None:
        """Take a source's report of when sessions, by owner and name, were last active."""
        with self._guard:
            now = self._custody.clock()
            # A source whose clock is ahead must not keep a workspace for ever.
            told = {key: min(at, now) for key, at in sessions.items()}
            self._memory.hear(source, told, now)

    def pause(self, why: str) -> None:
        """Do nothing more until `resume`; a round under way ends before its next action.

        Raises
        ------
        InvalidRequestError
            It does not say why; whoever finds it paused has to know.
        """
        reason = " ".join(why.split())
        if not (reason and reason.isprintable()):
            raise InvalidRequestError(
                "Say in printable characters why collection is paused: others have to know it."
            )
        self._halted.set()
        try:
            with self._guard:
                memo = load_memo(self._storage.survey().memo)
                paused = memo.model_copy(update={"paused": reason})
                self._storage.write_memo(paused.model_dump_json())
                self._news.tell(Verb.PAUSED, reason)
        finally:
            self._halted.clear()

    def resume(self) -> None:
        """End a pause and a time of quiet: an operator has looked, and all is as it should be."""
        with self._guard:
            self._latched = None
            self._memory.known = None
            memo = Memo(round=self._custody.clock())
            self._storage.write_memo(memo.model_dump_json())
            self._news.tell(Verb.RESUMED, "")


def _allowed(found: _Look, *, allow_many: bool) -> list[Action]:
    stops = [
        each for each in found.stops if not (allow_many and each.brake is brakes.Brake.TOO_MANY)
    ]
    stopped = {kind for each in stops for kind in each.kinds}
    return [each for each in found.plan.actions if each.kind not in stopped]


Owned = TypeVar("Owned", Action, Left, StillOpen)


def _of(owner: Owner | None, those: Sequence[Owned]) -> tuple[Owned, ...]:
    return tuple(each for each in those if owner in (None, each.workspace.spec.owner))


def _with_record(resident: Resident | None, record: Workspace) -> Resident:
    """Return what was seen of a workspace with what its record says now."""
    if resident is None:
        return Resident(workspace=record, identity=0)
    return replace(resident, workspace=record)
