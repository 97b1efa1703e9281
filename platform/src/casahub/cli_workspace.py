"""`casahub workspace`: everybody's workspaces, for the site admin."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.outlook import WorkspaceFate
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.model import Allowance, Workspace, WorkspaceState

from casahub.cli_common import AsJson, messages, on_provisioner, out, print_json, print_table
from casahub.errors import SiteError
from casahub.terminal import ProgressBars, day, size, when

app = typer.Typer(help="Workspaces of all users.", no_args_is_help=True)

_SIZE: Final = TypeAdapter(ByteSize)
_SHOWN: Final = 8  # digits of an id; two workspaces that share them are told apart by more

Id = Annotated[str, typer.Argument(metavar="ID", help="The workspace's id, or its beginning.")]


@app.command("list")
def list_workspaces(
    user: Annotated[str | None, typer.Option(help="Only this user's.")] = None,
    json: AsJson = False,
) -> None:
    """List workspaces, those in trash too."""

    async def work(client: ProvisionerClient) -> tuple[list[Workspace], list[WorkspaceFate]]:
        return await client.workspaces(user), [] if json else await client.fates(user)

    found, fates = on_provisioner(work)
    if json:
        print_json(found, list[Workspace])
        return
    known = {each.workspace: each.fate for each in fates}
    now = datetime.now(UTC)
    rows = [
        [
            each.id[:_SHOWN],
            each.spec.owner,
            each.spec.name,
            f"{each.spec.dataset}@{each.spec.release}",
            _state(each, now),
            when(each.created),
            _fate(known.get(each.id), now),
        ]
        for each in found
    ]
    print_table(
        ["ID", "USER", "NAME", "RELEASE", "STATE", "CREATED (UTC)", "GOES (UTC)"],
        rows,
        "There is no workspace yet: users make them in the browser, or `casahub workspace create`.",
    )


def _state(workspace: Workspace, now: datetime) -> str:
    if workspace.state is WorkspaceState.TRASHED:
        return f"in trash since {when(workspace.trashed)}"
    if workspace.in_use(now):
        return f"open in {workspace.session or 'the default session'}"
    if workspace.keep is not None and workspace.keep > now:
        return f"stopped, kept until {day(workspace.keep)}"
    return "stopped"


def _fate(fate: Fate | None, now: datetime) -> str:
    """Return when a workspace goes, if nobody uses it until then; nothing while it is used."""
    if fate is None:
        return ""
    if fate.due <= now and fate.hindrance:
        return "left alone"
    time = day(fate.due) if fate.due > now else "now"
    return f"to trash {time}" if fate.kind is ActionKind.TRASH else f"destroyed {time}"


@app.command()
def create(
    release: Annotated[str, typer.Argument(help="DATASET or DATASET@RELEASE; the newest.")],
    user: Annotated[str, typer.Option(help="Whose workspace it will be.")],
    name: Annotated[str, typer.Option(help="Display name; the dataset's title.")] = "",
    json: AsJson = False,
) -> None:
    """Make a workspace for a user."""
    # Not above: it takes JupyterHub along, which the other commands would wait for.
    from casahub_spawner.options import default_name  # noqa: PLC0415

    dataset, _, version = release.partition("@")

    async def work(client: ProvisionerClient) -> Workspace:
        known = {each.name: each for each in await client.datasets()}
        chosen = known.get(dataset)  # type: ignore[call-overload]  # any text may be asked for
        if chosen is None:
            names = ", ".join(known) or "none yet"
            raise SiteError(f"There is no dataset {dataset!r}. The archive has: {names}.")
        with ProgressBars(messages) as bars:
            return await client.create(
                str(uuid.uuid4()),
                user,
                dataset=dataset,
                release=version or chosen.newest.name,
                name=name or default_name(chosen),
                report=lambda progress: bars.report(dataset, progress),
            )

    show(on_provisioner(work), "Made", as_json=json)


@app.command()
def branch(
    workspace: Id,
    checkpoint: Annotated[str, typer.Argument(help="A name from `workspace checkpoints`.")],
    name: Annotated[str, typer.Option(help="Display name of the new one; that of the old.")] = "",
    json: AsJson = False,
) -> None:
    """Make another workspace that begins with a checkpoint of this one."""

    async def work(client: ProvisionerClient) -> Workspace:
        found = await find(client, workspace)
        with ProgressBars(messages) as bars:
            return await client.branch(
                str(uuid.uuid4()),
                found.spec.owner,
                origin=found.id,
                checkpoint=checkpoint,
                name=name or found.spec.name,
                report=lambda progress: bars.report(found.spec.name, progress),
            )

    show(on_provisioner(work), "Branched", as_json=json)


@app.command()
def trash(workspace: Id, json: AsJson = False) -> None:
    """Put a workspace into trash; `undelete` brings it back."""

    async def work(client: ProvisionerClient) -> Workspace:
        found = await find(client, workspace)
        return await client.trash(found.id, found.spec.owner)

    show(on_provisioner(work), "In trash:", as_json=json)


@app.command()
def undelete(workspace: Id, json: AsJson = False) -> None:
    """Bring a workspace back from trash."""

    async def work(client: ProvisionerClient) -> Workspace:
        found = await find(client, workspace)
        return await client.undelete(found.id, found.spec.owner)

    show(on_provisioner(work), "Back from trash:", as_json=json)


@app.command()
def keep(
    workspace: Id,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Until when it stays, in UTC."),
    ] = None,
    *,
    no_longer: Annotated[
        bool, typer.Option("--no-longer", help="Let it go when others would.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Keep a workspace from going to trash until a date, however long it is not used."""
    if (until is None) is not no_longer:
        raise SiteError("Say either --until DATE or --no-longer.")
    end = until.replace(tzinfo=UTC) if until else None

    async def work(client: ProvisionerClient) -> Workspace:
        found = await find(client, workspace)
        return await client.keep(found.id, found.spec.owner, end)

    done = f"Kept until {when(end)} UTC:" if end else "Kept no longer than others:"
    show(on_provisioner(work), done, as_json=json)


