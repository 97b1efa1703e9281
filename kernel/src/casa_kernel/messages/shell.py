"""The hook into IPython: short tracebacks for errors that come out of CASA."""

import types
from collections.abc import Iterator
from textwrap import fill
from traceback import walk_tb
from typing import Final, Protocol

from casa_kernel.messages.call import call_of
from casa_kernel.messages.explanation import explain, what_casa_said
from casa_kernel.messages.words import said

_PACKAGES: Final = frozenset({"casatasks", "casatools", "casa_kernel", "casa_plots"})
_ALL_OF_IT: Final = "(%tb shows the whole traceback.)"
# Of what is ours to wrap: a cell shows about as much without a scroll bar.
_WIDTH: Final = 100


class TracebackFormatter(Protocol):
    """What is used of IPython's ``InteractiveTB``."""

    def structured_traceback(
        self,
        etype: type[BaseException],
        evalue: BaseException,
        etb: types.TracebackType | None,
        tb_offset: int,
    ) -> list[str]:
        """Return the lines of a traceback in the style that ``%xmode`` chose."""


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    InteractiveTB: TracebackFormatter

    def set_custom_exc(self, exc_tuple: tuple[type[BaseException], ...], handler: object) -> None:
        """Register a handler of exceptions of cells."""

    def showtraceback(
        self, exc_tuple: object, *, tb_offset: int | None = None, running_compiled_code: bool
    ) -> None:
        """Show an exception as the cell's error."""


def install(shell: Shell) -> None:
    """Let a shell show errors of CASA's in short; all others stay as they are."""
    shell.set_custom_exc((Exception,), show)


def show(
    shell: Shell,
    kind: type[BaseException],
    error: BaseException,
    traceback: types.TracebackType | None,
    tb_offset: int | None = None,
) -> None:
    """Show an exception of a cell: the handler that `install` registers with IPython.

    Parameters
    ----------
    shell : InteractiveShell
        Shows the lines.
    kind, error, traceback
        As `sys.exc_info` has them.
    tb_offset : int, optional
        Frames to leave out, for errors that are not CASA's.
    """
    exception = (kind, error, traceback)
    if hasattr(error, "_render_traceback_") or not comes_from_casa(error):
        shell.showtraceback(exception, tb_offset=tb_offset, running_compiled_code=True)
        return
    lines = short_traceback(shell, error)
    # IPython's protocol for exceptions that render themselves; taken back, so that %tb and later
    # handlers see CASA's exception as it was.
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    try:
        shell.showtraceback(exception, running_compiled_code=True)
    finally:
        del error._render_traceback_  # type: ignore[attr-defined]


def comes_from_casa(error: BaseException) -> bool:
    """Whether an exception, or one that led to it, was raised below a call of CASA."""
    return any(_passes_casa(each) for each in _chain(error))


def short_traceback(shell: Shell, error: BaseException) -> list[str]:
    """Return the lines: the user's frames in IPython's own style, CASA's words, the explanation."""
    shown = _stand_in(error)
    return shell.InteractiveTB.structured_traceback(
        type(shown), shown, shown.__traceback__, tb_offset=1
    )


def _stand_in(error: BaseException) -> Exception:
    # IPython renders an exception with all that led to it: the chain is built anew, of exceptions
    # with the same names and the user's own frames, and CASA's exceptions stay untouched.
    kind = type(type(error).__name__, (Exception,), {"__module__": type(error).__module__})
    shown: Exception = kind(_text(error) if _passes_casa(error) else str(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and _of_the_user(earlier):
        shown.__cause__ = _stand_in(earlier) if error.__cause__ else None
        shown.__context__ = _stand_in(earlier)
        shown.__suppress_context__ = error.__suppress_context__
    return shown.with_traceback(_trimmed(error.__traceback__))


def _text(error: BaseException) -> str:
    explained = explain(error)
    arrow = fill(f"→ {explained}", _WIDTH, subsequent_indent="  ") if explained else ""
    return "\n".join(part for part in (said(what_casa_said(error)), arrow, _ALL_OF_IT) if part)


def _trimmed(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """Return a traceback that ends before the first frame of CASA's."""
    kept: list[types.TracebackType] = []
    while traceback is not None and not _is_casa(traceback.tb_frame):
        kept.append(traceback)
        traceback = traceback.tb_next
    copy: types.TracebackType | None = None
    for part in reversed(kept):
        copy = types.TracebackType(copy, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return copy


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _passes_casa(error: BaseException) -> bool:
    # One that was pickled in another process has none of CASA's frames left, only the note.
    return bool(call_of(error).task) or any(
        _is_casa(frame) for frame, _ in walk_tb(error.__traceback__)
    )


def _of_the_user(error: BaseException) -> bool:
    return error.__traceback__ is not None and not _is_casa(error.__traceback__.tb_frame)


def _is_casa(frame: types.FrameType) -> bool:
    module = frame.f_globals.get("__name__", "")
    return isinstance(module, str) and module.partition(".")[0] in _PACKAGES
