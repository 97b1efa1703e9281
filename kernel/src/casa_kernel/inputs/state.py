"""Which parameters are in force, with which values, and what is wrong with them: pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casa_kernel.inputs.check import Exists, problem
from casa_kernel.inputs.definition import Parameter, TaskDefinition
from casa_kernel.inputs.values import same, shown


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter in force.

    Attributes
    ----------
    parameter : Parameter
        Its definition.
    value, default : object
        What the task gets, and what it would get if the user had set nothing.
    depth : int
        0, or how many parameters up the chain put it in force.
    problem : str
        What is wrong with the value; empty if nothing is.
    """

    parameter: Parameter
    value: object
    default: object
    depth: int
    problem: str

    @property
    def name(self) -> str:
        """Name of the parameter."""
        return self.parameter.name

    @property
    def changed(self) -> bool:
        """Whether the value is another than the default."""
        return not same(self.value, self.default)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The parameters of one task for one set of the user's variables.

    Attributes
    ----------
    task : TaskDefinition
        The task.
    rows : tuple of Input
        In force, each followed by its sub-parameters.
    idle : tuple of (str, str, str)
        Set by the user but without effect now: name, value, and what would put it in force.
    """

    task: TaskDefinition
    rows: tuple[Input, ...]
    idle: tuple[tuple[str, str, str], ...]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Invalid parameters and what is wrong with each."""
        return [(row.name, row.problem) for row in self.rows if row.problem]

    @property
    def arguments(self) -> dict[str, object]:
        """What the task is called with."""
        return {row.name: row.value for row in self.rows}


def inputs(task: TaskDefinition, given: Mapping[str, object], exists: Exists) -> Inputs:
    """Return a task's inputs.

    Parameters
    ----------
    task : TaskDefinition
        The task.
    given : mapping of str to object
        The user's variables; names that are no parameters of the task do not matter.
    exists : callable
        Tells whether a path leads to something.

    Notes
    -----
    A sub-parameter that is not in force keeps the task's default even if a variable of its name
    exists: what ``inp`` shows is what runs. (casashell would pass the invisible variable on.)
    """
    rows = tuple(_rows(task, given, exists))
    in_force = {row.name for row in rows}
    idle = tuple(
        (name, shown(given[name]), _remedy(task, name))
        for name in task.names
        if name in given and name not in in_force
    )
    return Inputs(task, rows, idle)


def _rows(task: TaskDefinition, given: Mapping[str, object], exists: Exists) -> Iterator[Input]:
    done: set[str] = set()

    def walk(parameter: Parameter, default: object, depth: int) -> Iterator[Input]:
        done.add(parameter.name)
        value = given.get(parameter.name, default)
        yield Input(parameter, value, default, depth, problem(parameter, value, exists))
        for name, inner in _put_in_force(task, parameter.name, value).items():
            child = task.parameter(name)
            if child is not None and child.is_sub and name not in done:
                yield from walk(child, inner, depth + 1)

    for parameter in task.parameters:
        if parameter.name in task.internal:
            wanted = parameter.name in given
        else:
            wanted = not parameter.is_sub
        if wanted:
            yield from walk(parameter, parameter.default, 0)


def _put_in_force(task: TaskDefinition, name: str, value: object) -> dict[str, object]:
    """Return sub-parameters and defaults that a value puts in force, in the task's order."""
    found: dict[str, object] = {}
    for context in task.contexts:
        if context.parameter == name and context.met_by(value):
            found = {**context.defaults, **found}
    return {each: found[each] for each in task.names if each in found}


def _remedy(task: TaskDefinition, name: str) -> str:
    """Return what puts a parameter in force, such as ``specmode = 'cube' or 'mvc'``."""
    ways: dict[str, list[str]] = {}
    for context in task.contexts:
        if name in context.defaults:
            owner = f"{context.parameter} {'!=' if context.negated else '='} "
            ways.setdefault(owner, []).append(shown(context.value))
    return " or ".join(owner + " or ".join(dict.fromkeys(each)) for owner, each in ways.items())
