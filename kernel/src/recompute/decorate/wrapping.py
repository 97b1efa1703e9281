"""The decorator: a call of a function goes through the active session."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Final, ParamSpec, TypeVar, cast

from recompute import active
from recompute.code import fingerprint
from recompute.decorate.declaration import Declarations, Declared, declarations
from recompute.decorate.requesting import encoded, request
from recompute.decorate.telling import tell
from recompute.engine import Session
from recompute.errors import DeclarationError
from recompute.model import Outcome

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Kind = Callable[[object], bool]
_REFUSED: Final[tuple[tuple[_Kind, str], ...]] = (
    (inspect.iscoroutinefunction, "is asynchronous: let a plain function do the work"),
    (inspect.isasyncgenfunction, "yields: let it return a list"),
    (inspect.isgeneratorfunction, "yields: let it return a list"),
)


def step(
    *,
    reads: Declared = (),
    writes: Declared = (),
    update: Declared = (),
    name: str | None = None,
    version: str | None = None,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Memoise a function: a call is computed once, until something that decides it changes.

    Parameters
    ----------
    reads, writes, update : str, callable, `family`, or a list of these
        The paths that it reads; makes anew, whatever was there; changes or extends. Each is a
        parameter's name (``"vis"``; its value may be a list), a format string of the arguments
        (``"{vis}.png"``), a path (``"./log.txt"``), a family of files, or a function that is called
        with the same arguments and returns a path or several.
    name : str, optional
        By which the step is known; by default the function's.
    version : str, optional
        Stands for the code in place of its fingerprint: whoever gives it changes it whenever the
        function, or something that it calls, changes. For functions whose fingerprint cannot be
        taken.

    Returns
    -------
    callable
        A decorator.

    Raises
    ------
    DeclarationError
        The function is asynchronous, a generator or a method, or a path is declared by a name that
        no parameter has. When it is called: an argument cannot be a part of a key, or was changed
        by the function.
    FingerprintError
        When it is called in a session: what the function does cannot be told.

    Notes
    -----
    A method is refused, because what its object holds cannot be told from its arguments; a static
    method works, with ``@staticmethod`` above ``@step``.
    """

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        _refuse_if_unfit(function)
        signature = inspect.signature(function)
        call = _Call(
            function=function,
            signature=signature,
            name=name or function.__qualname__.rpartition("<locals>.")[2],
            declared=declarations(reads, writes, update, signature),
            version=version,
        )

        @functools.wraps(function)
        def run(*arguments: _Parameters.args, **parameters: _Parameters.kwargs) -> _Result:
            session = active.session()
            if session is None or session.is_inside:
                return function(*arguments, **parameters)
            return cast("_Result", call.through(session, arguments, parameters))

        return run

    return decorate


class _Call:
    """Makes steps of the calls of one function.

    Parameters
    ----------
    function : callable
        The plain one.
    """

    def __init__(
        self,
        *,
        function: Callable[..., object],
        signature: inspect.Signature,
        name: str,
        declared: Declarations,
        version: str | None,
    ) -> None:
        self._function = function
        self._signature = signature
        self._name = name
        self._declared = declared
        self._version = version

    def through(
        self, session: Session, arguments: tuple[object, ...], given: Mapping[str, object]
    ) -> object:
        """Return what a call gives, computed or replayed; raises what the function does."""
        try:
            bound = self._signature.bind(*arguments, **given)
        except TypeError:
            return self._function(*arguments, **given)  # which says what is wrong
        bound.apply_defaults()
        asked = request(self._name, self._declared, bound, self._versions(), Path.cwd())
        done = session.call(asked, lambda: self._outcome(bound))
        tell(done)
        return done.outcome.result

    def _versions(self) -> Mapping[str, str]:
        if self._version is not None:
            return {"version": self._version}
        return fingerprint(self._function).parts

    def _outcome(self, bound: inspect.BoundArguments) -> Outcome:
        here = Path.cwd()
        before = encoded(self._name, self._declared, bound.arguments, here)
        result = self._function(*bound.args, **bound.kwargs)
        after = encoded(self._name, self._declared, bound.arguments, here)
        changed = [key for key, value in before.items() if after[key] != value]
        if changed:
            raise DeclarationError(
                f"step `{self._name}` changed its argument `{changed[0]}`, which it would not do "
                "when it is cached: let it return what it makes."
            )
        return Outcome(result)


def _refuse_if_unfit(function: object) -> None:
    """Refuse what cannot be a step."""
    if not isinstance(function, FunctionType):
        raise DeclarationError(
            f"{function!r} is no function written in Python: put @step() right above its `def`, "
            "below other decorators."
        )
    for is_refused, why in _REFUSED:
        if is_refused(function):
            raise DeclarationError(f"step `{function.__qualname__}` {why}.")
    if _is_method(function):
        raise DeclarationError(
            f"step `{function.__qualname__}` is a method, and what its object holds cannot be told "
            "from its arguments: make it a function of what it needs."
        )


def _is_method(function: FunctionType) -> bool:
    in_class = "." in function.__qualname__.rpartition("<locals>.")[2]
    return in_class and function.__code__.co_varnames[:1] in {("self",), ("cls",)}
