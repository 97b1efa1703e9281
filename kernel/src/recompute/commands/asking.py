"""`recompute history`, `recompute explain` and `recompute graph`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recompute.commands.common import AsJson, Pipeline, StepName, history_of, print_table, steps_of

if TYPE_CHECKING:
    from recompute.model import Step


def history(
    pipeline: Annotated[
        str | None,
        typer.Argument(metavar="[PIPELINE]", help="A script or notebook; without it, all of them."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="One of its runs; `latest` is the last one."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List pipelines, the runs of one, or the steps of a run.

    recompute history
    recompute history pipeline.py
    recompute history pipeline.py latest
    """
    if pipeline is None:
        _pipelines(as_json=as_json)
    elif run is None:
        _runs(steps_of(pipeline), as_json=as_json)
    else:
        _steps(pipeline, run, as_json=as_json)


def explain(pipeline: Pipeline, step: StepName) -> None:
    """Say why a step was computed or not: which parameter or input is another than last time.

    recompute explain pipeline.py tclean
    recompute explain pipeline.py gaincal:2
    recompute explain reduction.ipynb img.image
    """
    from recompute.graphs import explain as explained  # noqa: PLC0415 - only when used, as below
    from recompute.graphs import find  # noqa: PLC0415
    from recompute.history import current  # noqa: PLC0415

    steps = steps_of(pipeline)
    typer.echo(str(explained(find(current(steps), step), steps)))


def graph(
    pipeline: Pipeline,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Where to: .svg .html .dot .json .prov.json .txt; without it, on the terminal.",
        ),
    ] = None,
) -> None:
    """Draw or export which step depends on which.

    recompute graph pipeline.py
    recompute graph pipeline.py graph.svg
    recompute graph pipeline.py provenance.prov.json
    """
    from recompute.graphs import GraphView, graph_of  # noqa: PLC0415 - only when used

    view = GraphView(graph_of(steps_of(pipeline)))
    typer.echo(repr(view) if file is None else f"{view.save(file)} is written.")


def _pipelines(*, as_json: bool) -> None:
    from recompute.opening import open_history, open_workshop  # noqa: PLC0415 - only when used

    kept = open_history(open_workshop())
    names = kept.pipelines()
    if as_json:
        typer.echo(json.dumps(names, indent=2))
        return
    rows = [[name, str(len(kept.runs(name)))] for name in names]
    print_table(["pipeline", "runs"], rows, "Nothing was recorded: `recompute run` a script first.")


def _runs(steps: "Sequence[Step]", *, as_json: bool) -> None:
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.run, []).append(step)
    found = [_summary(run, of_run) for run, of_run in runs.items()]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    print_table(
        ["run", "began (UTC)", "steps", "cached", "took", "saved", "stored"],
        [_row(each) for each in found],
        "It never ran.",
    )


def _summary(run: str, steps: "Sequence[Step]") -> dict[str, object]:
    from recompute.model import Verdict  # noqa: PLC0415 - only when used

    cached = [each for each in steps if each.verdict is Verdict.CACHED]
    return {
        "run": run,
        "started": steps[0].started.isoformat(),
        "steps": len(steps),
        "cached": len(cached),
        "seconds": sum(each.seconds for each in steps),
        "saved": sum(max(0.0, each.cost - each.seconds) for each in cached),
        "stored": sum(each.stored for each in steps),
    }


def _row(summary: dict[str, object]) -> list[str]:
    from recompute.words import duration, size  # noqa: PLC0415 - only when used

    return [
        str(summary["run"]),
        str(summary["started"])[:16].replace("T", " "),
        str(summary["steps"]),
        str(summary["cached"]),
        duration(float(str(summary["seconds"]))),
        duration(float(str(summary["saved"]))),
        size(float(str(summary["stored"]))),
    ]


def _steps(pipeline: str, run: str, *, as_json: bool) -> None:
    from recompute.errors import UnknownStepError  # noqa: PLC0415 - only when used, as below
    from recompute.history import to_json  # noqa: PLC0415
    from recompute.words import duration  # noqa: PLC0415

    kept, name = history_of(pipeline)
    runs = kept.runs(name)
    wanted = runs[-1] if run == "latest" else run
    if wanted not in runs:
        raise UnknownStepError(
            f"{pipeline} has no run {run}: `recompute history {pipeline}` lists them."
        )
    steps = kept.steps(name, wanted)
    if as_json:
        typer.echo(json.dumps([to_json(each) for each in steps], indent=2))
        return
    rows = [
        [str(s.number), s.task, str(s.verdict), duration(s.seconds), duration(s.cost), s.why]
        for s in steps
    ]
    print_table(["step", "task", "", "took", "to compute", "why"], rows, "It has no steps.")
