"""The ``recompute`` command; each of its commands imports what it needs when it is used."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from recompute.commands.asking import explain, graph, history
from recompute.commands.restoring import rewind, undo
from recompute.commands.running import plan, run
from recompute.commands.storing import evict, pin, publish, status, unpin, verify
from recompute.errors import RecomputeError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # which wraps paragraphs, and keeps the lines of examples
)

_RUNNING, _ASKING, _STORING = "Run a reduction", "Ask about it", "Look after the store"


@app.callback()
def describe(
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            help="The store to use, instead of $RECOMPUTE_STORE or the one in your home.",
        ),
    ] = None,
) -> None:
    """Change one step of a CASA reduction, and compute again only what depends on it.

    Start with `recompute run pipeline.py`: your script as it is, each task kept as it is computed.
    Change a parameter and run it again. What did not change comes from the store.
    """
    if store is not None:
        # Scripts run in processes of their own, which have to use the same one.
        os.environ["RECOMPUTE_STORE"] = str(store.absolute())


app.command(rich_help_panel=_RUNNING, context_settings={"allow_interspersed_args": False})(run)
app.command(rich_help_panel=_RUNNING, context_settings={"allow_interspersed_args": False})(plan)
app.command(rich_help_panel=_RUNNING)(rewind)
app.command(rich_help_panel=_RUNNING)(undo)
app.command(rich_help_panel=_ASKING)(history)
app.command(rich_help_panel=_ASKING)(explain)
app.command(rich_help_panel=_ASKING)(graph)
app.command(rich_help_panel=_STORING)(status)
app.command(rich_help_panel=_STORING)(pin)
app.command(rich_help_panel=_STORING)(unpin)
app.command(rich_help_panel=_STORING)(evict)
app.command(rich_help_panel=_STORING)(verify)
app.command(rich_help_panel=_STORING)(publish)


def main() -> None:
    """Run the command line; what cannot be done is one sentence on standard error and status 1."""
    try:
        app()
    except RecomputeError as error:
        print(f"recompute: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough, as in `recompute history p.py | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
