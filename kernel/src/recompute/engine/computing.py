"""A step that has to be computed: what it changes can be put back, what it leaves is recorded."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from recompute import access, codec
from recompute.content import mentions
from recompute.engine.key import key_in
from recompute.engine.lineage import Lineage, Mark
from recompute.engine.members import members_of
from recompute.engine.standing import Book, Standing, kept
from recompute.engine.workshop import Workshop
from recompute.errors import CodecError, StoreFullError
from recompute.model import (
    ABSENT,
    Digest,
    Key,
    Outcome,
    Output,
    Record,
    Request,
    Touch,
    Tree,
    Use,
    state_of,
)

Run = Callable[[], Outcome]


@dataclass(frozen=True, slots=True)
class Left:
    """What a step left at one path.

    Attributes
    ----------
    standing : Standing
        How the path was before.
    tree : Tree or None
        What is there now.
    mark : Mark
        Its state, with the tree if that was kept.
    """

    standing: Standing
    tree: Tree | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Computation:
    """A computed step.

    Attributes
    ----------
    seconds : float
        How long it took.
    stored : int
        Bytes that the step wrote and the store keeps.
    why_not : str
        Why it was not recorded; empty if it was.
    """

    outcome: Outcome
    left: tuple[Left, ...]
    seconds: float
    stored: int = 0
    why_not: str = ""


class Computer:
    """Computes steps.

    Parameters
    ----------
    shop : Workshop
        What to work with.

    Attributes
    ----------
    can_put_back : bool
        Whether everything that the step under way changes was kept, and can be put back.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self.can_put_back = False

    def compute(
        self, request: Request, key: Key, standings: list[Standing], run: Run, book: Book
    ) -> Computation:
        """Run a step where its paths are as it is to find them, and record it.

        The ledger has what it left before the journal lets go of how it was.

        Raises
        ------
        BaseException
            What the step raises; its paths are then as they were before it.
        RecomputeError
            The paths cannot be put as the step is to find them; it was not run.
        """
        safe = [self._safe(each) for each in standings]
        before = {each.member.path: each.lineage.last for each in safe if _changes(each)}
        unkept = [path for path, mark in before.items() if not mark.can_be_put_back]
        self.can_put_back = not unkept
        journal = {path: mark.tree for path, mark in before.items() if path not in unkept}
        journal |= _could_appear(request.touches, journal)
        with self._shop.journal.under_way(journal, durable=True) as settled:
            self._rewind(safe)
            paths = [each.path for each in request.touches]
            watch = access.snapshot(Path.cwd(), paths)
            begun = time.monotonic()
            try:
                outcome = run()
            except BaseException:
                self._restore(request.touches, safe, unkept)
                for each in safe:
                    self._shop.ledger.put(each.member.path, each.lineage)
                settled()
                raise
            seconds = time.monotonic() - begun
            surprise = access.undeclared(watch, access.snapshot(Path.cwd(), paths), request)
            done = self._recorded(request, key, safe, outcome, seconds, _unfit(request, surprise))
            for left in done.left:
                path = left.standing.member.path
                self._shop.ledger.put(path, book(left.standing, left.mark))
            settled()
        return done

    def _safe(self, standing: Standing) -> Standing:
        """Keep what the step is going to change."""
        if standing.is_rewound or not standing.member.use.writes:
            return standing
        try:
            mark = self._shop.keep(standing.member.path, standing.present)
        except StoreFullError:
            return standing
        lineage = kept(standing.lineage, mark)
        if lineage.root == mark:
            self._shop.stay(str(standing.member.path), mark)
        return replace(standing, lineage=lineage)

    def _rewind(self, standings: Iterable[Standing]) -> None:
        for each in standings:
            if each.is_rewound:
                self._shop.ensure(each.member.path, each.lineage.last, each.present)
                self._shop.ledger.put(each.member.path, each.lineage)

    def _restore(
        self, touches: tuple[Touch, ...], standings: list[Standing], unkept: list[Path]
    ) -> None:
        before = {each.member.path: each.lineage.last for each in standings}
        for member in members_of(touches, self._shop.ledger.names):
            mark = before.get(member.path, Mark(ABSENT))
            if member.use.writes and member.path not in unkept:
                self._shop.ensure(member.path, mark, self._shop.observer.tree(member.path))

    def _recorded(
        self,
        request: Request,
        key: Key,
        standings: list[Standing],
        outcome: Outcome,
        seconds: float,
        why_not: str,
    ) -> Computation:
        found = self._found(request.touches, standings)
        why_not = why_not or _changed_inputs(found)
        try:
            result = codec.encode(outcome.result)
        except CodecError as error:
            result, why_not = None, why_not or f"its result cannot be stored: {error}"
        try:
            left = tuple(self._kept(each) for each in found)
        except StoreFullError as error:
            return Computation(outcome, tuple(found), seconds, why_not=why_not or str(error))
        stored = sum(_new_bytes(each) for each in left)
        if why_not:
            return Computation(outcome, left, seconds, stored, why_not)
        record = Record(
            key=key,
            task=request.task,
            parameters=request.parameters,
            versions=request.versions,
            outputs=tuple(_output(each) for each in left if each.standing.member.use.writes),
            seconds=seconds,
            created=datetime.now(UTC),
            result=result,
            log=outcome.log,
        )
        return self._published(record, outcome, left, seconds, stored)

    def _published(
        self,
        record: Record,
        outcome: Outcome,
        left: tuple[Left, ...],
        seconds: float,
        stored: int,
    ) -> Computation:
        here = Path.cwd()
        if _names_its_place(record, left, here):
            record = replace(record, key=key_in(record.key, here), bound={"directory": str(here)})
        try:
            self._shop.store.publish(record, outcome.figures)
        except StoreFullError as error:
            return Computation(outcome, left, seconds, stored, str(error))
        return Computation(outcome, left, seconds, stored)

    def _found(self, touches: tuple[Touch, ...], standings: list[Standing]) -> list[Left]:
        """Look at everything that the step touched, and at what it made."""
        before = {each.member.path: each for each in standings}
        found = []
        for member in members_of(touches, self._shop.ledger.names):
            standing = before.get(member.path) or Standing(member, None, Lineage(Mark(ABSENT)))
            tree = self._shop.observer.tree(member.path)
            found.append(Left(standing, tree, Mark(state_of(tree))))
        return found

    def _kept(self, left: Left) -> Left:
        if not left.standing.member.use.writes:
            return replace(left, mark=left.standing.lineage.last)
        return replace(left, mark=self._shop.keep(left.standing.member.path, left.tree))


