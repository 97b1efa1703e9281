"""``inp tclean`` and ``go`` without parentheses, by the two means that IPython documents for it.

``inp tclean`` is never Python, whatever ``inp`` is: IPython's token transformers get it before the
parser does, with strings and brackets already told apart. ``go`` alone on a line is Python, and
only the parsed cell shows whether it is a command or a name in an expression or an assignment: an
AST transformer takes it. Line magics were not taken: with them ``inp('tclean')`` and the use of the
names in scripts would be two things, and automagic ends at the first line of a cell.

Both leave a name alone that the user has given another meaning.
"""

import ast
import shlex
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from keyword import iskeyword
from tokenize import TokenInfo
from typing import Final

from IPython.core.inputtransformer2 import TokenTransformBase

Names = Callable[[], Iterable[str]]
"""Returns the commands that are still what we made them."""

_LAYOUT: Final = {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT}
_END: Final = {tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER, tokenize.NL}
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def call_of(command: str, words: str) -> str:
    """Return a command line as Python.

    Parameters
    ----------
    command : str
        Such as ``saveinputs``.
    words : str
        The rest of the line, such as ``tclean my.saved``, quoted or not.
    """
    try:
        arguments = shlex.split(words.replace(",", " "))
    except ValueError:  # an unbalanced quote
        arguments = [words]
    return f"{command}({', '.join(repr(each) for each in arguments)})"


class CommandLines:
    """Finds lines such as ``inp tclean``; goes into IPython's ``token_transformers``.

    Parameters
    ----------
    names : callable
        See `Names`.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def find(self, tokens_by_line: Sequence[Sequence[TokenInfo]]) -> TokenTransformBase | None:
        """Return what rewrites the first such line, None if there is none."""
        names = set(self._names())
        for line in tokens_by_line:
            for statement in _statements(line):
                if len(statement) > 1 and _is_command(statement, names):
                    return _CommandLine(statement[0].start, statement[-1].end)
        return None


class BareCommands(ast.NodeTransformer):
    """Calls a command that stands alone; goes into IPython's ``ast_transformers``.

    Parameters
    ----------
    names : callable
        See `Names`.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def visit(self, node: ast.AST) -> ast.AST:
        """Rewrite a parsed cell in place."""
        names = set(self._names()) - set(_bound(node))
        _call_bare(node, names)
        return node


class _CommandLine(TokenTransformBase):  # type: ignore[misc]  # IPython ships no types
    """Rewrites one statement that is a command with words after it."""

    def __init__(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        super().__init__(start)
        self._end_column = end[1]

    def transform(self, lines: list[str]) -> list[str]:
        line = lines[self.start_line]
        before, statement = line[: self.start_col], line[self.start_col : self._end_column]
        command, words = statement.split(maxsplit=1)
        new = before + call_of(command, words) + line[self._end_column :]
        return [*lines[: self.start_line], new, *lines[self.start_line + 1 :]]


def _statements(line: Sequence[TokenInfo]) -> Iterator[list[TokenInfo]]:
    """Yield the statements of a logical line as tokens."""
    statement: list[TokenInfo] = []
    for token in line:
        if token.type in _END or token.string == ";":
            if statement:
                yield statement
            statement = []
        elif token.type not in _LAYOUT:
            statement.append(token)
    if statement:
        yield statement


def _is_command(statement: Sequence[TokenInfo], names: set[str]) -> bool:
    first, second = statement[:2]
    on_one_line = statement[-1].end[0] == first.start[0]
    if first.string not in names or not on_one_line or first.end == second.start:
        return False
    if second.type == tokenize.STRING:
        return True
    return second.type == tokenize.NAME and not iskeyword(second.string)


def _bound(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a cell gives a meaning, anywhere in it."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.MatchAs(name=str(name)):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]


def _call_bare(node: ast.AST, names: set[str]) -> None:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Name(id=name) as value) if name in names:
                child.value = ast.copy_location(ast.Call(func=value, args=[], keywords=[]), value)
            case _ if not isinstance(child, _SCOPES):
                _call_bare(child, names)
