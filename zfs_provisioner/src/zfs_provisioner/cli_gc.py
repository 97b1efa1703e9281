"""`zfs-provisioner gc`."""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from zfs_provisioner import model
from zfs_provisioner.cli_keep import matching
from zfs_provisioner.cli_outlook import print_fate, print_outcomes, print_plan, print_stops
from zfs_provisioner.cli_place import (
    AsJson,
    CaFile,
    Socket,
    TokenFile,
    Url,
    client_at,
    plain_console,
    run,
)
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import InvalidSettingsError
from zfs_provisioner.gc.brakes import Stop
from zfs_provisioner.gc.outlook import Outlook, WorkspaceFate
from zfs_provisioner.gc.plans import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run did, and what stops the collection after it."""

    outcomes: list[Outcome]
    stops: tuple[Stop, ...]


def gc(
    *,
    execute: Annotated[bool, typer.Option("--execute", help="Do it now.")] = False,
    allow_many: Annotated[
        bool,
        typer.Option(
            "--allow-many",
            help="With --execute: also when more goes to trash than is taken for a fault.",
        ),
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Say what becomes of a workspace; an id, or its beginning."
        ),
    ] = None,
    pause: Annotated[
        str | None, typer.Option(metavar="WHY", help="Collect nothing more until --resume.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Collect again: somebody has looked, and all is right."),
    ] = False,
    owner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what is this owner's.")
    ] = None,
    socket: Socket = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    as_json: AsJson = False,
) -> None:
    """Print what the garbage collection will do and why; it does nothing unless told to.

    With --execute it ends with status 1 if something was refused, or if a brake stops it.
    """
    tasks = {"--execute": execute, "--explain": explain is not None}
    tasks |= {"--pause": pause is not None, "--resume": resume}
    _refuse_if_mixed([name for name, wanted in tasks.items() if wanted], allow_many, owner, as_json)
    client = client_at(socket, url, token_file, ca_file)
    if execute:
        _execute(client, allow_many=allow_many, as_json=as_json)
    elif explain is not None:
        _explain(client, explain, owner, as_json=as_json)
    elif pause is not None:
        run(_pause(client, pause))
        typer.echo("Paused, also after a restart. `zfs-provisioner gc --resume` goes on.")
    elif resume:
        run(_resume(client))
        typer.echo("Resumed: the next round does what the plan says.")
    else:
        outlook = run(_outlook(client, owner))
        if as_json:
            typer.echo(TypeAdapter(Outlook).dump_json(outlook, indent=2).decode())
        else:
            print_plan(outlook)


def _refuse_if_mixed(tasks: list[str], allow_many: bool, owner: str | None, as_json: bool) -> None:
    if len(tasks) > 1:
        raise InvalidSettingsError(f"{' and '.join(tasks)} do not go together: name one of them.")
    if allow_many and tasks != ["--execute"]:
        raise InvalidSettingsError("--allow-many goes with --execute.")
    if owner is not None and tasks not in ([], ["--explain"]):
        raise InvalidSettingsError(f"{tasks[0]} is about all owners: --owner does not go with it.")
    if as_json and tasks in (["--pause"], ["--resume"]):
        raise InvalidSettingsError(f"{tasks[0]} has nothing to print: --json does not go with it.")


def _execute(client: ProvisionerClient, *, allow_many: bool, as_json: bool) -> None:
    done = run(_collected(client, allow_many=allow_many))
    if as_json:
        typer.echo(TypeAdapter(Run).dump_json(done, indent=2).decode())
    else:
        print_outcomes(done.outcomes)
        print_stops(done.stops)
    if done.stops or not all(each.done for each in done.outcomes):
        sys.exit(1)


async def _collected(client: ProvisionerClient, *, allow_many: bool) -> Run:
    console = plain_console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    async with client:
        with bar:
            task = bar.add_task("collecting (`gc --pause` ends it, Ctrl-C does not)", total=None)

            def report(step: model.Progress) -> None:
                bar.update(task, completed=step.done, total=step.total)

            outcomes = await client.collect(report, allow_many=allow_many)
        # A round's own brakes are seen in the plan after it: they last.
        return Run(outcomes=outcomes, stops=(await client.plan()).stops)


def _explain(
    client: ProvisionerClient, beginning: str, owner: str | None, *, as_json: bool
) -> None:
    async def ask() -> tuple[model.Workspace, WorkspaceFate, Outlook]:
        async with client:
            found = await matching(client, beginning, owner)
            fate = await client.fate(found.id, found.spec.owner)
            return found, fate, await client.plan(found.spec.owner)

    workspace, known, outlook = run(ask())
    if as_json:
        typer.echo(TypeAdapter(WorkspaceFate).dump_json(known, indent=2).decode())
    else:
        print_fate(workspace, known.fate, outlook)


async def _outlook(client: ProvisionerClient, owner: str | None) -> Outlook:
    async with client:
        return await client.plan(owner)


async def _pause(client: ProvisionerClient, why: str) -> None:
    async with client:
        await client.pause(why)


async def _resume(client: ProvisionerClient) -> None:
    async with client:
        await client.resume()
