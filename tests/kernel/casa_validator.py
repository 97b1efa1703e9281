"""Run inside the kernel: holds our reading of CASA's parameters against CASA's own code.

Prints JSON: what the two disagree about, and what they were asked.
"""

import ast
import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any

import casatasks
import numpy as np
from casa_kernel.inputs.check import problem
from casa_kernel.inputs.definition import Parameter
from casa_kernel.inputs.definitions import Definitions
from casa_kernel.inputs.paths import definition_directories, exists
from casatools.coercetype import coerce
from casatools.typecheck import CasaValidator

VALUES: list[object] = [
    *("", "no.ms", "/", "mfs", "XX", "a", 3, -1, 2.5, 1j, True, False, None, print, object()),
    *([], ["a"], ["/"], ["/", "no.ms"], [1, 2], [1.5, 2], [True], [1, "a"], (1, 2), ("a",), set()),
    *({}, {"a": 1}, {"value": 1.0, "unit": "GHz"}),
    *(np.int32(1), np.int64(2), np.float64(2.5), np.float32(1), np.bool_(True), np.str_("q")),
    *(np.array([1, 2]), np.array([1.5]), np.array(["a"]), np.array([]), np.array([[1, 2]])),
    np.array(3),
]


def of_casa(definitions: Definitions) -> list[str]:
    """Return the tasks that CASA has; what plotting tasks of ours take is described by us."""
    return [task for task in definitions if hasattr(casatasks, task)]


def schema_of(task: str) -> dict[str, ast.expr]:
    """Return what the generated code of a task hands to CASA's validator, by parameter."""
    spec = importlib.util.find_spec(f"casatasks.{task}")
    assert spec is not None
    assert spec.origin is not None
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Name(id="schema")], value=ast.Dict() as found):
                pairs = zip(found.keys, found.values, strict=True)
                return {ast.literal_eval(key): value for key, value in pairs if key is not None}
    raise AssertionError(task)


def validators(definitions: Definitions) -> dict[str, tuple[Parameter, Any]]:
    """Return one parameter for each different pair of our rules and CASA's."""
    found: dict[str, tuple[Parameter, Any]] = {}
    for task in of_casa(definitions):
        schema = schema_of(task)
        for parameter in definitions[task].parameters:
            if parameter.name in schema:
                source = ast.unparse(schema[parameter.name])
                ours = (parameter.kinds, parameter.allowed, parameter.minimum, parameter.maximum)
                rules = eval(source, {"_coerce": coerce})  # CASA's own code
                found.setdefault(f"{ours} {source}", (parameter, rules))
    return found


def disagreements(pairs: dict[str, tuple[Parameter, Any]]) -> list[str]:
    validator = CasaValidator()
    return [
        f"{parameter.name} {parameter.kinds} {value!r}: {said}"
        for parameter, rules in pairs.values()
        for value in [*VALUES, *parameter.allowed]
        if (said := problem(parameter, value, exists) == "")
        != bool(validator.validate({parameter.name: value}, {parameter.name: rules}))
    ]


def refused_defaults(definitions: Definitions) -> list[str]:
    """Return defaults that a task would not take, missing files aside."""
    refused = []
    for task in of_casa(definitions):
        definition = definitions[task].fitted_to(inspect.signature(getattr(casatasks, task)))
        for context in definition.contexts:
            for name, default in context.defaults.items():
                parameter = definition.parameter(name)
                if parameter is None or problem(parameter, default, lambda path: True):
                    refused.append(f"{task} {name} = {default!r}")
    return refused


def main() -> None:
    definitions = Definitions(*definition_directories())
    pairs = validators(definitions)
    found = {
        "tasks": len(of_casa(definitions)),
        "pairs": len(pairs),
        "disagreements": disagreements(pairs),
        "refused": refused_defaults(definitions),
    }
    print(json.dumps(found))


main()
