"""A single step: what is asked for is put in place, or computed and recorded, and booked."""

import time
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from recompute import codec
from recompute.engine.computing import Computer, Run
from recompute.engine.key import key_in, key_of
from recompute.engine.lineage import Entry, Here, Lineage, Mark
from recompute.engine.members import Member, members_of
from recompute.engine.replaying import Replayer, placed_by
from recompute.engine.rewinding import Rewinder, Rewound, said_of
from recompute.engine.standing import Standing, Surveyor
from recompute.engine.workshop import Workshop
from recompute.errors import InUseError, StoreError
from recompute.model import Change, Key, Outcome, Record, Request, Step, Verdict, state_of


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was asked for, and is done.

    Attributes
    ----------
    outcome : Outcome
        What it gives, computed or replayed.
    step : Step
        What became of it.
    notes : tuple of str
        What its user has to know.
    """

    outcome: Outcome
    step: Step
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What became of it."""
        return self.step.verdict

    @property
    def saved(self) -> float:
        """Seconds that were saved."""
        cached = self.verdict is Verdict.CACHED
        return max(0.0, self.step.cost - self.step.seconds) if cached else 0.0


class Diary(Protocol):
    """Keeps the steps of pipelines; implemented by `recompute.history`."""

    def append(self, step: Step) -> None:
        """Keep one more step."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a step stands.

    Attributes
    ----------
    run : str
        The run's id.
    number : int
        Of the step in the run, from 1.
    followed : set of Path
        Paths that nobody else changed since this execution began.
    """

    here: Here
    run: str
    number: int
    followed: AbstractSet[Path]


@dataclass(frozen=True, slots=True)
class _Asked:
    request: Request
    key: Key
    standings: list[Standing]
    about: Circumstances
    started: datetime
    begun: float
    produces: bool

    def lineage(self, standing: Standing, mark: Mark) -> Lineage:
        """Return the lineage of a path that the step left in some state."""
        here = self.about.here
        entry = Entry(mark, here.place, here.execution, self.request.task)
        return standing.lineage.then(entry) if self.produces else standing.lineage


