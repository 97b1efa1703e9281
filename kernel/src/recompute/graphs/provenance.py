"""A graph as W3C PROV: states of paths are entities, steps are activities, CASA is an agent.

PROV-DM (W3C Recommendation, 30 April 2013) and the uniqueness of generation in PROV-CONSTRAINTS,
5.2: a state that was there before is not generated again by a step that leaves it as it is, or that
brings it back. Names become attributes; identifiers are hashes, which every file name survives.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from blake3 import blake3
from prov.model import PROV, ProvActivity, ProvDocument, ProvEntity

from recompute.graphs import roles
from recompute.graphs.nodes import Graph
from recompute.graphs.words import label, name_of, printable, state
from recompute.model import ABSENT, Change, StateId, Step

# Names are PROV's qualified names or text, values whatever PROV has a type for.
Attributes = dict[Any, Any]

NAMESPACE: Final = "urn:casahub:recompute:"


def to_prov(graph: Graph, people: Iterable[str] = ()) -> str:
    """Return a graph as PROV-JSON.

    Parameters
    ----------
    people : iterable of str
        Whom the steps are attributed to beside the software that computed them.
    """
    document = ProvDocument()
    document.add_namespace("rc", NAMESPACE)
    writer = _Writer(document, tuple(people))
    for node in graph.nodes:
        writer.step(node.step, node.stale)
    for origin, target in dict.fromkeys((each.origin, each.target) for each in graph.edges):
        if origin is not None:
            informant, informed = graph.nodes[origin].step, graph.nodes[target].step
            document.wasInformedBy(_activity_id(informed), _activity_id(informant))
    return str(document.serialize(format="json", indent=1))


class _Writer:
    """Writes steps in order, each state once."""

    def __init__(self, document: ProvDocument, people: tuple[str, ...]) -> None:
        self._document = document
        self._people = people
        self._entities: dict[tuple[str, StateId], ProvEntity] = {}
        self._agents: set[str] = set()

    def step(self, step: Step, stale: str) -> None:
        activity = self._activity(step, stale)
        used = [self._entity(each.path, each.before, each) for each in roles.inputs(step)]
        for entity in used:
            self._document.used(activity, entity)
        for change in roles.outputs(step):
            if change.after != ABSENT and (change.path, change.after) not in self._entities:
                made = self._entity(change.path, change.after, change)
                self._document.wasGeneratedBy(made, activity, step.started + _took(step))
                for entity in used:
                    self._document.wasDerivedFrom(made, entity, activity)

    def _activity(self, step: Step, stale: str) -> ProvActivity:
        told: Attributes = {
            PROV["label"]: label(step),
            "rc:task": printable(step.task),
            "rc:verdict": step.verdict.value,
            "rc:parameters": json.dumps(dict(step.parameters)),
            "rc:pipeline": printable(step.place.pipeline),
            "rc:secondsToCompute": step.cost,
        }
        if stale:
            told["rc:stale"] = stale
        ended = step.started + _took(step)
        activity = self._document.activity(_activity_id(step), step.started, ended, told)
        for name, version in step.versions.items():
            self._document.wasAssociatedWith(activity, self._software(name, version))
        for name in self._people:
            self._document.wasAssociatedWith(activity, self._agent(name, "Person", {}))
        return activity

    def _software(self, name: str, version: str) -> str:
        told: Attributes = {"rc:version": printable(version)}
        return self._agent(f"{name} {version}", "SoftwareAgent", told)

    def _agent(self, name: str, kind: str, told: Attributes) -> str:
        identifier = f"rc:agent-{_hashed(kind, name)}"
        if identifier not in self._agents:
            self._agents.add(identifier)
            self._document.agent(
                identifier, {PROV["type"]: PROV[kind], PROV["label"]: printable(name), **told}
            )
        return identifier

    def _entity(self, path: str, of: StateId, change: Change) -> ProvEntity:
        if (path, of) not in self._entities:
            told: Attributes = {
                PROV["label"]: f"{name_of(path)} {state(of)}",
                "rc:path": printable(path),
                "rc:state": printable(of),
            }
            if of == change.after:
                told["rc:bytes"] = str(change.size)
            self._entities[path, of] = self._document.entity(f"rc:state-{_hashed(path, of)}", told)
        return self._entities[path, of]


def _took(step: Step) -> timedelta:
    return timedelta(seconds=step.seconds)


def _activity_id(step: Step) -> str:
    return f"rc:step-{_hashed(step.place.pipeline, step.run)}-{step.number}"


def _hashed(*of: str) -> str:
    return blake3("\0".join(of).encode(errors="surrogateescape")).hexdigest(12)
