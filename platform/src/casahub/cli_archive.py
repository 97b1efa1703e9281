"""`casahub archive`: datasets and releases, for the archive operator."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from zfs_provisioner.api.models import VerificationAnswer
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Dataset, DatasetInfo, DatasetName, Release, Retirement

from casahub.cli_common import AsJson, messages, on_provisioner, out, print_json, print_table
from casahub.terminal import ProgressBars, size, when

app = typer.Typer(help="Datasets and their releases.", no_args_is_help=True)


@app.command("list")
def list_datasets(
    retired: Annotated[bool, typer.Option("--retired", help="Retired releases too.")] = False,
    json: AsJson = False,
) -> None:
    """List datasets with their releases."""
    datasets = on_provisioner(lambda client: client.datasets(retired=retired))
    if json:
        print_json(datasets, list[Dataset])
        return
    rows = [
        [
            release.label,
            dataset.info.title,
            size(release.size),
            when(release.created),
            *([when(release.retired)] if retired else []),
        ]
        for dataset in datasets
        for release in dataset.releases
    ]
    print_table(
        ["RELEASE", "TITLE", "SIZE", "IMPORTED (UTC)", *(["RETIRED (UTC)"] if retired else [])],
        rows,
        "The archive is empty: add a dataset with `casahub archive add NAME DIRECTORY`.",
    )


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="NAME or NAME@RELEASE; the release is this month.")],
    directory: Annotated[Path, typer.Argument(help="Directory with the dataset's files.")],
    title: Annotated[str, typer.Option(help="What people read; at first the name.")] = "",
    source: Annotated[str, typer.Option(help="Observed source, such as 'NGC 5921'.")] = "",
    telescope: Annotated[str, typer.Option(help="Telescope or array.")] = "",
    observed: Annotated[str, typer.Option(help="Date of observation, YYYY-MM-DD.")] = "",
    description: Annotated[str, typer.Option(help="A sentence more.")] = "",
    json: AsJson = False,
) -> None:
    """Copy a directory into the archive as a new release; what is there is never changed.

    What is not said about a dataset stays as it was said with the release before.
    """
    dataset, _, release = name.partition("@")
    given = {
        "title": title,
        "source": source,
        "telescope": telescope,
        "observed": observed,
        "description": description,
    }

    async def work(client: ProvisionerClient) -> Release:
        earlier = {each.name: each.info for each in await client.datasets()}
        before = earlier.get(DatasetName(dataset), DatasetInfo(title=dataset))
        info = replace(before, **{key: value for key, value in given.items() if value})
        with ProgressBars(messages) as bars:
            return await client.import_release(
                dataset,
                release or datetime.now(UTC).strftime("%Y-%m"),
                directory.absolute(),
                info,
                lambda progress: bars.report(dataset, progress),
            )

    made = on_provisioner(work)
    if json:
        print_json(made, Release)
    else:
        out.print(f"Added {made.label}: {made.files} files, {size(made.size)}.")


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="NAME@RELEASE …; all if none.")] = None,
    json: AsJson = False,
) -> None:
    """Read releases again and compare their content with the digest made at import."""

    async def work(client: ProvisionerClient) -> list[VerificationAnswer]:
        wanted = [name.partition("@")[::2] for name in names or []]
        if not wanted:
            wanted = [
                (release.dataset, release.name)
                for dataset in await client.datasets(retired=True)
                for release in dataset.releases
            ]
        return [await client.verify(dataset, release) for dataset, release in wanted]

    answers = on_provisioner(work)
    if json:
        print_json(answers, list[VerificationAnswer])
    else:
        print_table(
            ["RELEASE", "", "SHA-256"],
            [
                [each.release.label, "intact" if each.intact else "CHANGED", each.found]
                for each in answers
            ],
            "The archive is empty.",
        )
    if not all(each.intact for each in answers):
        raise typer.Exit(1)


ReleaseName = Annotated[str, typer.Argument(metavar="NAME@RELEASE")]


@app.command()
def retire(release: ReleaseName, json: AsJson = False) -> None:
    """Offer a release no longer; workspaces of it go on, and it stays on disk."""
    done = on_provisioner(lambda client: client.retire(*release.partition("@")[::2]))
    if json:
        print_json(done, Retirement)
        return
    out.print(f"Retired {done.release.label}: nobody gets new workspaces of it.")
    rows = [[each.id, each.spec.owner, each.spec.name, each.state] for each in done.held_by]
    print_table(["HELD BY", "USER", "NAME", "STATE"], rows, "No workspace holds it.")


@app.command()
def reinstate(release: ReleaseName, json: AsJson = False) -> None:
    """Offer a retired release again."""
    done = on_provisioner(lambda client: client.reinstate(*release.partition("@")[::2]))
    if json:
        print_json(done, Retirement)
    else:
        out.print(f"Offered again: {done.release.label}.")
