"""Every mutant of a program has another fingerprint; however it is laid out has none."""

import ast
import copy
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recompute.code import fingerprint
from tests_recompute_code import Load, loading

PROGRAM = '''\
"""A module."""
import math
from functools import reduce

SCALE = 2.5


def inner(a, b=1):
    """Return something."""
    return a * b - SCALE


def outer(values, power):
    def shifted(value):
        return value + 0.5

    class Local:
        width: int = 4

        def wide(self, value):
            return value // self.width

    try:
        found = {shifted(each) ** power for each in values if each >= 3 and not each == 7}
    except (ValueError, KeyError) as error:
        raise TypeError("no") from error
    while len(found) > 10:
        found = set(list(found)[:-1])
    with open("log") as log:
        log.write(f"{power:.3f} done\\n")
    return Local().wide(sum(found)) if found else None


def step(vis, *rest, key="x"):
    """Do it."""
    first = inner(math.sqrt(len(vis)), b=3) | 1
    match rest:
        case [1, *_]:
            first += 1
        case _:
            first -= 1
    assert first != 2, "never"
    return outer([first, *rest], 2), reduce(lambda a, b: a @ b, rest), -first
'''
OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.FloorDiv: ast.Mod(),
    ast.Pow: ast.Mult(),
    ast.BitOr: ast.BitAnd(),
    ast.MatMult: ast.Mult(),
    ast.GtE: ast.Gt(),
    ast.Gt: ast.GtE(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.And: ast.Or(),
    ast.Not: ast.UAdd(),
    ast.USub: ast.UAdd(),
}
Mutate = Callable[[ast.AST], bool]
"""Changes a node; tells whether it did."""


def another_operator(node: ast.AST) -> bool:
    operator = getattr(node, "op", None)
    if isinstance(node, ast.Compare):
        node.ops[0] = OPERATORS[type(node.ops[0])]
        return True
    if operator is not None:
        node.op = OPERATORS[type(operator)]  # type: ignore[attr-defined]
    return operator is not None


def another_constant(node: ast.AST) -> bool:
    if not isinstance(node, ast.Constant) or node.value is Ellipsis:
        return False
    value: Any = node.value
    node.value = f"{value}!" if isinstance(value, str) else (value or 0) + 1
    return True


def another_name(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        node.func.id = "print" if node.func.id != "print" else "max"
    elif isinstance(node.func, ast.Attribute):
        node.func.attr += "s"
    return True


def no_longer_there(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    if not isinstance(node, ast.FunctionDef) or not isinstance(body, list) or len(body) < 2:
        return False
    del body[1]
    return True


def mutants(mutate: Mutate) -> Iterator[str]:
    tree = ast.parse(PROGRAM)
    said = {id(each) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    docstrings = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    assert said
    for index, node in enumerate(ast.walk(tree)):
        mutant = copy.deepcopy(tree)
        if id(node) not in docstrings and mutate([*ast.walk(mutant)][index]):
            yield ast.unparse(mutant)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    directory: Path = tmp_path_factory.mktemp("mutants")
    with loading(directory) as load:
        yield load


@pytest.mark.parametrize(
    ("mutate", "least"),
    [(another_operator, 15), (another_constant, 18), (another_name, 12), (no_longer_there, 3)],
)
def test_every_mutant_is_another(load: Load, mutate: Mutate, least: int) -> None:
    original = fingerprint(load(PROGRAM).step).digest
    texts = [*mutants(mutate)]
    digests = [fingerprint(load(text).step).digest for text in texts]
    assert len(texts) >= least
    assert [text for text, each in zip(texts, digests, strict=True) if each == original] == []
    assert len({*digests}) == len({*texts})


REMARKS = st.sampled_from(["", "", "\n", "# a remark\n", "\n\n    # one more\n"])


@given(st.lists(REMARKS, min_size=60, max_size=60), st.booleans())
def test_no_layout_is_another(load: Load, remarks: list[str], plain: bool) -> None:
    original = fingerprint(load(PROGRAM).step)
    program = ast.unparse(ast.parse(PROGRAM)) if plain else PROGRAM
    lines = program.splitlines(keepends=True)
    laid_out = "".join(before + line for before, line in zip(remarks, lines, strict=False))
    rest = "".join(lines[len(remarks) :])
    assert fingerprint(load(laid_out + rest).step) == original


FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.one_of(st.integers(), FINITE, st.booleans(), st.text(), st.none())


@given(NUMBERS, NUMBERS)
def test_values_are_the_same_only_if_python_writes_them_alike(
    load: Load, one: object, other: object
) -> None:
    text = "VALUE = {0!r}\ndef step(x={0!r}):\n    return VALUE, x, {0!r}\n"
    digests = {fingerprint(load(text.format(each)).step).digest for each in (one, other)}
    assert len(digests) == len({repr(one), repr(other)})


def test_code_without_a_source_counts_as_well() -> None:
    def made(text: str) -> str:
        scope: dict[str, object] = {}
        exec(textwrap.dedent(text), scope)
        step = scope["step"]
        assert callable(step)
        return fingerprint(step).digest

    text = """
    def step(x):
        return x + helper(x)
    def helper(x):
        return [each in {"a", "b", 2.0} for each in x]
    """
    said = text.replace("(x):\n        return x +", '(x):\n        "Docs."\n\n        return x +')
    assert made(text) == made(said) == made("\n    # a remark\n" + text)
    for old, new in [("+", "-"), ("2.0", "2"), ("each in {", "each not in {"), ("(x)\n", "(-x)\n")]:
        assert made(text.replace(old, new)) != made(text)
