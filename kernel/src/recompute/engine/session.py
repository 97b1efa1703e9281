"""The memoised steps of one script or notebook in one process."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from recompute.engine.computing import Run
from recompute.engine.lineage import Here
from recompute.engine.rewinding import Rewinder, Rewound, said_of
from recompute.engine.standing import known_to_be
from recompute.engine.stepping import Circumstances, Diary, Done, Stepper
from recompute.engine.workshop import Workshop
from recompute.model import Place, Request, state_of
from recompute.put import sweep


class Session:
    """The memoised steps of one pipeline in one process.

    Parameters
    ----------
    shop : Workshop
        What to work with.
    diary : Diary
        Receives every step.
    pipeline : str
        The script's or notebook's absolute path, or a name.
    run : str
        An id of this run.

    Notes
    -----
    Steps may be called from several threads; those that touch the same path wait for each other.
    """

    def __init__(self, shop: Workshop, diary: Diary, *, pipeline: str, run: str) -> None:
        self._shop = shop
        self._rewinder = Rewinder(shop)
        self._stepper = Stepper(shop, diary, self._rewinder)
        self._run = run
        self._executions = 0
        self._number = 0
        self._here = Here(Place(pipeline), run)
        self._followed: set[Path] = set()
        self._swept: set[Path] = set()
        self._thread = threading.local()
        self._lock = threading.Lock()

    @property
    def pipeline(self) -> str:
        """Whose steps these are."""
        return self._here.place.pipeline

    @property
    def run(self) -> str:
        """The id of this run."""
        return self._run

    @property
    def is_inside(self) -> bool:
        """Whether a step is under way: what it calls is a part of it, and runs plainly."""
        return getattr(self._thread, "is_inside", False)

    @property
    def can_put_back(self) -> bool:
        """Whether everything that the step under way changes can be put back if it is ended.

        Not so if the store had no room for it.
        """
        return self.is_inside and self._stepper.can_put_back

    def begin(
        self, cell: str, order: Iterable[str] = (), deleted: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Begin the execution of a notebook's cell; what it changed before is put back.

        Parameters
        ----------
        cell : str
            Its id.
        order : iterable of str
            The ids of the notebook's cells, from the top, as far as they are known.
        deleted : frozenset of str
            Cells that are no longer in it.

        Returns
        -------
        tuple of str
            What the user has to know.

        Raises
        ------
        RecomputeError
            Something cannot be put back; nothing was, and the cell's first step tries again.
        """
        self._executions += 1
        self._here = Here(
            Place(self.pipeline, cell),
            f"{self._run}/{self._executions}",
            {each: number for number, each in enumerate(order)},
            deleted,
        )
        self._followed = {each for each in self._followed if self._is_as_known(each)}
        if not cell:
            return ()
        rewound = self._rewinder.to_the_cell(self._here)
        self._followed |= {each.path for each in rewound}
        return tuple(said for each in rewound if (said := said_of(each, self._here)))

    def note(self) -> None:
        """Note what the code between steps changed, at the end of a cell or a script."""
        for path in sorted(self._followed):
            known = self._shop.ledger.lineage(path)
            if known is not None:
                state = state_of(self._shop.observer.tree(path))
                lineage = known_to_be(known, state, self._here, followed=True)
                if lineage is not known:
                    self._shop.ledger.put(path, lineage)

    def call(self, request: Request, run: Run) -> Done:
        """Put a step's outcome in place if it is known, else compute and record it.

        Parameters
        ----------
        request : Request
            What is asked for.
        run : callable
            Computes it, in place.

        Raises
        ------
        BaseException
            What the step raises; its paths are then as they were before it.
        RecomputeError
            The paths cannot be put as the step is to find them; nothing was done.
        """
        if self.is_inside:
            raise RuntimeError("A step is under way, and what it calls is a part of it.")
        notes = self._recovered({each.path.parent for each in request.touches})
        with self._lock:
            self._number += 1
            about = Circumstances(self._here, self._run, self._number, frozenset(self._followed))
        self._thread.is_inside = True
        try:
            done = self._stepper.do(request, run, about)
        finally:
            self._thread.is_inside = False
            with self._lock:  # of a step that failed as well: it saw them
                self._followed |= {each.path for each in request.touches}
        with self._lock:
            self._followed |= {Path(each.path) for each in done.step.changes}
        return replace(done, notes=(*notes, *done.notes))

    def restart(self) -> list[Rewound]:
        """Let every path be as it was before this pipeline first touched it.

        Raises
        ------
        RecomputeError
            A path cannot be put back; none was.
        """
        known = self._shop.ledger.paths(self.pipeline)
        self._recovered({each.parent for each in known})
        rewound = self._rewinder.to_the_top(self._here)
        self._followed |= {each for each in known if self._is_as_known(each)}
        return rewound

    def rewind(self, path: Path) -> Rewound:
        """Let one path be as it was before any step changed it."""
        return self._rewinder.before(path.absolute(), self._here)

    def undo(self) -> list[Path]:
        """Take the last putting back of this pipeline back; return the paths."""
        return self._rewinder.undo(self.pipeline)

    def _is_as_known(self, path: Path) -> bool:
        known = self._shop.ledger.lineage(path)
        return known is not None and known.last.state == state_of(self._shop.observer.tree(path))

    def _recovered(self, directories: set[Path]) -> list[str]:
        """Set right what dead processes left, in the books and in directories."""
        for each in directories - self._swept:
            if each.is_dir():
                sweep(each)
                self._swept.add(each)
        paths, failed = self._shop.recover()
        notes = [
            f"{each} was being changed when its process died: it is as before that step again."
            for each in paths
        ]
        return notes + failed
