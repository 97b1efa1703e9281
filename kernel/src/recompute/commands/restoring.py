"""`recompute rewind` and `recompute undo`."""

from pathlib import Path
from typing import Annotated

import typer

from recompute.commands.common import Pipeline, history_of


def rewind(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A MeasurementSet, image or other product.")
    ],
) -> None:
    """Put one path back to what it was before any memoised step changed it.

    Nothing is lost: how it is now is kept, and `recompute undo` brings it back.

        recompute rewind 3c391.ms
    """
    from recompute.opening import open_session, open_workshop  # noqa: PLC0415 - only when used

    place = path.absolute()
    lineage = open_workshop().ledger.lineage(place)
    pipeline = lineage.entries[-1].place.pipeline if lineage and lineage.entries else str(place)
    undone = open_session(pipeline).rewind(place).undone
    tasks = ", ".join(each.task for each in undone)
    typer.echo(
        f"{path} is as it was before {tasks}. `recompute undo {pipeline}` takes this back."
        if undone
        else f"{path} is as it was: no step changed it."
    )


def undo(pipeline: Pipeline) -> None:
    """Take the last putting back of a pipeline's paths back.

    A run of a script, or of a notebook's cell, puts back what it changed when it ran before, and
    so does `rewind`. This is the way out if that was not wanted.

        recompute undo pipeline.py
    """
    from recompute.opening import open_session  # noqa: PLC0415 - only when used

    _, name = history_of(pipeline)
    for path in open_session(name).undo():
        typer.echo(f"{path} is as it was before.")
