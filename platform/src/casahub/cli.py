"""The `casahub` command."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from zfs_provisioner.errors import ProvisionerError

from casahub import cli_archive, cli_checkpoint, cli_sessions, cli_workspace
from casahub.cli_common import run
from casahub.doctor import examine, print_findings
from casahub.errors import InterruptedByUser, SiteError
from casahub.settings import load_settings
from casahub.site import run_site
from casahub.terminal import plain_console

app = typer.Typer(
    help="Workspaces and notebooks with CASA, beside the archive.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_archive.app, name="archive")
cli_checkpoint.add_to(cli_workspace.app)
app.add_typer(cli_workspace.app, name="workspace")
app.command()(cli_sessions.sessions)


@app.callback()
def choose_state(
    state: Annotated[
        Path | None,
        typer.Option(help="Directory that the site keeps everything in.", envvar="CASAHUB_STATE"),
    ] = None,
) -> None:
    """Workspaces and notebooks with CASA, beside the archive."""
    if state is not None:
        os.environ["CASAHUB_STATE"] = str(state)


@app.command()
def up(
    port: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Port on 127.0.0.1.", envvar="PORT")
    ] = None,
) -> None:
    """Run the site on this machine until Ctrl-C."""
    if port is not None:
        os.environ["PORT"] = port  # the settings say what is wrong with it
    run(run_site(load_settings(), plain_console()))


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Say what this machine can do, and what is missing."""
    findings = run(examine(load_settings()))
    print_findings(findings, as_json=json)
    if any(not finding.good and finding.needed for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; an expected failure is one sentence on stderr and status 1."""
    try:
        app()
    except (SiteError, ProvisionerError) as error:
        sys.exit(f"casahub: {error}")
    except InterruptedByUser:
        print(
            "casahub: interrupted; nothing is half-made, the next run continues.", file=sys.stderr
        )
        sys.exit(130)


if __name__ == "__main__":
    main()
