"""A command line out of what the user wrote behind a magic: pure functions."""

import shlex
import string
from collections.abc import Iterator, Mapping

from casa_kernel.companions.errors import ArgumentError


def arguments(text: str, variables: Mapping[str, object]) -> list[str]:
    """Return the arguments in a text, with ``{name}`` replaced by the user's variable.

    Parameters
    ----------
    text : str
        Split as a POSIX shell splits words: quotes and backslashes protect. Lines that start with
        ``#`` are comments; there are no pipes, wildcards or ``$``.
    variables : mapping
        The user's variables. ``{name.attribute}``, ``{name[0]}`` and ``{name:.3f}`` work as in
        `str.format`, ``{{`` is a brace; ``{name}`` of a list or tuple is an argument for each item.

    Raises
    ------
    ArgumentError
        A quote is open, a brace is open, or there is no such variable.
    """
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    try:
        words = shlex.split(joined)
    except ValueError as error:
        raise ArgumentError(
            f"The arguments cannot be split ({str(error).lower()}): close the quote, or put a "
            f"backslash before it: {joined!r}."
        ) from error
    return [argument for word in words for argument in _expanded(word, variables)]


def _expanded(word: str, variables: Mapping[str, object]) -> Iterator[str]:
    try:
        fields = list(string.Formatter().parse(word))
        name = fields[0][1] if len(fields) == 1 and not fields[0][0] else None
        if name is not None:
            value, _ = string.Formatter().get_field(name, (), variables)
            if isinstance(value, list | tuple):
                yield from map(str, value)
                return
        yield string.Formatter().vformat(word, (), variables)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ArgumentError(
            f"{word!r} cannot be filled in ({type(error).__name__}: {error}): between braces "
            "stands the name of a variable of this notebook; for a brace itself write it twice."
        ) from error
