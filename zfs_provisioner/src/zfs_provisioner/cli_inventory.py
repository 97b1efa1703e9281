"""`zfs-provisioner inventory`."""

from datetime import UTC, datetime

import typer
from pydantic import TypeAdapter
from rich.filesize import decimal

from zfs_provisioner.cli_place import (
    AsJson,
    CaFile,
    Socket,
    TokenFile,
    Url,
    client_at,
    print_table,
    run,
)
from zfs_provisioner.inventory import CountedWorkspace, HeldRelease, Inventory, take_inventory
from zfs_provisioner.model import Workspace, WorkspaceState


def inventory(
    *,
    socket: Socket = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    as_json: AsJson = False,
) -> None:
    """List releases with how many workspaces hold each, and every workspace."""

    async def ask() -> Inventory:
        async with client_at(socket, url, token_file, ca_file) as client:
            return await take_inventory(client)

    found = run(ask())
    if as_json:
        typer.echo(TypeAdapter(Inventory).dump_json(found, indent=2).decode())
        return
    print_table(
        ["dataset", "release", "size", "files", "imported", "workspaces"],
        [_release_row(each) for each in found.releases],
        "The archive is empty.",
    )
    typer.echo()
    now = datetime.now(UTC)
    print_table(
        ["owner", "name", "state", "release", "checkpoints", "created", "leased to", "id"],
        [_workspace_row(each, now) for each in found.workspaces],
        "There are no workspaces.",
    )


def _release_row(held: HeldRelease) -> list[str]:
    release = held.release
    retired = " (retired)" if release.retired else ""
    return [
        release.dataset,
        f"{release.name}{retired}",
        decimal(release.size),
        str(release.files),
        _when(release.created),
        str(held.workspaces),
    ]


def _workspace_row(counted: CountedWorkspace, now: datetime) -> list[str]:
    workspace = counted.workspace
    return [
        workspace.spec.owner,
        workspace.spec.name,
        state(workspace, now),
        f"{workspace.spec.dataset}@{workspace.spec.release}",
        str(counted.checkpoints),
        _when(workspace.created),
        f"{workspace.lease.holder} until {_when(workspace.lease.until)}" if workspace.lease else "",
        workspace.id,
    ]


def state(workspace: Workspace, now: datetime) -> str:
    """Return the word for where a workspace is in its life."""
    if workspace.state is WorkspaceState.TRASHED:
        return "in trash"
    return "leased" if workspace.in_use(now) else "live"


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
