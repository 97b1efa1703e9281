"""The words in which the tables say what a task reads and writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recompute.model import Json, Use

Parameters = Mapping[str, Json]
"""Canonical parameters, defaults included."""


class Named(StrEnum):
    """How a parameter's value names paths."""

    PATH = "path"
    """It is a path, or a list of paths; empty strings name nothing."""
    PERHAPS = "perhaps"
    """It is a path if something is there, else something else: a region, a list of commands."""
    PART = "part"
    """As `PERHAPS`, or a part of an image that is there: ``cube.im:mask0``."""
    EXPRESSION = "expression"
    """Text that may mention paths among other words: LEL, TaQL."""
    LISTING = "listing"
    """It is a text file, which may mention further paths."""
    OUTLIERS = "outliers"
    """It is a text file, whose lines ``imagename=…`` begin the names of further images."""


@dataclass(frozen=True, slots=True)
class Given:
    """A condition on one parameter.

    Attributes
    ----------
    parameter : str
        Its name.
    values : tuple
        It has one of these; texts are compared without regard to case.
    negated : bool
        It has none of these.
    """

    parameter: str
    values: tuple[Json, ...]
    negated: bool = False

    def holds(self, parameters: Parameters) -> bool:
        """Whether the parameters fulfil it; those that lack the parameter fulfil no condition."""
        if self.parameter not in parameters:
            return False
        return (_folded(parameters[self.parameter]) in self.values) != self.negated


@dataclass(frozen=True, slots=True)
class Access:
    """What a task does with the paths that one parameter names.

    Attributes
    ----------
    parameter : str
        Its name.
    use : Use
        What is done.
    named : Named
        How the value names paths.
    adds : str
        What CASA adds to the value: ``.flagversions``.
    endings : tuple of str
        Not empty if the value with ``adds`` is only the beginning of several trees' names.
    when : tuple of Given
        It is done only if all of these hold.
    here : bool
        The path is in the working directory, and only its last name is that of the value.
    stays : str
        Why a run may leave a path that it may write as it was; empty if it never does.
    """

    parameter: str
    use: Use
    named: Named = Named.PATH
    adds: str = ""
    endings: tuple[str, ...] = ()
    when: tuple[Given, ...] = ()
    here: bool = False
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """When a task cannot be memoised.

    Attributes
    ----------
    why : str
        The reason, as a clause: ``it opens a window``.
    when : tuple of Given
        All must hold; empty if it is so always.
    """

    why: str
    when: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """All that is known of one task.

    Attributes
    ----------
    task : str
        Its name.
    accesses : tuple of Access
        What it reads and writes by what its parameters name.
    refusals : tuple of Refusal
        When it cannot be memoised; the first that holds is given to the user.
    why : str
        What is odd about it; empty if nothing is.
    settle : callable or None
        Makes parameters that mean the same equal, where that depends on several of them.
    more : callable or None
        Further accesses that depend on the parameters, such as tclean's many endings.
    """

    task: str
    accesses: tuple[Access, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    why: str = ""
    settle: Callable[[dict[str, Json]], None] | None = None
    more: Callable[[Parameters], tuple[Access, ...]] | None = None

    def accesses_for(self, parameters: Parameters) -> tuple[Access, ...]:
        """Return what is done for the given parameters."""
        further = self.more(parameters) if self.more else ()
        every = (*self.accesses, *further)
        return tuple(one for one in every if all(each.holds(parameters) for each in one.when))

    def why_not(self, parameters: Parameters) -> str:
        """Return why the task cannot be memoised with these parameters; empty if it can."""
        for refusal in self.refusals:
            if all(each.holds(parameters) for each in refusal.when):
                return refusal.why
        return ""


def _folded(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value
