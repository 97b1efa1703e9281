"""A task in value style: what it would change is copied first, into a place that its key names."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import Signature
from pathlib import Path

from blake3 import blake3

from recompute import access, codec
from recompute.engine.lineage import Mark
from recompute.engine.members import members_of
from recompute.engine.workshop import Workshop
from recompute.errors import RecomputeError
from recompute.model import Json, Key, Outcome, Output, Record, Request, state_of
from recompute.values.naming import filled_in, moved, readable, written_to
from recompute.values.value import Value

Arguments = dict[str, object]
Compute = Callable[[Arguments], Outcome]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step whose place is known.

    Attributes
    ----------
    sources : mapping
        Path in the step's place to what it is a copy of, before the step changes it.
    request : Request
        With all that is written in the step's place.
    """

    key: Key
    name: str
    place: Path
    arguments: Arguments
    sources: Mapping[Path, Path]
    request: Request


class ValueStyle:
    """Runs tasks so that nothing that was made is ever changed.

    Parameters
    ----------
    shop : Workshop
        What to work with.
    place : Path
        Where values are.
    """

    def __init__(self, shop: Workshop, place: Path) -> None:
        self._shop = shop
        self._place = place

    def call(
        self, task: str, given: Arguments, signature: Signature, compute: Compute
    ) -> Value | Outcome:
        """Return the value of a task, or its outcome if it makes no file.

        Parameters
        ----------
        given : dict
            The task's arguments by name; values may be among them.
        compute : callable
            Runs the task with plain arguments.

        Raises
        ------
        RecomputeError
            The task cannot be memoised; the message says why.
        BaseException
            What the task raises; nothing is left of it.
        """
        used = _values(given)
        for each in used:
            self._ensure(each)
        step = self._step(task, given, signature, used)
        record = self._shop.store.record(step.key)
        if record is not None:
            return self._value(step, record, cached=True)
        with self._shop.store.computing(step.key):
            record = self._shop.store.record(step.key)
            if record is not None:
                return self._value(step, record, cached=True)
            return self._value(step, self._computed(step, compute), cached=False)

    def _ensure(self, value: Value) -> None:
        """Put a value back that somebody changed or removed."""
        for path, mark in value.parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._shop.ensure(path, mark, self._shop.observer.tree(path))

    def _step(self, task: str, given: Arguments, signature: Signature, used: list[Value]) -> _Step:
        plain = filled_in(task, _plain(given))
        asked = access.request(
            task, plain, signature=signature, cwd=Path.cwd(), versions=access.versions()
        )
        if asked.why_not:
            raise RecomputeError(f"{task} cannot be memoised in value style: {asked.why_not}.")
        key = self._key(asked, used)
        place = self._place / key[:32]
        written = written_to(asked)
        moves = {path: place / path.name for path in written}
        arguments = moved(plain, moves, Path.cwd())
        request = access.request(
            task, arguments, signature=signature, cwd=Path.cwd(), versions=access.versions()
        )
        sources = {moves[path]: path for path in written if written[path].depends}
        return _Step(key, readable(task, written, used), place, arguments, sources, request)

    def _key(self, asked: Request, used: list[Value]) -> Key:
        """Return what a step depends on: values by what they are, not by where they stand."""
        members = members_of(asked.touches, lambda _directory: ())
        states: dict[str, Json] = {
            each.name: state_of(self._shop.observer.tree(each.path))
            for each in members
            if each.use.depends
        }
        text = json.dumps(
            {
                "values": str(self._place),
                "task": asked.task,
                "parameters": dict(asked.parameters),
                "versions": dict(asked.versions),
                "states": states,
            },
            sort_keys=True,
        )
        for each in used:
            text = text.replace(json.dumps(str(each.path))[1:-1], each.name)
        return Key(blake3(text.encode(errors="surrogateescape")).hexdigest())

    def _computed(self, step: _Step, compute: Compute) -> Record:
        shutil.rmtree(step.place, ignore_errors=True)  # of a process that died
        step.place.mkdir(parents=True)
        try:
            for path, source in step.sources.items():
                tree = self._shop.observer.tree(source)
                if tree is not None:
                    self._shop.ensure(path, self._shop.keep(source, tree), None)
            begun = time.monotonic()
            outcome = compute(step.arguments)
            return self._published(step, outcome, time.monotonic() - begun)
        except BaseException:
            shutil.rmtree(step.place)
            raise

    def _published(self, step: _Step, outcome: Outcome, seconds: float) -> Record:
        record = Record(
            key=step.key,
            task=step.request.task,
            parameters=step.request.parameters,
            versions=step.request.versions,
            outputs=tuple(self._outputs(step)),
            seconds=seconds,
            created=datetime.now(UTC),
            result=codec.encode(outcome.result),
            log=outcome.log,
        )
        return self._shop.store.publish(record, outcome.figures)

    def _outputs(self, step: _Step) -> list[Output]:
        outputs = []
        for member in members_of(step.request.touches, lambda _directory: ()):
            if member.use.writes:
                mark = self._shop.keep(member.path, self._shop.observer.tree(member.path))
                outputs.append(
                    Output(slot=member.slot, ending=member.ending, tree=mark.tree, state=mark.state)
                )
        return outputs

    def _value(self, step: _Step, record: Record, *, cached: bool) -> Value | Outcome:
        result = codec.decode(record.result)
        touched = {each.slot: each.path for each in step.request.touches}
        parts = {
            touched[each.slot].parent / f"{touched[each.slot].name}{each.ending}": Mark(
                each.state, each.tree
            )
            for each in record.outputs
            if each.tree is not None
        }
        if not parts:
            return Outcome(result, record.log)
        value = Value(
            path=touched[record.outputs[0].slot],
            name=step.name,
            result=result,
            log=record.log,
            key=record.key,
            parts=parts,
            cached=cached,
        )
        self._ensure(value)
        return value


def _values(thing: object) -> list[Value]:
    if isinstance(thing, Value):
        return [thing]
    if isinstance(thing, dict):
        thing = list(thing.values())
    return [each for part in thing for each in _values(part)] if isinstance(thing, list) else []


def _plain(given: Arguments) -> Arguments:
    return {name: _path(value) for name, value in given.items()}


def _path(thing: object) -> object:
    if isinstance(thing, Value):
        return str(thing.path)
    return [_path(each) for each in thing] if isinstance(thing, list | tuple) else thing
