"""What the commands share: how they name a pipeline, how they print, how a size is written."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recompute.errors import UnknownStepError

if TYPE_CHECKING:
    from rich.console import Console

    from recompute.history import History
    from recompute.model import Step

Pipeline = Annotated[
    str,
    typer.Argument(metavar="PIPELINE", help="The script or notebook, or the name of a pipeline."),
]
StepName = Annotated[
    str,
    typer.Argument(
        metavar="STEP",
        help="A step: its number (7), its task (tclean), the second of it (gaincal:2), or what it "
        "made (img.image).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

_ENDLESS: Final = 10_000  # characters; rich wants a number
_NAMED: Final = 5


def history_of(name: str) -> "tuple[History, str]":
    """Return the history, and the pipeline of that name in it.

    Raises
    ------
    UnknownStepError
        It has none of that name; the message lists some that it has.
    """
    from recompute.opening import open_history, open_workshop  # noqa: PLC0415 - only when asked

    history = open_history(open_workshop())
    known = history.pipelines()
    for candidate in (str(Path(name).resolve()), name):
        if candidate in known:
            return history, candidate
    raise UnknownStepError(f"Nothing of {name} was recorded. {_listed(known)}")


def steps_of(name: str) -> "list[Step]":
    """Return all steps of a pipeline, the earliest first; errors as `history_of`."""
    history, pipeline = history_of(name)
    return history.steps(pipeline)


def step_of(name: str, what: str) -> "Step":
    """Return one of a pipeline's steps that stand.

    Raises
    ------
    UnknownStepError
        There is no such pipeline or step.
    """
    from recompute.graphs import find  # noqa: PLC0415 - only when asked
    from recompute.history import current  # noqa: PLC0415

    return find(current(steps_of(name)), what)


def console() -> "Console":
    """Return a console for other people's names, which are not taken for rich's markup.

    Lines are wrapped on a terminal only: programs want a row in one line.
    """
    from rich.console import Console  # noqa: PLC0415 - rich takes a while to load

    width = None if sys.stdout.isatty() else _ENDLESS
    return Console(width=width, highlight=False, markup=False, emoji=False)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Print rows in columns, or the sentence for none; names are not taken for rich's markup."""
    from rich.table import Table  # noqa: PLC0415 - rich takes a while to load

    if not rows:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _listed(known: Sequence[str]) -> str:
    if not known:
        return "Nothing at all was: `recompute run` a script first."
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"There is {', '.join(known[:_NAMED])}{more}."
