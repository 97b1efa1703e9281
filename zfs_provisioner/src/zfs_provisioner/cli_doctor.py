"""`zfs-provisioner doctor`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from zfs_provisioner.cli_place import AsJson, CaFile, Socket, TokenFile, Url, client_at, run
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.doctor import Finding, examine_directory, examine_zfs
from zfs_provisioner.errors import ProvisionerError


def doctor(
    *,
    root: Annotated[Path, typer.Option(help="Directory that would be the storage root.")] = Path(),
    zfs: Annotated[
        str | None, typer.Option(help="ZFS filesystem that would be the storage root instead.")
    ] = None,
    socket: Socket = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what this machine can do for workspaces; with a running provisioner, how that one is.

    Ends with status 1 if something is missing that is needed.
    """
    findings = [*([] if zfs else examine_directory(root)), *examine_zfs(zfs)]
    if socket or url:
        findings += run(_running(client_at(socket, url, token_file, ca_file)))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            mark = "✓" if each.good else "✗" if each.needed else "!"
            typer.echo(f"{mark} {each.sentence}")
    if any(each.needed and not each.good for each in findings):
        sys.exit(1)


async def _running(client: ProvisionerClient) -> list[Finding]:
    """Ask a provisioner how it is."""
    async with client:
        try:
            health = await client.health()
            if not health.ready:
                reasons = " ".join(health.reasons)
                return [Finding("provisioner", False, True, f"It is not ready: {reasons}")]
            can = await client.capabilities()
        except ProvisionerError as error:
            return [Finding("provisioner", False, True, error.message)]
    version = f" {can.version}" if can.version else ""
    sentence = (
        f"The provisioner of {health.root} is ready: {can.backend}{version} on {can.filesystem}, "
        f"clones by {can.clone_method}."
    )
    return [
        Finding("provisioner", True, True, sentence),
        *(Finding("remark", False, False, remark) for remark in can.remarks),
    ]
