"""`zfs-provisioner keep`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from zfs_provisioner.cli_place import CaFile, Socket, TokenFile, Url, client_at, run
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import InvalidNameError, InvalidSettingsError, UnknownWorkspaceError
from zfs_provisioner.model import Workspace


def keep(
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the workspace, or its beginning.")
    ],
    *,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Until when it stays, in UTC."),
    ] = None,
    no_longer: Annotated[
        bool, typer.Option("--no-longer", help="Let it be collected like others.")
    ] = False,
    socket: Socket = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
) -> None:
    """Keep a workspace from going to trash until a date, however long it is not used."""
    if (until is None) is not no_longer:
        raise InvalidSettingsError("Say either --until DATE or --no-longer.")

    async def work() -> Workspace:
        async with client_at(socket, url, token_file, ca_file) as client:
            found = await matching(client, identity)
            end = until.replace(tzinfo=UTC) if until else None
            return await client.keep(found.id, found.spec.owner, end)

    kept = run(work())
    end = f"until {kept.keep:%Y-%m-%d %H:%M} UTC" if kept.keep else "no longer than others"
    typer.echo(f"{kept.spec.name!r} of {kept.spec.owner} is kept {end}.")


async def matching(
    client: ProvisionerClient, beginning: str, owner: str | None = None
) -> Workspace:
    """Return the workspace whose id begins so.

    Raises
    ------
    UnknownWorkspaceError
        There is none.
    InvalidNameError
        There are several.
    """
    wanted = beginning.strip().lower()
    found = [each for each in await client.workspaces(owner) if each.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not (found and wanted):
        whose = f"of {owner} " if owner else ""
        raise UnknownWorkspaceError(
            f"No workspace {whose}has an id that begins with {beginning!r}: "
            "`zfs-provisioner inventory` lists them."
        )
    ids = ", ".join(each.id for each in found[:5]) + (", …" if found[5:] else "")
    raise InvalidNameError(f"Several ids begin with {beginning!r}: {ids}. Write more of it.")
