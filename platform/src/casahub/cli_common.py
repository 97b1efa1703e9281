"""What the sub-commands share: one call on a provisioner, and printing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter
from rich.table import Table
from zfs_provisioner.client import ProvisionerClient

from casahub.errors import InterruptedByUser
from casahub.provisioning import any_provisioner
from casahub.settings import load_settings
from casahub.terminal import plain_console

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
out = plain_console()
messages = plain_console(stderr=True)


def on_provisioner(work: Callable[[ProvisionerClient], Awaitable[Result]]) -> Result:
    """Do the work with the running site's provisioner, or with one for the time of the command."""

    async def asked() -> Result:
        async with any_provisioner(load_settings()) as client:
            return await work(client)

    return run(asked())


def run(work: Coroutine[None, None, Result]) -> Result:
    """Run the work of a command to its end, or raise InterruptedByUser.

    KeyboardInterrupt would end in the library of the command line, which says nothing.
    """
    try:
        return asyncio.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError) as signal:
        raise InterruptedByUser from signal


def print_json(value: Result, kind: type[Result]) -> None:
    """Print a value of the provisioner's model as JSON."""
    typer.echo(TypeAdapter(kind).dump_json(value, indent=2).decode())


def print_table(headings: list[str], rows: list[list[str]], empty: str) -> None:
    """Print rows in columns, or the sentence for none."""
    if not rows:
        out.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table)
