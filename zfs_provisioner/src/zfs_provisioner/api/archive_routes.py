"""Datasets and releases."""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from zfs_provisioner.api.models import ImportRequest, VerificationAnswer
from zfs_provisioner.api.streaming import long_answer
from zfs_provisioner.archive import Archive
from zfs_provisioner.model import Dataset, Release, Retirement, Workspace
from zfs_provisioner.storage.protocol import Report


def add_archive_routes(app: FastAPI, archive: Archive) -> None:
    """Add the routes below `/v1/datasets`."""

    @app.get("/v1/datasets")
    def datasets(
        retired: Annotated[bool, Query(description="Retired releases too")] = False,
    ) -> list[Dataset]:
        return archive.datasets(retired=retired)

    @app.put("/v1/datasets/{dataset}/releases/{release}", response_model=Release)
    async def import_release(
        dataset: str, release: str, body: ImportRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Release:
            return archive.import_release(dataset, release, body.info, Path(body.source), report)

        return await long_answer(request, work)

    @app.get("/v1/datasets/{dataset}/releases/{release}/verification")
    def verify(dataset: str, release: str) -> VerificationAnswer:
        seen = archive.verify(dataset, release)
        return VerificationAnswer(release=seen.release, found=seen.found, intact=seen.intact)

    @app.get("/v1/datasets/{dataset}/releases/{release}/holders")
    def holders(dataset: str, release: str) -> list[Workspace]:
        return archive.holders(archive.release(dataset, release))

    @app.put("/v1/datasets/{dataset}/releases/{release}/retirement")
    def retire(dataset: str, release: str) -> Retirement:
        return archive.retire(dataset, release)

    @app.delete("/v1/datasets/{dataset}/releases/{release}/retirement")
    def reinstate(dataset: str, release: str) -> Retirement:
        return archive.reinstate(dataset, release)
