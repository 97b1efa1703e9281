"""``%recompute``: memoisation in this notebook, switched and asked."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Final, Protocol

import recompute
from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.display import display

from casa_kernel.memo import questions
from casa_kernel.memo.memory import NotebookMemory
from casa_kernel.tasks import Show

_HELP: Final = """Memoise this notebook's tasks: what did not change is not computed again.

%recompute                 whether it is on, and what it did
%recompute on              memoise tasks from here on
%recompute off             run tasks plainly from here on; what is recorded stays
%recompute history         the steps of this notebook
%recompute graph           what depends on what
%recompute explain STEP    why a step was computed or not: a task's name, or its number
%recompute restart         put every file back to what it was before this notebook changed it
%recompute undo            take the last putting back back

A task that is called with the same parameters on the same data is not run: its results, log and
pictures come out of the store. A cell that is executed again finds the files that it changed as
they were before it.
"""


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    Completer: Any

    def register_magic_function(
        self, func: Callable[..., object], magic_kind: str, magic_name: str
    ) -> None:
        """Let a function answer to ``%name``."""


class RecomputeMagic:
    """The function behind ``%recompute``.

    Parameters
    ----------
    memory : NotebookMemory
        Of this notebook.
    show : callable
        Displays MIME type to content in the running cell.
    """

    def __init__(self, memory: NotebookMemory, show: Show) -> None:
        self._memory = memory
        self._show = show
        self._commands: dict[str, Callable[[], object]] = {
            "status": self._status,
            "on": self._on,
            "off": self._off,
            "history": self._history,
            "graph": self._graph,
            "restart": self._restart,
            "undo": self._undo,
            "help": self._help,
        }

    @property
    def words(self) -> list[str]:
        """What may stand behind ``%recompute``."""
        return sorted([*self._commands, "explain"])

    def __call__(self, line: str) -> None:
        """Do what the line says.

        Raises
        ------
        UsageError
            There is no such command, or it takes no arguments.
        RecomputeError
            It cannot be done; the message says what helps.
        """
        command, _, rest = line.strip().partition(" ")
        command = {"": "status", "--help": "help", "-h": "help"}.get(command, command)
        if command == "explain" and rest:
            display(recompute.explain(rest, self._memory.pipeline))
        elif command in self._commands and not rest:
            self._commands[command]()
        else:
            raise UsageError(f"%recompute {line}: use one of {', '.join(self.words)}.")

    def _history(self) -> None:
        self._show(questions.history_bundle(self._memory.pipeline))

    def _graph(self) -> None:
        display(recompute.graph(self._memory.pipeline))

    def _on(self) -> None:
        self._memory.enable()
        print("recompute is on: tasks are memoised from here on.")

    def _off(self) -> None:
        self._memory.disable()
        print("recompute is off: tasks run plainly. What is recorded stays.")

    def _status(self) -> None:
        lines = [*self._memory.described(), questions.store_line()]
        text = "\n".join(lines)
        html = "".join(f"<div>{escape(each)}</div>" for each in lines)
        self._show({"text/plain": text, "text/html": html})

    def _restart(self) -> None:
        put_back = self._memory.restart()
        _tell([str(each.path) for each in put_back], "as before this notebook changed it")

    def _undo(self) -> None:
        _tell([str(each) for each in self._memory.undo()], "as before it was put back")

    def _help(self) -> None:
        print(_HELP)


def register(shell: Shell, memory: NotebookMemory, show: Show) -> None:
    """Give a shell ``%recompute``, with Tab for what may stand behind it."""
    command = RecomputeMagic(memory, show)

    def magic(line: str) -> None:
        command(line)

    magic.__doc__ = _HELP
    shell.register_magic_function(magic, magic_kind="line", magic_name="recompute")
    shell.Completer.custom_matchers.append(_matcher(command.words))


def completions(text: str, words: Sequence[str]) -> tuple[str, list[str]] | None:
    """Return what of a word is typed and what it may become, None outside of ``%recompute``.

    Parameters
    ----------
    text : str
        The line up to the cursor.
    """
    head, found, typed = text.lstrip().partition(" ")
    if head != "%recompute" or not found or " " in typed.lstrip():
        return None
    typed = typed.lstrip()
    return typed, [each for each in words if each.startswith(typed)]


def _matcher(words: Sequence[str]) -> Callable[[CompletionContext], dict[str, Any]]:
    @context_matcher()  # type: ignore[untyped-decorator]  # IPython ships no types
    def recompute_matcher(context: CompletionContext) -> dict[str, Any]:
        found = completions(context.line_with_cursor[: context.cursor_position], words)
        if found is None:
            return {"completions": [], "suppress": False}
        typed, fitting = found
        return {
            "completions": [SimpleCompletion(each, type="magic") for each in fitting],
            "matched_fragment": typed,
            "suppress": True,
        }

    return recompute_matcher  # type: ignore[no-any-return]  # as above


def _tell(paths: Sequence[str], how: str) -> None:
    for each in paths:
        print(f"{each}: {how}")
    if not paths:
        print("Every file is like this already.")
