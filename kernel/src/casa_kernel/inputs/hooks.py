"""The places where IPython lets a shell be extended, and what goes there."""

import warnings
from collections.abc import Callable
from typing import Any, Protocol

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from traitlets.log import get_logger

from casa_kernel.inputs import guide
from casa_kernel.inputs.completion import Offer
from casa_kernel.inputs.definition import TaskDefinition
from casa_kernel.inputs.syntax import BareCommands, CommandLines, Names


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    user_ns: dict[str, Any]
    user_ns_hidden: dict[str, Any]
    Completer: Any
    ast_transformers: Any
    input_transformer_manager: Any
    inspector: Any
    enable_html_pager: bool
    safe_execfile: Callable[..., None]


class Inspected(Protocol):
    """What is used of IPython's ``InspectorHookData``."""

    obj: object


def install_syntax(shell: Shell, names: Names) -> None:
    """Let a shell understand ``inp tclean`` and ``go``."""
    shell.input_transformer_manager.token_transformers.append(CommandLines(names))
    shell.ast_transformers.append(BareCommands(names))


def install_completion(shell: Shell, offer: Callable[[str], Offer | None]) -> None:
    """Let Tab offer what CASA knows.

    Parameters
    ----------
    shell : Shell
        Whose completer it is.
    offer : callable
        Returns what is offered at the end of a text, None if that is for others to say.
    """
    # The kernel's own log: nothing of it appears in a cell.
    log = get_logger()

    @context_matcher()  # type: ignore[untyped-decorator]  # IPython ships no types
    def casa_matcher(context: CompletionContext) -> dict[str, Any]:
        lines = context.full_text.split("\n")[: context.cursor_line]
        text = "\n".join([*lines, context.text_until_cursor])
        try:
            found = offer(text)
        except Exception:
            # Whatever is wrong with a file must not reach the front end at a key press.
            log.exception("completion failed")
            found = None
        if found is None or not found.completions:
            return {"completions": [], "suppress": False}
        return {
            "completions": [
                SimpleCompletion(each.text, type=each.kind) for each in found.completions
            ],
            "matched_fragment": found.typed,
            "suppress": found.only,
            "ordered": True,
        }

    shell.Completer.custom_matchers.append(casa_matcher)


def install_help(shell: Shell, definition: Callable[[object], TaskDefinition | None]) -> None:
    """Let ``tclean?`` and Shift+Tab show a page of the task, not the docstring of casatasks.

    Parameters
    ----------
    shell : Shell
        Whose help it is.
    definition : callable
        Returns the definition of a task, None for any other object.
    """

    def page(render: Callable[[TaskDefinition], str]) -> Callable[[Inspected], object]:
        def hook(data: Inspected) -> list[tuple[str, str]] | None:
            found = definition(data.obj)
            # IPython joins sections with headings, in HTML and in text.
            return None if found is None else [(found.name, render(found))]

        return hook

    with warnings.catch_warnings():
        # IPython has called its HTML pages provisional since version 5; ipykernel relies on them.
        warnings.simplefilter("ignore", DeprecationWarning)
        shell.enable_html_pager = True
    shell.inspector.mime_hooks = {
        **shell.inspector.mime_hooks,
        "text/html": page(guide.task_html),
        "text/plain": page(guide.task_text),
    }
