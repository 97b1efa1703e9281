"""The code of a function, so that only what it does counts."""

import ast
import linecache
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Final

from blake3 import blake3

from recompute.model import Digest

# What `from __future__` sets in a code object; a notebook's cells inherit it from earlier ones.
_FUTURES: Final = 0x1FF0000
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_At = tuple[str, int]
"""A code object's name and first line."""


def code_digest(function: FunctionType) -> Digest:
    """Return the digest of what a function's own code does.

    Default values and decorators are not in it: they are values of what lives.
    """
    definition = _definition(function.__code__)
    if definition is None:
        text = _of_code(function.__code__, function.__doc__)
    else:
        text = ast.unparse(_Normal().normalise(definition))
    return Digest(blake3(text.encode(errors="surrogatepass")).hexdigest())


def _definition(code: CodeType) -> _Definition | None:
    """Return the definition in the source that compiles to just this code, None if none does."""
    linecache.checkcache(code.co_filename)
    source = "".join(linecache.getlines(code.co_filename))
    codes, definitions = _index(source, code.co_flags & _FUTURES)
    at = (code.co_name, code.co_firstlineno)
    if codes.get(at, []) != [code] or len(definitions.get(at, [])) != 1:
        return None
    return definitions[at][0]


@lru_cache(maxsize=64)
def _index(
    source: str, flags: int
) -> tuple[Mapping[_At, list[CodeType]], Mapping[_At, list[_Definition]]]:
    codes: dict[_At, list[CodeType]] = {}
    definitions: dict[_At, list[_Definition]] = {}
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
            whole = compile(source, "<source>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return codes, definitions  # what runs was compiled from another text
    for code in _inside(whole):
        codes.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    for node in ast.walk(tree):
        if isinstance(node, _Definition):
            definitions.setdefault(_place(node), []).append(node)
    return codes, definitions


def _inside(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _inside(each)


def _place(node: _Definition) -> _At:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])


class _Normal(ast.NodeTransformer):
    """Takes out what does not count; what it is given is left as it is."""

    def __init__(self) -> None:
        self._in_class = False

    def normalise(self, definition: _Definition) -> ast.AST:
        """Return a definition without what is only said about it."""
        copy = ast.parse(ast.unparse(definition)).body[0]
        if isinstance(copy, ast.FunctionDef | ast.AsyncFunctionDef):
            copy.decorator_list, copy.returns = [], None
            self._bare(copy.args)
        elif isinstance(copy, ast.Expr) and isinstance(copy.value, ast.Lambda):
            self._bare(copy.value.args)
        normal: ast.AST = self.visit(copy)
        return normal

    @staticmethod
    def _bare(arguments: ast.arguments) -> None:
        arguments.defaults = []
        arguments.kw_defaults = [None] * len(arguments.kwonlyargs)
        for each in ast.walk(arguments):
            if isinstance(each, ast.arg):
                each.annotation = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._without_docstring(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._without_docstring(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        # In a class it may be a field of a `dataclass`; elsewhere Python does not look at it.
        if self._in_class or node.value is None:
            return node
        return ast.Assign([node.target], node.value, lineno=node.lineno)

    def _without_docstring(self, node: _Scope) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        around, self._in_class = self._in_class, isinstance(node, ast.ClassDef)
        visited = self.generic_visit(node)
        self._in_class = around
        return visited


def _of_code(code: CodeType, docstring: str | None = None) -> str:
    """Return all that a code object does, as text; it says nothing of lines and files."""
    constants = code.co_consts
    if docstring is not None and constants[:1] == (docstring,):
        constants = (None, *constants[1:])
    what = (
        code.co_name,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        (code.co_code, code.co_exceptiontable),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        [_constant(each) for each in constants],
    )
    return repr(what)


def _constant(constant: object) -> object:
    if isinstance(constant, CodeType):
        return _of_code(constant)
    if isinstance(constant, tuple):
        return tuple(_constant(each) for each in constant)
    if isinstance(constant, frozenset):
        return "frozenset", sorted(repr(_constant(each)) for each in constant)
    return type(constant).__name__, repr(constant)
