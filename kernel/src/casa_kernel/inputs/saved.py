"""Files of saved inputs, ``<task>.last`` and ``<task>.saved``: lines of Python, one a parameter.

The format is casashell's: ``name = value`` lines that ``%run`` or ``execfile`` set as variables,
and the same as a call in a last comment. Reading them here executes nothing.
"""

import ast
from collections.abc import Mapping

from casa_kernel.inputs.errors import SavedInputsError
from casa_kernel.inputs.values import literal

_WIDTH = 18


def format_saved(task: str, values: Mapping[str, object]) -> str:
    """Return the file's text; a value that Python has no literal for becomes a comment."""
    texts = {name: literal(value) for name, value in values.items()}
    lines = [
        f"{name:{_WIDTH}} = {text}"
        if text is not None
        else f"# {name}: an object of type {type(values[name]).__name__} cannot be saved"
        for name, text in texts.items()
    ]
    call = ", ".join(f"{name}={text}" for name, text in texts.items() if text is not None)
    return "\n".join([*lines, f"#{task}( {call} )", ""])


def parse_saved(text: str) -> dict[str, object]:
    """Return the variables that a file sets.

    Parameters
    ----------
    text : str
        Python, of which assignments of plain values to names are read.

    Raises
    ------
    SavedInputsError
        The text holds anything else; the line is named.
    """
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise SavedInputsError(f"line {line} is not Python: correct it or delete it.") from error
    found: dict[str, object] = {}
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = _value(value)
            case _:
                raise _refusal(statement)
    return found


def _value(node: ast.expr) -> object:
    """Return a literal's value: Python's own literals, and float('inf') and the like."""
    match node:
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]):
            return float(text)
        case ast.List(elts=elements):
            return [_value(each) for each in elements]
        case ast.Tuple(elts=elements):
            return tuple(_value(each) for each in elements)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            pairs = zip(keys, values, strict=True)
            return {_value(key): _value(each) for key, each in pairs if key is not None}
        case _:
            try:
                return ast.literal_eval(node)
            except ValueError as error:
                raise _refusal(node) from error


def _refusal(node: ast.AST) -> SavedInputsError:
    return SavedInputsError(
        f"line {getattr(node, 'lineno', 1)} is more than `name = value` with a plain value: "
        "run the file with %run if you trust it, or correct the line."
    )
