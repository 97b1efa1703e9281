"""Foreseeing steps one by one: each is looked up with the files as they would be by then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from recompute.batch.model import Line
from recompute.model import ABSENT, Json, Record, Request, StateId, Step, Touch, Use
from recompute.plans.model import Fate, Foreseen
from recompute.plans.ports import Lookup
from recompute.plans.why import GONE, previous, why
from recompute.plans.world import Doubtful, Entry, Gone, There, World

# Of a path that is made anew, or of whose beginning nothing is asked.
_ANY: Final = StateId("any")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script gets for its call.

    Attributes
    ----------
    step : int
        The step's number.
    is_known : bool
        Whether the result is.
    result : Json
        By `recompute.codec`.
    """

    step: int
    is_known: bool
    result: Json = None


@dataclass(slots=True)
class _Inputs:
    states: dict[Path, StateId] = field(default_factory=dict)
    doubts: set[int] = field(default_factory=set)


class Planner:
    """Foresees the steps of one run.

    Parameters
    ----------
    lookup : Lookup
        What is known.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.world = World(lookup.state)
        self.steps: list[Foreseen] = []
        self._taken: set[int] = set()
        for path, state in lookup.beginnings().items():
            self.world.put(path, Gone() if state == ABSENT else There(state))

    def step(
        self, request: Request, where: Line, cwd: Path, doubts: Mapping[str, int] | None = None
    ) -> Answer:
        """Foresee a step.

        Parameters
        ----------
        request : Request
            What is asked for.
        cwd : Path
            The working directory.
        doubts : mapping, optional
            Parameters whose values depend on the result of a step that would run, to its number.
        """
        inputs = self._inputs(request)
        inputs.doubts |= set((doubts or {}).values())
        before = previous(request, self._lookup.last, self._taken)
        record = self._found(request, inputs)
        reason = "" if record else self._reason(request, inputs, doubts or {}, before)
        number = len(self.steps) + 1
        fate = Fate.CACHED if record else Fate.DEPENDS if inputs.doubts else Fate.RUNS
        cost = record.seconds if record else before.cost if before else self._usual(request.task)
        self.steps.append(
            Foreseen(
                number=number,
                task=request.task,
                where=where,
                fate=Fate.RUNS if request.why_not else fate,
                why=reason,
                seconds=cost,
                writes=tuple(_shown(t, cwd) for t in request.touches if t.use.writes),
            )
        )
        if record is None:
            self._blur(request, number)
            return Answer(number, is_known=False)
        self._apply(request, record)
        return Answer(number, is_known=True, result=self._lookup.result(record))

    def _found(self, request: Request, inputs: _Inputs) -> Record | None:
        if request.why_not or inputs.doubts:
            return None
        return self._lookup.find(request, inputs.states)

    def _reason(
        self, request: Request, inputs: _Inputs, doubts: Mapping[str, int], before: Step | None
    ) -> str:
        if request.why_not:
            return f"it is not memoised: {request.why_not}"
        if doubts:
            return ", ".join(f"{name} comes from step {step}" for name, step in doubts.items())
        if 0 in inputs.doubts:
            return "it reads within files that the run has changed by then"
        told = why(request, inputs.states, before)
        if inputs.doubts and told == GONE:
            steps = ", ".join(str(each) for each in sorted(inputs.doubts))
            return f"unless what step {steps} leaves is as it was"
        return told

    def _usual(self, task: str) -> float | None:
        costs = [each.cost for each in self._lookup.last if each.task == task]
        return costs[-1] if costs else None

    def _inputs(self, request: Request) -> _Inputs:
        inputs = _Inputs()
        for touch in request.touches:
            if touch.family:
                self._add_family(touch, inputs)
            else:
                self._add(touch, touch.path, inputs)
        return inputs

    def _add_family(self, touch: Touch, inputs: _Inputs) -> None:
        for ending in touch.family:
            path = touch.path.parent / f"{touch.path.name}{ending}"
            there = self.world.is_there(path)
            if isinstance(there, Doubtful):
                inputs.doubts.add(there.step)
            elif there:
                self._add(touch, path, inputs)

    def _add(self, touch: Touch, path: Path, inputs: _Inputs) -> None:
        if not touch.use.depends and touch.use is not Use.CREATE:
            inputs.states.setdefault(path, _ANY)
            return
        state = self.world.state(path)
        if not isinstance(state, Doubtful):
            inputs.states[path] = state
        elif touch.use is Use.CREATE and state.certain:
            inputs.states[path] = _ANY
        else:
            inputs.doubts.add(state.step)

    def _apply(self, request: Request, record: Record) -> None:
        slots = {each.slot: each for each in request.touches}
        for output in record.outputs:
            path = _member(slots[output.slot], output.ending)
            entry: Entry = Gone()
            if output.state != ABSENT:
                entry = There(output.state, is_file=self._lookup.is_file(output))
            self.world.put(path, entry)

    def _blur(self, request: Request, number: int) -> None:
        for touch in request.touches:
            if not touch.use.writes:
                continue
            for ending in touch.family:
                self.world.put(_member(touch, ending), Doubtful(number, certain=False))
            if not touch.family:
                self.world.put(touch.path, Doubtful(number, certain=True))


def _member(touch: Touch, ending: str) -> Path:
    return touch.path.parent / f"{touch.path.name}{ending}"


def _shown(touch: Touch, cwd: Path) -> str:
    path = touch.path
    name = str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)
    return f"{name}.*" if touch.family else name
