"""Selections that match nothing: what there is to be selected."""

import re
from typing import Final

from casa_kernel.messages.call import Call
from casa_kernel.messages.rule import (
    Explanation,
    Observed,
    Rule,
    Surroundings,
    did_you_mean,
    enumerated,
)

_PARAMETERS: Final = ("field", "spw", "antenna", "scan", "timerange", "uvrange", "intent")


def _field(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    observed = surroundings.observed(call.vis)
    sentence = f"{call.vis or 'The MeasurementSet'} has no field {match['name']}."
    if observed is None:
        return Explanation(sentence, "listobs shows the fields that there are.")
    guess = did_you_mean(match["name"], observed.fields)
    listed = enumerated(f"{n} {name}" for n, name in enumerate(observed.fields))
    return Explanation(sentence, f"{guess} It has: {listed}.".strip())


def _window(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    observed = surroundings.observed(call.vis)
    asked = match["name"] or str(call.arguments.get("spw", ""))
    which = f"no spectral window {asked}" if asked else "no such spectral window"
    sentence = f"{call.vis or 'The MeasurementSet'} has {which}."
    if observed is None:
        return Explanation(sentence, "listobs shows the spectral windows that there are.")
    last = observed.windows - 1
    there = "It has one, spw='0'." if last == 0 else f"It has spw 0 to {last}."
    return Explanation(sentence, there)


def _antenna(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    observed = surroundings.observed(call.vis)
    sentence = f"{call.vis or 'The MeasurementSet'} has no antenna {match['name']}."
    if observed is None:
        return Explanation(sentence, "listobs shows the antennas that there are.")
    guess = did_you_mean(match["name"], observed.antennas)
    return Explanation(sentence, f"{guess} It has: {enumerated(observed.antennas)}.".strip())


def _nothing(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del match
    asked = [f"{name}={call.arguments[name]!r}" for name in _PARAMETERS if call.arguments.get(name)]
    sentence = f"No data of {call.vis or 'the MeasurementSet'} match {' and '.join(asked)}."
    if not asked:
        sentence = f"{call.vis or 'The MeasurementSet'} holds no data that match the selection."
    observed = surroundings.observed(call.vis)
    if observed is None:
        return Explanation(sentence, "listobs shows what there is.")
    return Explanation(sentence, _contents(observed))


def _contents(observed: Observed) -> str:
    return (
        f"It has fields {enumerated(observed.fields)}; spw 0 to {observed.windows - 1}; scans "
        f"{enumerated(observed.scans)}; antennas {enumerated(observed.antennas)}."
    )


def _expression(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del call, surroundings
    return Explanation(
        f"CASA cannot read the {match['kind']} selection {match['text']!r}.",
        "Examples: field='0,3C286', spw='0:5~20', antenna='1&2', scan='3~7', uvrange='>100m', "
        "timerange='2024/03/01/09:00:00~10:00:00'.",
    )


SELECTION_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r'Field Expression: No match found for (?:name )?"?(?P<name>[^"\n,]*)'), _field),
    (re.compile(r"Spw Expression: No match found for (?P<name>[^,\n]*)"), _window),
    (re.compile(r"No Spw ID\(s\) matched specifications(?P<name>)"), _window),
    (
        re.compile(r'Antenna Expression: No match found for token\(s\) "(?P<name>[^"]*)"'),
        _antenna,
    ),
    (re.compile(r"MSSelectionNullSelection|Data selection ended with 0 rows"), _nothing),
    (
        re.compile(
            r"MSSelection (?P<kind>\w+) error: Parse error.*in string \"(?P<text>[^\"]*)\"",
            re.DOTALL,
        ),
        _expression,
    ),
)
