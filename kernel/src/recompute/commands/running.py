"""`recompute run` and `recompute plan`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from recompute.commands.common import AsJson, console

_Script = Annotated[
    Path, typer.Argument(metavar="PATH", help="A script (.py) or notebook (.ipynb).")
]
_Arguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="ARGUMENT", help="What the script finds in sys.argv; comes last."),
]


def run(
    path: _Script,
    arguments: _Arguments = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="NOTEBOOK",
            help="Write the executed notebook there; without it none is written.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a script or notebook; each of its CASA tasks that ran before comes from the store.

    It runs from its top in the current directory, without a window or a keyboard. What it changed
    when it ran last is put back first. If it fails, is interrupted (Ctrl-C) or crashes, what it
    computed so far is kept: the next run goes on from there. Several runs may share a store.

        recompute run pipeline.py
        recompute run pipeline.py --field 3C391
        recompute run --output done.ipynb reduction.ipynb
        recompute run --json pipeline.py > steps.jsonl

    Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 143 terminated, 128 + signal
    if the process crashed; what the script passes to sys.exit otherwise.
    """
    from recompute import batch  # noqa: PLC0415 - only when used, as below
    from recompute.batch import wording  # noqa: PLC0415
    from recompute.batch.display import display  # noqa: PLC0415

    with display(as_json=as_json) as progress:
        report = batch.run(path, arguments=arguments or (), progress=progress, output=output)
    if not as_json:
        typer.echo(wording.summary(report), err=True)
    sys.exit(report.exit_code)


def plan(
    path: _Script,
    arguments: _Arguments = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what `recompute run` would compute, and why, without changing anything.

    The script is followed with its tasks looked up instead of computed. Where it looks into a
    result that is not there yet, or does what only a real run may do, the plan ends and says so.

        recompute plan pipeline.py
        recompute plan --json pipeline.py

    Exit status: 0 if the plan reaches the script's end, 3 if it ends before.
    """
    from recompute.plans import plan as planned  # noqa: PLC0415 - only when used, as below
    from recompute.plans.table import as_document, printed  # noqa: PLC0415
    from recompute.plans.wiring import lookup  # noqa: PLC0415

    made = planned(path, lookup(path), arguments=arguments or ())
    if as_json:
        typer.echo(as_document(made))
    else:
        console().print(printed(made))
    sys.exit(3 if made.stop else 0)
