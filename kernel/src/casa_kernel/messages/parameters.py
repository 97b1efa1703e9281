"""Wrong parameters: a name that a task does not have, a value that it does not take."""

import ast
import re
from collections.abc import Iterable
from typing import Final

from casa_kernel.messages.call import Call
from casa_kernel.messages.rule import Explanation, Rule, Surroundings, did_you_mean, enumerated

# The names of CASA's validator, casatools.typecheck.
_TYPES: Final = {
    "cBool": "True or False",
    "cInt": "a whole number",
    "cFloat": "a number",
    "cStr": "a string",
    "cPath": "a path",
    "cReqPath": "an existing path",
    "cDict": "a dictionary",
    "cVariant": "any value",
}
_COLLECTIONS: Final = (("Vec", "a list of"), ("Array", "an array of"))
_PLURALS: Final = {
    "cBool": "True and False",
    "cInt": "whole numbers",
    "cFloat": "numbers",
    "cStr": "strings",
    "cPath": "paths",
    "cReqPath": "existing paths",
}


def type_in_words(name: str) -> str:
    """Return the words for a type of CASA's validator, such as ``cIntVec``."""
    for suffix, words in _COLLECTIONS:
        element = name.removesuffix(suffix)
        if element != name and element in _PLURALS:
            return f"{words} {_PLURALS[element]}"
    return _TYPES.get(name, name)


def _unknown(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del surroundings
    task, name = match["task"] or call.task or "the task", match["name"]
    given = [each for each in call.parameters if each not in call.arguments]
    remedy = did_you_mean(name, given or call.parameters)
    return Explanation(
        f"{task} has no parameter {name}.", remedy or f"See {task}? for what it has."
    )


def _too_many(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del match, surroundings
    task = call.task or "The task"
    return Explanation(
        f"{task} has {len(call.parameters)} parameters, more values were given.",
        "Name the parameters: " + enumerated(f"{name}=…" for name in call.parameters[:3]) + ".",
    )


def _refused(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation | None:
    try:
        reasons = ast.literal_eval(match[0])
    except (SyntaxError, ValueError):
        return None  # not the validator's dictionary, or one that was cut
    if not all(isinstance(each, list) for each in reasons.values()):
        return None
    told = [_value(name, each, call, surroundings) for name, each in reasons.items()]
    return Explanation(
        " ".join(each.sentence for each in told), " ".join(each.remedy for each in told)
    )


def _value(
    name: str, reasons: Iterable[object], call: Call, surroundings: Surroundings
) -> Explanation:
    words = [str(reason) for reason in reasons]
    allowed = surroundings.allowed(call.task, name)
    types = [found[1] for word in words if (found := re.match(r"must be of (\w+) type", word))]
    unallowed = [found[1] for word in words if (found := re.match(r"unallowed value (.*)", word))]
    given = repr(call.arguments[name]) if name in call.arguments else "".join(unallowed[:1])
    sentence = f"{name}={given} is not allowed." if given else f"{name} has a wrong value."
    if types:
        accepted = " or ".join(dict.fromkeys(type_in_words(each) for each in types))
        return Explanation(sentence, f"{name} takes {accepted}.")
    guess = did_you_mean("".join(unallowed[:1]), allowed)
    listed = f"{name} is one of: {enumerated(allowed)}." if allowed else f"See {call.task}?."
    return Explanation(sentence, f"{guess} {listed}".strip())


PARAMETER_RULES: Final[tuple[Rule, ...]] = (
    (
        re.compile(
            r"(?:_?(?P<task>\w+)\.__call__\(\) )?got an unexpected keyword argument '(?P<name>\w+)'"
        ),
        _unknown,
    ),
    (re.compile(r"too many positional arguments|takes from .* positional arguments"), _too_many),
    (re.compile(r"^\{'\w+': \[.*\]\}$", re.DOTALL), _refused),
)
