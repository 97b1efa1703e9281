"""A workspace's checkpoints."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from zfs_provisioner.api.models import RestoreRequest
from zfs_provisioner.api.parameters import OwnerName
from zfs_provisioner.api.streaming import long_answer
from zfs_provisioner.model import Checkpoint, Workspace
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.workspaces import Workspaces


def add_checkpoint_routes(app: FastAPI, workspaces: Workspaces) -> None:
    """Add the routes below `/v1/workspaces/{workspace}` that are about checkpoints."""

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
