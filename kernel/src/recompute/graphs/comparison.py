"""What differs between two executions of one step: parameters, versions, what was read."""

from dataclasses import dataclass
from enum import StrEnum

from recompute.graphs import roles
from recompute.graphs.words import canonical, name_of, printable, state, value
from recompute.model import Step


class Kind(StrEnum):
    """What it is that differs."""

    TASK = "task"
    PARAMETER = "parameter"
    VERSION = "version"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    name : str
        A parameter's, a version's, or an input's path.
    now, then : str
        As people read them; empty where there is, or was, none.
    """

    kind: Kind
    name: str
    now: str
    then: str


def differences(now: Step, then: Step) -> list[Difference]:
    """Return what differs, what a user changed first."""
    task = [Difference(Kind.TASK, "task", printable(now.task), printable(then.task))]
    return [
        *(task if now.task != then.task else []),
        *_parameters(now, then),
        *_versions(now, then),
        *_inputs(now, then),
    ]


def phrase(now: Step, then: Step) -> str:
    """Return what a user changed in a step as the end of a sentence; empty if nothing.

    ``with solint='60s' (was 'int')``.
    """
    told = [_told(each) for each in differences(now, then) if each.kind is not Kind.INPUT]
    return f"with {', '.join(told)}" if told else ""


def _told(difference: Difference) -> str:
    mark = "=" if difference.kind is Kind.PARAMETER else " "
    name = printable(difference.name)
    if not difference.now:
        return f"no {name} (was {difference.then})"
    if not difference.then:
        return f"{name}{mark}{difference.now} (was not given)"
    return f"{name}{mark}{difference.now} (was {difference.then})"


def _parameters(now: Step, then: Step) -> list[Difference]:
    mine = {name: value(each) for name, each in now.parameters.items()}
    theirs = {name: value(each) for name, each in then.parameters.items()}
    return [
        Difference(Kind.PARAMETER, name, mine.get(name, ""), theirs.get(name, ""))
        for name in dict.fromkeys((*now.parameters, *then.parameters))
        if (name in mine) != (name in theirs)
        or canonical(now.parameters[name]) != canonical(then.parameters[name])
    ]


def _versions(now: Step, then: Step) -> list[Difference]:
    return [
        Difference(
            Kind.VERSION,
            name,
            printable(now.versions.get(name, "")),
            printable(then.versions.get(name, "")),
        )
        for name in dict.fromkeys((*now.versions, *then.versions))
        if now.versions.get(name) != then.versions.get(name)
    ]


def _inputs(now: Step, then: Step) -> list[Difference]:
    """Compare inputs by path; a path that both name but one did not find is absent there."""
    mine = {each.path: each.before for each in now.changes if each.use.depends}
    theirs = {each.path: each.before for each in then.changes if each.use.depends}
    read = {each.path for each in (*roles.inputs(now), *roles.inputs(then))}
    return [
        Difference(
            Kind.INPUT,
            path,
            state(mine[path]) if path in mine else "",
            state(theirs[path]) if path in theirs else "",
        )
        for path in dict.fromkeys((*mine, *theirs))
        if path in read and mine.get(path) != theirs.get(path)
    ]


def input_name(difference: Difference) -> str:
    """Return how the input of a difference is called."""
    return name_of(difference.name)
