"""What a step's outcome depends on, as one digest."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.engine.members import Member
from recompute.model import ABSENT, Json, Key, Request, StateId, Use

# Another number makes every earlier record unreachable: for when keys, states or declarations
# come to mean something else.
_SCHEMA: Final = 1


def key_of(request: Request, members: Iterable[Member], states: Mapping[Path, StateId]) -> Key:
    """Return the key of a step.

    Parameters
    ----------
    request : Request
        What is asked for.
    members : iterable of Member
        The paths that it touches.
    states : mapping
        What stands at each of them.
    """
    material: dict[str, Json] = {
        "schema": _SCHEMA,
        "task": request.task,
        "parameters": dict(request.parameters),
        "versions": dict(request.versions),
        "states": {
            each.name: counts for each in members if (counts := _counts(each, states[each.path]))
        },
    }
    return Key(_digest(material))


def key_in(key: Key, directory: Path) -> Key:
    """Return the key of a step whose files say in which directory they are."""
    return Key(_digest({"key": key, "directory": str(directory)}))


def _counts(member: Member, state: StateId) -> str:
    if member.ending and state == ABSENT:  # whether it was there once is nothing to the step
        return ""
    if member.use.depends:
        return state
    if member.use is Use.CREATE:
        return state if state == ABSENT else "present"
    return ""


def _digest(material: dict[str, Json]) -> str:
    text = json.dumps(material, sort_keys=True, separators=(",", ":"))
    return blake3(text.encode(errors="surrogateescape")).hexdigest()