@app.command()
def quota(
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose workspaces.")],
    workspace: Annotated[str, typer.Option(metavar="ID", help="Only this one of them.")] = "",
    limit: Annotated[str, typer.Option(help="A size such as '50 GB', or 'none'.")] = "",
    json: AsJson = False,
) -> None:
    """Say how much a user's changes and checkpoints take and may take, or set the limit."""
    most = _limit(limit) if limit else None

    async def work(client: ProvisionerClient) -> Allowance:
        if not workspace:
            ask = client.limit_owner(user, most) if limit else client.allowance(user)
            return await ask
        found = await find(client, workspace)
        if found.spec.owner != user:
            raise SiteError(f"Workspace {found.id} is {found.spec.owner}'s, not {user}'s.")
        ask = client.limit(found.id, user, most) if limit else client.allowance_of(found.id, user)
        return await ask

    allowance = on_provisioner(work)
    if json:
        print_json(allowance, Allowance)
        return
    may = "without a limit" if allowance.limit is None else f"of {size(allowance.limit)}"
    out.print(f"{user}: {size(allowance.used)} used {may}.")


def _limit(text: str) -> int | None:
    if text.lower() == "none":
        return None
    try:
        return int(_SIZE.validate_python(text.replace(" ", "")))
    except ValidationError as error:
        raise SiteError(f"{text!r} is no size: write '50 GB', '1.5 TB' or 'none'.") from error


async def find(client: ProvisionerClient, beginning: str) -> Workspace:
    """Return the one workspace whose id begins so, or raise SiteError."""
    found = [each for each in await client.workspaces() if each.id.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    how_many = f"{len(found)} workspaces have an id" if found else "No workspace has an id"
    raise SiteError(
        f"{how_many} that begins with {beginning!r}: `casahub workspace list --json` shows all ids."
    )


def show(workspace: Workspace, done: str, *, as_json: bool) -> None:
    """Print what was done to a workspace."""
    if as_json:
        print_json(workspace, Workspace)
    else:
        out.print(f"{done} {workspace.spec.name!r} of {workspace.spec.owner}, {workspace.id}.")
