"""From an exception to one sentence and its remedy."""

from casa_kernel.messages.call import Call, call_of
from casa_kernel.messages.data import DATA_RULES
from casa_kernel.messages.parameters import PARAMETER_RULES
from casa_kernel.messages.rule import Explanation, Surroundings
from casa_kernel.messages.selection import SELECTION_RULES
from casa_kernel.messages.surroundings import Disk
from casa_kernel.messages.words import cleaned

__all__ = ["Explanation", "explain", "explain_text"]


def explain(error: BaseException, surroundings: Surroundings | None = None) -> Explanation | None:
    """Return the explanation of an exception of CASA's, None if there is none.

    Parameters
    ----------
    error : BaseException
        Raised here, or unpickled from another process.
    surroundings : Surroundings, optional
        Where files are looked for; by default the file system.
    """
    return explain_text(what_casa_said(error), call_of(error), surroundings or Disk())


def what_casa_said(error: BaseException) -> str:
    """Return an exception's text, or its cause's: wvrgcal raises one without words."""
    return str(error) or str(error.__cause__ or error.__context__ or "")


def explain_text(text: str, call: Call, surroundings: Surroundings) -> Explanation | None:
    """Return the explanation of CASA's words; also for what a crashed process left on stderr."""
    words = cleaned(text)
    for pattern, rule in (*PARAMETER_RULES, *SELECTION_RULES, *DATA_RULES):
        match = pattern.search(words)
        if match is not None:
            return rule(match, call, surroundings)
    return None
