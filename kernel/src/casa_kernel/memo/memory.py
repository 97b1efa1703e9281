"""Memoisation in one notebook: whether it is on, what goes through the engine, what cells show."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recompute import active
from recompute.errors import InUseError, RecomputeError
from recompute.model import Outcome, Place, Request, Verdict
from recompute.words import duration

from casa_kernel.memo import engine
from casa_kernel.memo.board import Board
from casa_kernel.memo.holders import remedy
from casa_kernel.memo.listing import MARK, listing_of, packed, unpacked, without_listing
from casa_kernel.memo.place import Places
from casa_kernel.memo.screen import Screen
from casa_kernel.memo.summary import Cached
from casa_kernel.memo.task import PlainTask

if TYPE_CHECKING:
    from recompute.engine import Done, Rewound, Session

_ROOT: Final = Path("/")


@dataclass(slots=True)
class Tally:
    """What memoisation did since the kernel started.

    Attributes
    ----------
    saved : float
        Seconds.
    """

    steps: int = 0
    cached: int = 0
    saved: float = 0.0

    def add(self, done: "Done") -> None:
        """Count a step."""
        self.steps += 1
        self.cached += done.verdict is Verdict.CACHED
        self.saved += done.saved


@dataclass(frozen=True, slots=True)
class Notebook:
    """What is used of the notebook around a task.

    Attributes
    ----------
    variables : mapping
        The user's.
    let_go : callable
        Gives up the locks of the tables that tools have open.
    versions : callable
        Returns what else a task's outcome depends on, as the user has set it.
    quiet : callable
        A context in which tools log nothing.
    """

    variables: Mapping[str, Any]
    let_go: Callable[[], object]
    versions: Callable[[], Mapping[str, str]]
    quiet: Callable[[], AbstractContextManager[None]]


class NotebookMemory:
    """The memory of one notebook; tasks ask it with every call.

    It is recompute's host: ``recompute.enable()`` in a cell is the same as ``%recompute on``.

    Parameters
    ----------
    places : Places
        Where in the notebook a step stands.
    screen : Screen
        Shows what is replayed.
    notebook : Notebook
        What is around the tasks.

    Attributes
    ----------
    is_on : bool
        Whether tasks are memoised.
    tally : Tally
        What it did so far.
    """

    def __init__(
        self,
        places: Places,
        screen: Screen,
        notebook: Notebook,
    ) -> None:
        self.is_on = False
        self.tally = Tally()
        self._places = places
        self._screen = screen
        self._notebook = notebook
        self._board = Board(screen.display)
        self._session: Session | None = None
        self._wanted = False
        # A user's threads may call tasks side by side; what they show goes into one display.
        self._lock = threading.Lock()

    @property
    def pipeline(self) -> str:
        """The notebook, as the history names it."""
        return self._places.pipeline

    def enable(self) -> "Session":
        """Let tasks be memoised from here on; idempotent.

        Raises
        ------
        StoreError
            The store cannot be used.
        """
        if self._session is None:
            self._session = engine.open_session(self.pipeline)
        if not self.is_on:
            self._begin(self._session, self._places.current())
            active.activate(self._session)
            engine.tell_of_functions(self._told)
            self.is_on = True
        return self._session

    def disable(self) -> None:
        """Let tasks run plainly from here on; idempotent."""
        if self.is_on and self._session is not None:
            self.is_on = False
            active.activate(None)
            engine.tell_of_functions(None)
            self._session.note()

    def enable_with_the_next_cell(self) -> None:
        """Let tasks be memoised from the next cell on, which is told if they cannot be."""
        self._wanted = True

    def described(self) -> list[str]:
        """Return what it is and what it did, in lines."""
        tally = self.tally
        lines = [f"recompute is {'on' if self.is_on else 'off'} in {self.pipeline}"]
        if tally.steps:
            saved = f" · saved {duration(tally.saved)}" if tally.cached else ""
            lines.append(
                f"since the kernel started: {tally.steps} steps, {tally.cached} cached{saved}"
            )
        return lines

    def restart(self) -> "Sequence[Rewound]":
        """Let every path be as it was before this notebook first touched it.

        Raises
        ------
        InUseError
            One of them is open; none was put back.
        """
        session = self.enable()
        if not self._places.current().cell:
            session.begin("")  # what ran until now, ran before the top that comes
        with self._putting_back([_ROOT]):
            return session.restart()

    def undo(self) -> Sequence[Path]:
        """Take the last putting back back.

        Raises
        ------
        UnknownStepError
            There is none.
        InUseError
            A path is open; none was changed.
        """
        session = self.enable()
        with self._putting_back([_ROOT]):
            return session.undo()

    def begin_cell(self) -> None:
        """Let the steps from here on belong to the cell that starts now."""
        place = self._places.begin()
        if place is None:
            return
        self._board.begin()
        wanted, self._wanted = self._wanted, False
        with _telling():
            if wanted:
                self.enable()
            elif self.is_on and self._session is not None:
                self._begin(self._session, place)

    def end_cell(self) -> None:
        """Show what is to be said of the cell's steps, and note what its own code changed."""
        self._board.show()
        if self.is_on and self._session is not None:
            with _telling():
                self._session.note()

    def call(
        self, task: PlainTask, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> object:
        """Return what a task gives, computed or replayed; raises what the task does.

        Raises
        ------
        InUseError
            A table that has to be put back is open; nothing was done.
        """
        session = self.enable()
        if session.is_inside:  # a part of a step of the user's, which is memoised as a whole
            return task(*arguments, **parameters)
        bound = task.bound(arguments, parameters)
        listing = listing_of(bound)
        request = self._request(task, bound, listing)
        can_put_back = partial(_can_put_back, session, request)
        run = _Run(task, arguments, parameters, listing, can_put_back, self._screen)
        with self._putting_back([each.path for each in request.touches]):
            done = session.call(request, run)
        with self._lock:
            return self._shown(task.__name__, done, listing)

    def _told(self, done: "Done") -> None:
        """Say what became of a step of the user's own."""
        with self._lock:
            self.tally.add(done)
            cached = done.verdict is Verdict.CACHED
            self._board.add(Cached(done.step.task, done.saved) if cached else None, done.notes)

    def _request(self, task: PlainTask, bound: dict[str, Any], listing: Path | None) -> Request:
        request = engine.request(
            task.__name__, without_listing(bound), task.__signature__, Path.cwd()
        )
        more = {**self._notebook.versions(), **(MARK if listing is not None else {})}
        return replace(request, versions={**request.versions, **more}) if more else request

    def _shown(self, task: str, done: "Done", listing: Path | None) -> object:
        outcome, cached = done.outcome, done.verdict is Verdict.CACHED
        self.tally.add(done)
        if cached:
            self._screen.replay_log(task, outcome.log)
        if not self._board.is_shown:
            self._screen.show_log()  # it stands above what is said of the steps
        self._board.add(Cached(task, done.saved) if cached else None, done.notes)
        if cached:
            for figure in outcome.figures:
                self._screen.picture(figure)
        return outcome.result if listing is None else unpacked(outcome.result, listing)

    @contextmanager
    def _putting_back(self, paths: Sequence[Path]) -> Iterator[None]:
        """Free paths for the block, and say which variable has to be closed if that does not do."""
        self._notebook.let_go()
        try:
            yield
        except InUseError as error:
            with self._notebook.quiet():
                first = remedy(paths, self._notebook.variables)
            raise InUseError(f"{first}{error}") from error

    def _begin(self, session: "Session", place: Place) -> None:
        # Without the ids of its cells a kernel's life is one run from the top.
        if place.cell:
            self._notebook.let_go()
            said = session.begin(place.cell, self._places.order() or (), self._places.deleted())
            if said:
                self._board.add(None, said)


@dataclass(frozen=True, slots=True)
class _Run:
    """Computes a step in a worker, and keeps what it logs and draws."""

    task: PlainTask
    arguments: tuple[Any, ...]
    parameters: dict[str, Any]
    listing: Path | None
    can_put_back: Callable[[], bool]
    screen: Screen

    def __call__(self) -> Outcome:
        tee = self.screen.tee()
        try:
            answer = self.task.run(
                self.arguments, self.parameters, tee=tee, restored=self.can_put_back()
            )
        finally:
            log = tee.close()
            self.screen.show_log()
        for figure in answer.figures:
            self.screen.picture(figure)
        result = answer.result if self.listing is None else packed(answer.result, self.listing)
        return Outcome(result, log, answer.figures)


def _can_put_back(session: "Session", request: Request) -> bool:
    # What is not declared, nobody knows how to put back.
    return bool(request.touches) and not request.why_not and session.can_put_back


@contextmanager
def _telling() -> Iterator[None]:
    # Around a cell nobody catches an error: it becomes a sentence in it.
    try:
        yield
    except RecomputeError as error:
        print(f"recompute: {error}", file=sys.stderr)
