"""What a rule is: a pattern of CASA's words, and a function that explains it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from casa_kernel.messages.call import Call

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in a user's words.

    Attributes
    ----------
    sentence : str
        What is wrong.
    remedy : str
        What to do.
    """

    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Observed:
    """What a MeasurementSet holds that can be selected."""

    fields: tuple[str, ...]
    windows: int
    antennas: tuple[str, ...]
    scans: tuple[int, ...]


class Surroundings(Protocol):
    """What rules may look up; every method answers with nothing where nothing can be known."""

    def beside(self, path: str) -> list[str]:
        """Return the names in the directory of a path."""

    def kind(self, path: str) -> str:
        """Return what is at a path: MeasurementSet, image, table, directory, file, or empty."""

    def shown(self, path: str) -> str:
        """Return a path as a user would write it."""

    def columns(self, vis: str) -> list[str]:
        """Return the columns of a table."""

    def observed(self, vis: str) -> Observed | None:
        """Return what can be selected in a MeasurementSet."""

    def allowed(self, task: str, parameter: str) -> list[str]:
        """Return the values that a task allows for a parameter."""


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Call, Surroundings], Explanation | None]]
"""Tried in order; a rule that explains nothing returns None."""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return ``Did you mean x?``, empty if nothing is like the word."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean {by_folded[close[0]]}?" if close else ""


def enumerated(things: Iterable[object]) -> str:
    """Return ``a, b, c``, cut after a dozen."""
    names = [str(thing) for thing in things]
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