class Stepper:
    """Does steps.

    Parameters
    ----------
    shop : Workshop
        What to work with.
    diary : Diary
        Receives every step.
    rewinder : Rewinder
        Notes what a step is about to put back.
    """

    def __init__(self, shop: Workshop, diary: Diary, rewinder: Rewinder) -> None:
        self._shop = shop
        self._diary = diary
        self._rewinder = rewinder
        self._surveyor = Surveyor(shop.observer, shop.ledger)
        self._computer = Computer(shop)
        self._replayer = Replayer(shop)

    @property
    def can_put_back(self) -> bool:
        """Whether everything that the step under way changes can be put back."""
        return self._computer.can_put_back

    def do(self, request: Request, run: Run, about: Circumstances) -> Done:
        """Put a step's outcome in place if it is known, else compute and record it.

        Raises
        ------
        BaseException
            What the step raises; its paths are then as they were before it.
        RecomputeError
            The paths cannot be put as the step is to find them; nothing was done.
        """
        started, begun = datetime.now(UTC), time.monotonic()
        members = members_of(request.touches, self._shop.ledger.names)
        produces = any(each.use.writes for each in request.touches)
        rewind = produces or about.here.is_script
        with self._held(request, members, exclusively=rewind):
            standings = self._surveyor.survey(members, about.here, about.followed, rewind=rewind)
            self._rewinder.note_undoable(about.here.place.pipeline, standings)
            states = {each.member.path: each.base for each in standings}
            key = key_of(request, members, states)
            asked = _Asked(request, key, standings, about, started, begun, produces)
            return self._done(asked, run, _remarks(standings, about.here))

    def _held(
        self, request: Request, members: tuple[Member, ...], *, exclusively: bool
    ) -> AbstractContextManager[None]:
        paths = {each.path for each in request.touches} | {each.path for each in members}
        # A path that is only read may have to be put back first.
        return self._shop.ledger.held(
            reads=() if exclusively else paths, writes=paths if exclusively else ()
        )

    def _done(self, asked: _Asked, run: Run, notes: list[str]) -> Done:
        if asked.request.why_not:
            return self._computed(asked, run, notes)
        done = self._replayed(asked, notes)
        if done is not None:
            return done
        with self._shop.store.computing(asked.key):  # somebody else may be computing just this
            return self._replayed(asked, notes) or self._computed(asked, run, notes)

    def _replayed(self, asked: _Asked, notes: list[str]) -> Done | None:
        record = self._record(asked.key)
        if record is None:
            return None
        placed = placed_by(record, asked.request.touches, asked.standings)
        try:
            figures = tuple(self._shop.store.read(each) for each in record.figures)
            placed = self._replayer.replay(placed, asked.lineage)
        except (InUseError, StoreError) as error:
            notes.append(f"The recorded step was not used, but computed: {error}")
            return None
        outcome = Outcome(codec.decode(record.result), record.log, figures)
        changes = self._booked(asked, [(each.standing, each.mark) for each in placed])
        step = _step(asked, changes, Verdict.CACHED, record.seconds)
        return self._noted(outcome, step, notes)

    def _record(self, key: Key) -> Record | None:
        store = self._shop.store
        return store.record(key_in(key, Path.cwd())) or store.record(key)

    def _computed(self, asked: _Asked, run: Run, notes: list[str]) -> Done:
        begun = time.monotonic()
        try:
            done = self._computer.compute(
                asked.request, asked.key, asked.standings, run, asked.lineage
            )
        except BaseException as error:
            paths = [each.member.path for each in asked.standings]
            self._shop.ledger.enlist(asked.about.here.place.pipeline, paths)
            why = str(error) or type(error).__name__
            self._diary.append(_step(asked, (), Verdict.FAILED, time.monotonic() - begun, why=why))
            raise
        changes = self._booked(asked, [(each.standing, each.mark) for each in done.left])
        verdict = Verdict.UNMEMOISED if done.why_not else Verdict.COMPUTED
        step = _step(asked, changes, verdict, done.seconds, stored=done.stored, why=done.why_not)
        if done.why_not and not asked.request.why_not:
            notes.append(f"{asked.request.task} was not memoised: {done.why_not}.")
        return self._noted(done.outcome, step, notes)

    def _booked(self, asked: _Asked, left: list[tuple[Standing, Mark]]) -> tuple[Change, ...]:
        paths = [standing.member.path for standing, _ in left]
        self._shop.ledger.enlist(asked.about.here.place.pipeline, paths)
        return tuple(self._change(standing, mark) for standing, mark in left)

    def _change(self, standing: Standing, mark: Mark) -> Change:
        tree = self._shop.observer.tree(standing.member.path)
        return Change(
            name=standing.member.name,
            path=str(standing.member.path),
            use=standing.member.use,
            before=standing.base,
            after=mark.state,
            size=tree.size if tree else 0,
        )

    def _noted(self, outcome: Outcome, step: Step, notes: list[str]) -> Done:
        self._diary.append(step)
        return Done(outcome, step, tuple(notes))


def _step(
    asked: _Asked,
    changes: tuple[Change, ...],
    verdict: Verdict,
    cost: float,
    *,
    stored: int = 0,
    why: str = "",
) -> Step:
    return Step(
        run=asked.about.run,
        number=asked.about.number,
        place=asked.about.here.place,
        execution=asked.about.here.execution,
        task=asked.request.task,
        key=asked.key,
        parameters=asked.request.parameters,
        versions=asked.request.versions,
        changes=changes,
        verdict=verdict,
        started=asked.started,
        seconds=time.monotonic() - asked.begun,
        cost=cost,
        stored=stored,
        why=why,
    )


def _remarks(standings: list[Standing], here: Here) -> list[str]:
    """Return what a user has to know of what was found."""
    notes = [
        f"{each.member.path.name} was changed outside of the pipeline: it goes on from there."
        for each in standings
        if each.changed_outside and state_of(each.present) == each.base
    ]
    notes += [
        f"{each.member.path.name} was changed by this cell's own code before it could be put back "
        "to what the cells above left: execute the cell once more."
        for each in standings
        if each.edited_first
    ]
    if not here.is_script:
        notes += [_put_back(each, here) for each in standings if _undoes_others(each, here)]
    return notes


def _undoes_others(standing: Standing, here: Here) -> bool:
    if not (standing.is_rewound and standing.member.use.depends):
        return False  # what is made anew is another anyway
    return any(each.place != here.place for each in standing.undone)


def _put_back(standing: Standing, here: Here) -> str:
    return said_of(Rewound(standing.member.path, standing.undone), here)
