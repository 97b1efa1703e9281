"""What a task's parameters are: plain data, as CASA's XML files describe them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from inspect import Signature

from casa_kernel.inputs.values import same


class Kind(Enum):
    """A type of value; the text is the one of CASA's XML files."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    RECORD = "record"
    PATH = "path"
    EXISTING_PATH = "existing path"
    QUANTITY = "quantity"
    STRINGS = "stringVec"
    INTS = "intVec"
    DOUBLES = "doubleVec"
    BOOLS = "boolVec"
    PATHS = "pathVec"
    EXISTING_PATHS = "existing pathVec"
    INT_ARRAY = "intArray"
    DOUBLE_ARRAY = "doubleArray"
    ANY = "any"

    @property
    def is_path(self) -> bool:
        """Whether values name files or directories."""
        return self in {Kind.PATH, Kind.EXISTING_PATH, Kind.PATHS, Kind.EXISTING_PATHS}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a task.

    Attributes
    ----------
    name : str
        Its name.
    kinds : tuple of Kind
        The types that it takes; at least one.
    default : object
        Its value where nothing else is said.
    summary, description : str
        One line, and all that CASA says about it.
    allowed : tuple
        The only values that it takes; empty when there is no such list.
    minimum, maximum : float or None
        Limits, both included.
    is_sub : bool
        Whether it is in force only together with certain values of other parameters.
    holds : str
        What the path names: ``ms``, ``image``, or empty.
    """

    name: str
    kinds: tuple[Kind, ...]
    default: object
    summary: str
    description: str
    allowed: tuple[object, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_sub: bool = False
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Sub-parameters that one value of another parameter puts in force.

    Attributes
    ----------
    parameter : str
        The other parameter.
    value : object
        The value of it.
    negated : bool
        Whether every value but that one counts.
    defaults : mapping of str to object
        The sub-parameters and their defaults here, which may differ from those elsewhere.
    """

    parameter: str
    value: object
    negated: bool
    defaults: Mapping[str, object]

    def met_by(self, value: object) -> bool:
        """Whether a value of the other parameter puts these sub-parameters in force."""
        return same(value, self.value) != self.negated


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A task and its parameters in CASA's order.

    Attributes
    ----------
    name : str
        Its name.
    categories : tuple of str
        Where CASA's help lists it.
    summary, description : str
        One line, and a paragraph or none.
    parameters : tuple of Parameter
        In the order of the task's signature.
    contexts : tuple of Context
        In the order of the file: the first that is met counts.
    """

    name: str
    categories: tuple[str, ...]
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    contexts: tuple[Context, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters."""
        return tuple(each.name for each in self.parameters)

    @property
    def internal(self) -> frozenset[str]:
        """Names of parameters that CASA keeps for itself: no value puts them in force."""
        governed = {name for context in self.contexts for name in context.defaults}
        return frozenset(
            each.name for each in self.parameters if each.is_sub and each.name not in governed
        )

    def parameter(self, name: str) -> Parameter | None:
        """Return a parameter, or None if the task has none of this name."""
        return next((each for each in self.parameters if each.name == name), None)

    def fitted_to(self, signature: Signature) -> "TaskDefinition":
        """Return the definition with the parameters and defaults that the callable really has.

        Of casatasks 6.7.0.31 one task lacks a parameter of its file, and 37 defaults differ; in
        the contexts, nothing is sometimes written as an empty value of another type.
        """
        real = signature.parameters
        fitted = tuple(
            replace(each, default=real[each.name].default)
            for each in self.parameters
            if each.name in real
        )
        plain = {each.name: each.default for each in fitted}
        contexts = tuple(
            replace(
                context,
                defaults={
                    name: plain[name] if _both_empty(default, plain[name]) else default
                    for name, default in context.defaults.items()
                    if name in plain
                },
            )
            for context in self.contexts
        )
        return replace(self, parameters=fitted, contexts=contexts)


def _both_empty(left: object, right: object) -> bool:
    empty: tuple[object, ...] = ("", [], {})
    return left in empty and right in empty
