"""A workspace's checkpoints."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from zfs_provisioner.api.models import KeptChanges, PublishRequest, RestoreRequest
from zfs_provisioner.api.parameters import OwnerName
from zfs_provisioner.api.streaming import long_answer
from zfs_provisioner.checkpoints import MOST_CHANGES, Checkpoints
from zfs_provisioner.model import Changes, Checkpoint, Release, Workspace
from zfs_provisioner.storage.protocol import Report


def add_checkpoint_routes(app: FastAPI, checkpoints: Checkpoints) -> None:
    """Add the routes below `/v1/workspaces/{workspace}` that are about checkpoints."""

    @app.get("/v1/workspaces/{workspace}/checkpoints")
    def listing(workspace: str, owner: OwnerName) -> list[Checkpoint]:
        return checkpoints.of(workspace, owner)

    @app.post("/v1/workspaces/{workspace}/checkpoints", status_code=201)
    def take(workspace: str, owner: OwnerName) -> Checkpoint:
        return checkpoints.take(workspace, owner)

    @app.put("/v1/workspaces/{workspace}/checkpoints")
    def keep_changes(workspace: str, owner: OwnerName) -> KeptChanges:
        return KeptChanges(checkpoint=checkpoints.keep_changes(workspace, owner))

    @app.get("/v1/workspaces/{workspace}/changes")
    def changes(
        workspace: str,
        owner: OwnerName,
        older: Annotated[str, Query(description="A checkpoint")],
        newer: Annotated[str | None, Query(description="Another; the present content")] = None,
        limit: Annotated[
            int, Query(ge=0, le=MOST_CHANGES, description="The most files in the answer")
        ] = MOST_CHANGES,
    ) -> Changes:
        return checkpoints.changes(workspace, owner, older, newer, limit)

    @app.post("/v1/workspaces/{workspace}/restore", response_model=Workspace)
    async def restore(
        workspace: str, owner: OwnerName, body: RestoreRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Workspace:
            return checkpoints.restore(workspace, owner, body.checkpoint, report, body.paths)

        return await long_answer(request, work)

    @app.post("/v1/workspaces/{workspace}/publish", response_model=Release)
    async def publish(
        workspace: str, owner: OwnerName, body: PublishRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Release:
            return checkpoints.publish(
                workspace,
                owner,
                body.checkpoint,
                dataset=body.dataset,
                release=body.release,
                info=body.info,
                report=report,
            )

        return await long_answer(request, work)
