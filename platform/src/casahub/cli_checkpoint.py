"""What `casahub workspace` does with checkpoints."""

from dataclasses import replace
from typing import Annotated

import typer
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Changes, Checkpoint, DatasetName, Release, Workspace

from casahub.cli_common import AsJson, messages, on_provisioner, out, print_json, print_table
from casahub.cli_workspace import Id, find, show
from casahub.terminal import ProgressBars, size, when

CheckpointArgument = Annotated[str, typer.Argument(help="A name from `workspace checkpoints`.")]


def checkpoint(workspace: Id, json: AsJson = False) -> None:
    """Keep a workspace's present content as a checkpoint."""

    async def work(client: ProvisionerClient) -> Checkpoint:
        found = await find(client, workspace)
        return await client.checkpoint(found.id, found.spec.owner)

    made = on_provisioner(work)
    if json:
        print_json(made, Checkpoint)
    else:
        out.print(f"Made checkpoint {made.name}.")


def checkpoints(workspace: Id, json: AsJson = False) -> None:
    """List a workspace's checkpoints."""

    async def work(client: ProvisionerClient) -> list[Checkpoint]:
        found = await find(client, workspace)
        return await client.checkpoints(found.id, found.spec.owner)

    found = on_provisioner(work)
    if json:
        print_json(found, list[Checkpoint])
        return
    rows = [[each.name, each.kind, when(each.created)] for each in found]
    print_table(["CHECKPOINT", "KIND", "MADE (UTC)"], rows, "The workspace has no checkpoint yet.")


def changes(
    workspace: Id,
    checkpoint: CheckpointArgument,
    newer: Annotated[str, typer.Argument(help="A later one; the present content.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="The most files to show.")] = 100,
    json: AsJson = False,
) -> None:
    """Show which files changed since a checkpoint, and how much was written."""

    async def work(client: ProvisionerClient) -> Changes:
        found = await find(client, workspace)
        return await client.changes(
            found.id, found.spec.owner, checkpoint, newer or None, limit=limit
        )

    found = on_provisioner(work)
    if json:
        print_json(found, Changes)
        return
    rows = [[each.kind, each.path, size(each.before), size(each.after)] for each in found.files]
    print_table(["CHANGE", "FILE", "BEFORE", "AFTER"], rows, "Nothing changed.")
    if found.total > len(found.files):
        out.print(f"… and {found.total - len(found.files)} more: --limit shows them.")
    if found.total:
        out.print(f"{found.total} files changed, {size(found.written)} written.")


def restore(
    workspace: Id,
    checkpoint: CheckpointArgument,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Only these files and directories; all.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Bring a checkpoint's content back; what changed since is kept in another checkpoint."""

    async def work(client: ProvisionerClient) -> Workspace:
        found = await find(client, workspace)
        with ProgressBars(messages) as bars:
            return await client.restore(
                found.id,
                found.spec.owner,
                checkpoint,
                lambda progress: bars.report(found.spec.name, progress),
                paths or (),
            )

    show(on_provisioner(work), "Restored", as_json=json)


def publish(
    workspace: Id,
    checkpoint: CheckpointArgument,
    name: Annotated[str, typer.Argument(help="DATASET@RELEASE: the release to make.")],
    title: Annotated[str, typer.Option(help="What people read; that of the dataset.")] = "",
    json: AsJson = False,
) -> None:
    """Make a checkpoint's content a release of the archive, for everybody."""
    dataset, _, release = name.partition("@")

    async def work(client: ProvisionerClient) -> Release:
        found = await find(client, workspace)
        known = {each.name: each.info for each in await client.datasets(retired=True)}
        like = known.get(DatasetName(dataset), known[found.spec.dataset])
        info = replace(like, title=title or like.title)
        with ProgressBars(messages) as bars:
            return await client.publish(
                found.id,
                found.spec.owner,
                checkpoint,
                dataset=dataset,
                release=release,
                info=info,
                report=lambda progress: bars.report(name, progress),
            )

    made = on_provisioner(work)
    if json:
        print_json(made, Release)
    else:
        out.print(f"Published {made.label}: {made.files} files, {size(made.size)}.")


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `casahub workspace`."""
    for command in (checkpoint, checkpoints, changes, restore, publish):
        app.command()(command)
