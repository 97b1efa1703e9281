"""What the sub-commands share: one call on a provisioner, and printing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from zfs_provisioner.client import ProvisionerClient

from casahub.provisioning import any_provisioner
from casahub.settings import load_settings

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
out = Console(highlight=False)
messages = Console(stderr=True, highlight=False)


def on_provisioner(work: Callable[[ProvisionerClient], Awaitable[Result]]) -> Result:
    """Do the work with the running site's provisioner, or with one for the time of the command."""

    async def run() -> Result:
        async with any_provisioner(load_settings()) as client:
            return await work(client)

    return asyncio.run(run())


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