def _changes(standing: Standing) -> bool:
    return standing.member.use.writes or standing.is_rewound


def _could_appear(
    touches: Iterable[Touch], before: Mapping[Path, Digest | None]
) -> dict[Path, Digest | None]:
    """Return the members that a family does not have and that the step may make."""
    paths = (
        touch.path.parent / f"{touch.path.name}{ending}"
        for touch in touches
        if touch.use.writes
        for ending in touch.family
    )
    return {path: None for path in paths if path not in before}


def _unfit(request: Request, surprise: list[Path]) -> str:
    if request.why_not:
        return request.why_not
    written = [each for each in surprise if _may_be_its_own(each, request)]
    if written:
        names = ", ".join(str(each) for each in written[:3])
        return f"it wrote {names}, which the declaration of {request.task} does not name"
    return ""


def _may_be_its_own(path: Path, request: Request) -> bool:
    """Tell whether it looks as if a step wrote a path, and not somebody who works beside it.

    Notes, uploads, other people's pictures come and go while a task runs. Of CASA's tasks the
    declarations are tried, so only what is named after what the step touches, or is a table, is
    taken for the step's; of a user's own function, everything is.
    """
    if request.task not in access.known_tasks():
        return True
    names = {each.path.name for each in request.touches}
    return path.name.startswith(tuple(names)) or (path / "table.dat").exists()


def _changed_inputs(left: Iterable[Left]) -> str:
    for each in left:
        member = each.standing.member
        if member.use is Use.READ and each.mark.state != each.standing.base:
            return f"{member.path} changed while it was read"
    return ""


def _output(left: Left) -> Output:
    member = left.standing.member
    return Output(
        slot=member.slot, ending=member.ending, tree=left.mark.tree, state=left.mark.state
    )


def _new_bytes(left: Left) -> int:
    if left.tree is None or not left.standing.member.use.writes:
        return 0
    present = left.standing.present
    old = {each.blob for each in present.files.values()} if present else set()
    new = {each.blob: each.size for each in left.tree.files.values() if each.blob not in old}
    return sum(new.values())


def _names_its_place(record: Record, left: Iterable[Left], here: Path) -> bool:
    """Tell whether what a step left says in writing where it is."""
    name = str(here)
    if name in str(record.result):
        return True
    wanted = [name.encode(errors="surrogateescape")]
    return any(
        each.standing.member.use.writes
        and each.tree is not None
        and mentions(each.standing.member.path, each.tree, wanted)
        for each in left
    )
