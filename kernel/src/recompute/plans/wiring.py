"""What a plan asks, answered by the store, the books and the eye of its user."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from recompute import access
from recompute.access.definitions import parameters_of
from recompute.batch.past import latest
from recompute.engine.key import key_in, key_of
from recompute.engine.lineage import Here, undone_by
from recompute.engine.members import Member, both
from recompute.engine.standing import known_to_be
from recompute.engine.workshop import Workshop
from recompute.errors import NotInStoreError
from recompute.model import Json, Output, Place, Record, Request, StateId, Step, state_of
from recompute.opening import open_history, open_workshop


class EngineLookup:
    """Answers as the engine would if the pipeline ran now from its top.

    Parameters
    ----------
    workshop : Workshop
        What to look into.
    last : sequence of Step
        The last successful execution of each step of the pipeline.
    pipeline : str
        The script's or notebook's absolute path.
    """

    def __init__(self, workshop: Workshop, last: Sequence[Step], pipeline: str) -> None:
        self._shop = workshop
        self._pipeline = pipeline
        self.last = last

    @property
    def tasks(self) -> Collection[str]:
        """Names of all tasks."""
        return access.known_tasks()

    def parameters(self, task: str) -> Sequence[str]:
        """Return the names of a task's parameters, in order."""
        return tuple(parameters_of(task) or ())

    def request(self, task: str, arguments: Mapping[str, object], cwd: Path) -> Request:
        """Return what a call asks for."""
        return access.request(task, arguments, signature=None, cwd=cwd, versions=access.versions())

    def beginnings(self) -> Mapping[Path, StateId]:
        """Return how each path is that a run would put back before its first step."""
        here = Here(Place(self._pipeline), "a run that is only planned")
        found = {}
        for path in self._shop.ledger.paths(self._pipeline):
            lineage = self._shop.ledger.lineage(path)
            if lineage is None:
                continue
            present = self.state(path)
            known = known_to_be(lineage, present, here, followed=False)
            beginning, _ = undone_by(known, here)
            if beginning.last.state != present:
                found[path] = beginning.last.state
        return found

    def state(self, path: Path) -> StateId:
        """Return the state of what stands at a path now."""
        return state_of(self._shop.observer.tree(path))

    def find(self, request: Request, states: Mapping[Path, StateId]) -> Record | None:
        """Return the record of a step."""
        key = key_of(request, _members(request, states), states)
        store = self._shop.store
        return store.record(key_in(key, Path.cwd())) or store.record(key)

    def result(self, record: Record) -> Json:
        """Return what a task returned, as `recompute.codec` writes it."""
        return record.result

    def is_file(self, output: Output) -> bool | None:
        """Tell whether what a step left is a plain file; None if that is not known."""
        if output.tree is None:
            return None
        try:
            return self._shop.store.tree(output.tree).is_file
        except NotInStoreError:
            return None


def lookup(path: Path) -> EngineLookup:
    """Return what is known of a script or notebook."""
    workshop = open_workshop()
    history = open_history(workshop)
    pipeline = str(path.resolve())
    return EngineLookup(workshop, latest(history.steps(pipeline)), pipeline)


def _members(request: Request, states: Mapping[Path, StateId]) -> list[Member]:
    found: dict[Path, Member] = {}
    for touch in request.touches:
        for ending in touch.family or ("",):
            path = touch.path.parent / f"{touch.path.name}{ending}"
            if path in states:
                member = Member(touch.slot, ending, path, touch.use)
                before = found.get(path)
                found[path] = member if before is None else both(before, member)
    return list(found.values())
