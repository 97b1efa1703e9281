"""The routes, all under `/v1`. Every call about a workspace names its owner."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from zfs_provisioner.api.archive_routes import add_archive_routes
from zfs_provisioner.api.checkpoint_routes import add_checkpoint_routes
from zfs_provisioner.api.models import ErrorAnswer, Health
from zfs_provisioner.api.streaming import error_answer
from zfs_provisioner.api.workspace_routes import (
    add_life_routes,
    add_quota_routes,
    add_workspace_routes,
)
from zfs_provisioner.archive import Archive
from zfs_provisioner.checkpoints import Checkpoints
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.model import Capabilities
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Provisioner:
    """The parts that the routes call."""

    root: Path
    storage: Storage
    archive: Archive
    workspaces: Workspaces
    checkpoints: Checkpoints


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

    add_archive_routes(app, provisioner.archive)
    add_workspace_routes(app, provisioner.workspaces)
    add_life_routes(app, provisioner.workspaces)
    add_quota_routes(app, provisioner.workspaces)
    add_checkpoint_routes(app, provisioner.checkpoints)
    return app
