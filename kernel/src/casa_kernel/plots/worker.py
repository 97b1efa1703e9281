"""One thread in which all widgets of a kernel have their questions answered.

It is one because casacore is not thread safe, and another than the cells' so that pictures are
drawn while a cell runs. What is asked again and again while somebody moves (drawings, places) is
answered for the newest question only; what changes something is done in order, and never left out.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from traitlets.log import get_logger

DRAWING: Final = threading.RLock()
"""Held by whoever reads tables or draws for a plot, in a cell or in the thread here."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a kind of question waits.

    Attributes
    ----------
    name : str
        Questions of the same name and owner wait in one lane.
    rank : int
        Lanes of a lower rank go first.
    newest_only : bool
        Whether a question is dropped when another comes before it was begun.
    """

    name: str
    rank: int = 0
    newest_only: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do, or to be told that it will not be done."""

    run: Callable[[], object]
    drop: Callable[[], object] = field(default=lambda: None)


class Worker:
    """The thread, started with the first job; it ends with the process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[tuple[int, str, str], deque[Job]] = {}
        self._thread: threading.Thread | None = None

    def put(self, owner: str, lane: Lane, job: Job) -> None:
        """Have a job done; jobs of different owners do not drop each other."""
        with self._changed:
            jobs = self._waiting.setdefault((lane.rank, lane.name, owner), deque())
            dropped = list(jobs) if lane.newest_only else []
            if lane.newest_only:
                jobs.clear()
            jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="plots", daemon=True)
                self._thread.start()
            self._changed.notify()
        for each in dropped:
            each.drop()

    def forget(self, owner: str) -> None:
        """Leave out what an owner still has waiting."""
        with self._changed:
            for key in [key for key in self._waiting if key[2] == owner]:
                del self._waiting[key]

    def _work(self) -> None:
        while True:
            job = self._next()
            try:
                with DRAWING:
                    job.run()
            except Exception:  # noqa: BLE001 - as it says
                # The front end has its answer from the job itself; the thread serves others, too.
                get_logger().exception("a plot's question failed")

    def _next(self) -> Job:
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            key = min(self._waiting, key=lambda each: each[0])
            jobs = self._waiting[key]
            job = jobs.popleft()
            if not jobs:
                del self._waiting[key]
            return job
