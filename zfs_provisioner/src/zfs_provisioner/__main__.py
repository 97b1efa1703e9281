"""The `zfs-provisioner` command."""

import sys

import typer

from zfs_provisioner.cli_doctor import doctor
from zfs_provisioner.cli_gc import gc
from zfs_provisioner.cli_inventory import inventory
from zfs_provisioner.cli_keep import keep
from zfs_provisioner.cli_policy import policy
from zfs_provisioner.cli_serve import serve
from zfs_provisioner.errors import ProvisionerError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def describe() -> None:
    """Workspaces on copy-on-write storage: serve, list, collect them, see what a machine can do."""


app.command()(serve)
app.command()(inventory)
app.command()(gc)
app.command()(keep)
app.command()(policy)
app.command()(doctor)


def main() -> None:
    """Run the command line; a refusal is one sentence on standard error and status 1."""
    try:
        app()
    except ProvisionerError as error:
        sys.exit(f"zfs-provisioner: {error}")


if __name__ == "__main__":
    main()
