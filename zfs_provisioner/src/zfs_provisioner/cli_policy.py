"""`zfs-provisioner policy`."""

from pathlib import Path
from typing import Annotated

import typer

from zfs_provisioner.gc.policy import Policy, load_policy, render


def policy(
    file: Annotated[
        Path | None, typer.Argument(help="Policy to check; without it, the default one is printed.")
    ] = None,
) -> None:
    """Print for how long what is kept: a policy file with every key and what each means."""
    typer.echo(render(load_policy(file) if file else Policy()).rstrip())
