"""`recompute status`, `pin`, `unpin`, `evict`, `verify` and `publish`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from recompute.commands.common import AsJson, Pipeline, StepName, step_of, steps_of

if TYPE_CHECKING:
    from recompute.model import Key, Step
    from recompute.store import Findings, Store, Usage


def status(*, as_json: AsJson = False) -> None:
    """Tell where the store is, what it holds, and how much room it takes and may take."""
    store = _store()
    usage = store.usage()
    if as_json:
        typer.echo(json.dumps({"place": str(store.place), **asdict(usage)}, indent=2))
        return
    for name, value in _lines(store.place, usage):
        typer.echo(f"{name:<10} {value}")


def pin(
    pipeline: Pipeline,
    step: StepName,
    *,
    why: Annotated[str, typer.Option(help="What to remember it by.")] = "",
) -> None:
    """Keep a step's outcome in the store, whatever else has to go.

    recompute pin pipeline.py tclean:3 --why "for the paper"
    """
    found = step_of(pipeline, step)
    store = _store()
    store.pin(_key_in(store, found), why)
    typer.echo(f"Step {found.number}, {found.task}, stays until you `recompute unpin` it.")


def unpin(pipeline: Pipeline, step: StepName) -> None:
    """Let a step's outcome go again when room is needed."""
    found = step_of(pipeline, step)
    store = _store()
    store.unpin(_key_in(store, found))
    typer.echo(f"Step {found.number}, {found.task}, may go when room is needed.")


def evict(
    *,
    free: Annotated[
        str, typer.Option(metavar="SIZE", help="How much room to make: 10GB, 1.5TB, 512MiB.")
    ],
) -> None:
    """Make room: remove what is computed again fastest for its size, but nothing that is pinned.

    Your own files are not touched. Whatever goes is computed again when it is needed.

        recompute evict --free 10GB
    """
    import time  # noqa: PLC0415 - only when used, as below

    from recompute.batch.wording import steps  # noqa: PLC0415
    from recompute.words import bytes_of, size  # noqa: PLC0415

    wanted = bytes_of(free)
    gone = _store().evict(wanted, time.time())
    typer.echo(f"{size(gone.freed)} are free: {steps(len(gone.records))} went.")
    if gone.freed < wanted:
        typer.echo("Nothing more may go: the rest is pinned, or nothing can compute it again.")
        sys.exit(1)


def verify(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set damaged files aside, remove what needs them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the whole store again and tell what is damaged; with --repair, set it right.

    Steps whose files are damaged are computed again when they are needed. Ends with status 1 if
    something is damaged that was not repaired, or that nothing can compute again.
    """
    found = _verified(repair=repair)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2, default=str))
    else:
        _print_findings(found, repair=repair)
    if found.lost or not (found.is_sound or repair):
        sys.exit(1)


def publish(
    pipeline: Pipeline,
    *,
    to: Annotated[
        Path, typer.Option(metavar="LAYER", help="Directory of the layer; made if it is not there.")
    ],
) -> None:
    """Copy the outcomes of a pipeline's steps to a layer that others read.

    Who may read the layer finds them like their own; nobody writes to it but by this command.

        recompute publish pipeline.py --to /data/3c391/recompute
    """
    from recompute.batch.wording import steps  # noqa: PLC0415 - only when used, as below
    from recompute.history import current  # noqa: PLC0415
    from recompute.store import Store  # noqa: PLC0415

    store = _store()
    records = [store.record(each.key) for each in current(steps_of(pipeline))]
    there = [each for each in records if each is not None]
    store.copy_to(Store(to), there)
    missing = len(records) - len(there)
    more = f"; {steps(missing)} of it cannot be shared" if missing else ""
    typer.echo(f"{steps(len(there))} of {pipeline} can be read in {to}{more}.")


def _key_in(store: "Store", step: "Step") -> "Key":
    """Return the key under which a step's record is: some serve in one directory only."""
    from recompute.engine.key import key_in  # noqa: PLC0415 - only when used

    here = key_in(step.key, Path.cwd())
    return here if store.record(here) is not None else step.key


def _store() -> "Store":
    from recompute.opening import open_workshop  # noqa: PLC0415 - only when used

    return cast("Store", open_workshop().store)


def _lines(place: Path, usage: "Usage") -> list[tuple[str, str]]:
    from recompute.batch.wording import steps  # noqa: PLC0415 - only when used, as below
    from recompute.words import size  # noqa: PLC0415

    share = f", {usage.logical / usage.real:.1f} times less than full copies" if usage.real else ""
    quota = f"{size(usage.quota)}" if usage.quota is not None else "none but the disk's"
    lines = [
        ("store", str(place)),
        ("holds", f"{steps(usage.records)}, {usage.pinned} of them pinned"),
        ("takes", f"{size(usage.real)} for {size(usage.logical)} of results{share}"),
        ("quota", quota),
        ("stays", f"{usage.anchors} states from before a step or an undo, which nothing computes"),
    ]
    if usage.set_aside:
        lines.append(("damaged", f"{size(usage.set_aside)} set aside; they go when room is needed"))
    return lines


def _verified(*, repair: bool) -> "Findings":
    from rich.console import Console  # noqa: PLC0415 - only when used, as below
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    bar = Progress(
        BarColumn(bar_width=24),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("reading", total=None)
        return _store().verify(
            repair=repair,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _print_findings(found: "Findings", *, repair: bool) -> None:
    from recompute.batch.wording import steps  # noqa: PLC0415 - only when used, as below
    from recompute.words import size  # noqa: PLC0415

    typer.echo(f"{size(found.read)} were read.")
    for path in found.damaged:
        typer.echo(f"damaged: {path}")
    for name in found.lost:
        typer.echo(f"lost, and nothing can compute it again: {name}")
    if found.incomplete:
        typer.echo(f"{steps(len(found.incomplete))} will be computed again when needed.")
    if found.is_sound:
        typer.echo("Everything is as it was stored.")
    elif repair:
        typer.echo("What could be repaired is.")
    else:
        typer.echo("`recompute verify --repair` sets it right.")
