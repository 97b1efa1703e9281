"""A step as JSON and back, field by field; fields that a newer version adds are ignored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from recompute.model import Change, Key, Place, StateId, Step, Use, Verdict

SCHEMA: Final = 1

# A line's fields are of any JSON type until they are read one by one below.
Fields = Mapping[str, Any]


def to_json(step: Step) -> dict[str, Any]:
    """Return a step's fields as JSON types."""
    return {
        "schema": SCHEMA,
        "run": step.run,
        "number": step.number,
        "execution": step.execution,
        "pipeline": step.place.pipeline,
        "cell": step.place.cell,
        "task": step.task,
        "key": step.key,
        "parameters": dict(step.parameters),
        "versions": dict(step.versions),
        "changes": [_change_to_json(each) for each in step.changes],
        "verdict": step.verdict.value,
        "started": step.started.isoformat(),
        "seconds": step.seconds,
        "cost": step.cost,
        "stored": step.stored,
        "why": step.why,
    }


def from_json(fields: Fields) -> Step:
    """Return the step that `to_json` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is no step: a field is missing or of another type.
    """
    return Step(
        run=str(fields["run"]),
        number=int(fields["number"]),
        execution=str(fields["execution"]),
        place=Place(str(fields["pipeline"]), str(fields["cell"])),
        task=str(fields["task"]),
        key=Key(fields["key"]),
        parameters=dict(fields["parameters"]),
        versions=dict(fields["versions"]),
        changes=tuple(_change_from_json(each) for each in fields["changes"]),
        verdict=Verdict(fields["verdict"]),
        started=datetime.fromisoformat(fields["started"]),
        seconds=float(fields["seconds"]),
        cost=float(fields["cost"]),
        stored=int(fields["stored"]),
        why=str(fields["why"]),
    )


def _change_to_json(change: Change) -> dict[str, Any]:
    return {
        "name": change.name,
        "path": change.path,
        "use": change.use.value,
        "before": change.before,
        "after": change.after,
        "size": change.size,
    }


def _change_from_json(fields: Fields) -> Change:
    return Change(
        name=str(fields["name"]),
        path=str(fields["path"]),
        use=Use(fields["use"]),
        before=StateId(fields["before"]),
        after=StateId(fields["after"]),
        size=int(fields["size"]),
    )
