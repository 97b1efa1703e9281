"""What the commands share that ask a running provisioner: where it is, and how they print."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from zfs_provisioner.access import read_token
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import InvalidSettingsError

Result = TypeVar("Result")

_PANEL: Final = "The provisioner to ask"
_ENDLESS: Final = 10_000  # characters; rich wants a number

Socket = Annotated[
    Path | None, typer.Option("--socket", help="Its socket file.", rich_help_panel=_PANEL)
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Its address, https://HOST:PORT.", rich_help_panel=_PANEL),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with the token for --url.", rich_help_panel=_PANEL),
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        "--ca-file",
        help="PEM file with the authority of its certificate; else those the machine trusts.",
        rich_help_panel=_PANEL,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def client_at(
    socket: Path | None, url: str | None, token_file: Path | None, ca_file: Path | None
) -> ProvisionerClient:
    """Return a client for the place that the options name."""
    if (socket is None) == (url is None):
        raise InvalidSettingsError(
            "Name either --socket FILE or --url URL of the provisioner to ask."
        )
    if socket is not None:
        if token_file or ca_file:
            raise InvalidSettingsError("--token-file and --ca-file go with --url.")
        return ProvisionerClient(socket)
    token = read_token(token_file) if token_file else None
    return ProvisionerClient(str(url), token=token, ca_file=ca_file)


def run(work: Coroutine[None, None, Result]) -> Result:
    """Run the work of a command to its end; Ctrl-C ends it without a traceback."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)


def plain_console(*, stderr: bool = False) -> Console:
    """Return a console for other people's names, which are not taken for rich's markup."""
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else _ENDLESS
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def print_table(headings: list[str], rows: list[list[str]], empty: str) -> None:
    """Print rows in columns, or the sentence for none; names are not taken for rich's markup."""
    console = plain_console()
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
