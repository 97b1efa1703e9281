"""The `zfs-provisioner` command."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.server import serve as serve_root

app = typer.Typer(help="Workspaces on copy-on-write storage.", no_args_is_help=True)


@app.callback()
def describe() -> None:
    """Workspaces on copy-on-write storage."""


@app.command()
def serve(
    root: Annotated[Path, typer.Option(help="Directory that holds archive, ws and trash.")],
    socket: Annotated[Path, typer.Option(help="Unix socket to listen on, readable by you alone.")],
) -> None:
    """Serve one storage root over REST, until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serve_root(root.resolve(), socket)
    except ProvisionerError as error:
        sys.exit(f"zfs-provisioner: {error}")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
