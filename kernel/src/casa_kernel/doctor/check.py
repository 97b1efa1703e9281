"""What the doctor answers."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How good an answer is."""

    OK = "ok"
    NOTE = "note"
    """CASA works, but something is slower, older or elsewhere than a user may think."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer.

    Attributes
    ----------
    name : str
        What was looked at.
    verdict : Verdict
        Whether CASA can work with it.
    sentence : str
        What was found and, unless it is good, what it means and the remedy.
    """

    name: str
    verdict: Verdict
    sentence: str


def ok(name: str, sentence: str) -> Check:
    """Return a good answer."""
    return Check(name, Verdict.OK, sentence)


def note(name: str, sentence: str) -> Check:
    """Return an answer that leaves CASA working."""
    return Check(name, Verdict.NOTE, sentence)


def bad(name: str, sentence: str) -> Check:
    """Return an answer that names what stops CASA."""
    return Check(name, Verdict.BAD, sentence)
