"""The routes, all under `/v1`. Every call about a workspace names its owner."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response

from zfs_provisioner.api.models import (
    CreateRequest,
    ErrorAnswer,
    Health,
    ImportRequest,
    LeaseRequest,
    ReleasedLease,
    RestoreRequest,
    VerificationAnswer,
)
from zfs_provisioner.api.streaming import error_answer, long_answer
from zfs_provisioner.archive import Archive
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import (
    Capabilities,
    Checkpoint,
    Dataset,
    Release,
    Usage,
    Workspace,
)
from zfs_provisioner.storage.protocol import Report, Storage
from zfs_provisioner.workspaces import Workspaces

OwnerName = Annotated[str, Query(alias="owner", description="Whose workspace it is")]


@dataclass(frozen=True, slots=True)
class Provisioner:
    """The parts that the routes call."""

    root: Path
    storage: Storage
    archive: Archive
    workspaces: Workspaces


def create_app(provisioner: Provisioner) -> FastAPI:
    """Return the application for one storage root."""
    app = FastAPI(
        title="zfs-provisioner",
        version="1",
        responses={"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}},
    )

    @app.exception_handler(ProvisionerError)
    async def refused(_request: Request, error: ProvisionerError) -> JSONResponse:
        return JSONResponse(error_answer(error).model_dump(), status_code=error.status)

    @app.get("/v1/health")
    def health() -> Health:
        return Health(ready=True, root=str(provisioner.root))

    @app.get("/v1/storage")
    def storage() -> Capabilities:
        return provisioner.storage.capabilities()

    _add_archive_routes(app, provisioner.archive)
    _add_workspace_routes(app, provisioner.workspaces)
    _add_checkpoint_routes(app, provisioner.workspaces)
    return app


def _add_archive_routes(app: FastAPI, archive: Archive) -> None:
    @app.get("/v1/datasets")
    def datasets() -> list[Dataset]:
        return archive.datasets()

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


def _add_workspace_routes(app: FastAPI, workspaces: Workspaces) -> None:
    @app.get("/v1/workspaces")
    def listing(
        owner: Annotated[str | None, Query(description="Without it: everybody's")] = None,
    ) -> list[Workspace]:
        return workspaces.all() if owner is None else workspaces.owned_by(owner)

    @app.put("/v1/workspaces/{workspace}", response_model=Workspace)
    async def create(
        workspace: str, owner: OwnerName, body: CreateRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Workspace:
            return workspaces.ensure_created(
                workspace, owner=owner, **body.model_dump(), report=report
            )

        return await long_answer(request, work)

    @app.get("/v1/workspaces/{workspace}")
    def get(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.get(workspace, owner)

    @app.get("/v1/workspaces/{workspace}/usage")
    def usage(workspace: str, owner: OwnerName) -> Usage:
        return workspaces.usage(workspace, owner)

    @app.put("/v1/workspaces/{workspace}/lease")
    def lease(workspace: str, owner: OwnerName, body: LeaseRequest) -> Workspace:
        return workspaces.ensure_leased(
            workspace,
            owner=owner,
            holder=body.holder,
            session=body.session,
            duration=timedelta(seconds=body.seconds),
        )

    @app.delete("/v1/workspaces/{workspace}/lease")
    def release_lease(workspace: str, owner: OwnerName, holder: str) -> ReleasedLease:
        made = workspaces.ensure_released(workspace, owner=owner, holder=holder)
        return ReleasedLease(checkpoint=made)

    @app.put("/v1/workspaces/{workspace}/trash")
    def trash(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.ensure_trashed(workspace, owner)

    @app.delete("/v1/workspaces/{workspace}/trash")
    def undelete(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.ensure_undeleted(workspace, owner)


def _add_checkpoint_routes(app: FastAPI, workspaces: Workspaces) -> None:
    @app.get("/v1/workspaces/{workspace}/checkpoints")
    def checkpoints(workspace: str, owner: OwnerName) -> list[Checkpoint]:
        return workspaces.checkpoints(workspace, owner)

    @app.post("/v1/workspaces/{workspace}/checkpoints", status_code=201)
    def checkpoint(workspace: str, owner: OwnerName) -> Checkpoint:
        return workspaces.checkpoint(workspace, owner)

    @app.post("/v1/workspaces/{workspace}/restore", response_model=Workspace)
    async def restore(
        workspace: str, owner: OwnerName, body: RestoreRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Workspace:
            return workspaces.restore(workspace, owner, body.checkpoint, report)

        return await long_answer(request, work)
