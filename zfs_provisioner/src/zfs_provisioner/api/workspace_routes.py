"""The life of a workspace. Every call but the operator's list names the owner."""

from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from zfs_provisioner.api.models import (
    BranchRequest,
    CreateRequest,
    LeaseRequest,
    QuotaRequest,
    ReleasedLease,
)
from zfs_provisioner.api.parameters import OwnerName
from zfs_provisioner.api.streaming import long_answer
from zfs_provisioner.model import Allowance, Usage, Workspace
from zfs_provisioner.storage.protocol import Report
from zfs_provisioner.workspaces import Workspaces


def add_workspace_routes(app: FastAPI, workspaces: Workspaces) -> None:
    """Add the routes of `/v1/workspaces` that are about a workspace as a whole."""

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

    @app.put("/v1/workspaces/{workspace}/branch", response_model=Workspace)
    async def branch(
        workspace: str, owner: OwnerName, body: BranchRequest, request: Request
    ) -> Response:
        def work(report: Report) -> Workspace:
            return workspaces.ensure_branched(
                workspace, owner=owner, **body.model_dump(), report=report
            )

        return await long_answer(request, work)

    @app.get("/v1/workspaces/{workspace}")
    def get(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.get(workspace, owner)

    @app.get("/v1/workspaces/{workspace}/usage")
    def usage(workspace: str, owner: OwnerName) -> Usage:
        return workspaces.usage(workspace, owner)


def add_life_routes(app: FastAPI, workspaces: Workspaces) -> None:
    """Add the routes that lease a workspace, put it into trash and bring it back."""

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
    def release_lease(
        workspace: str,
        owner: OwnerName,
        holder: str,
        until: Annotated[
            AwareDatetime | None, Query(description="Only a lease that ends then, as it was seen")
        ] = None,
    ) -> ReleasedLease:
        made = workspaces.ensure_released(workspace, owner=owner, holder=holder, until=until)
        return ReleasedLease(checkpoint=made)

    @app.put("/v1/workspaces/{workspace}/trash")
    def trash(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.ensure_trashed(workspace, owner)

    @app.delete("/v1/workspaces/{workspace}/trash")
    def undelete(workspace: str, owner: OwnerName) -> Workspace:
        return workspaces.ensure_undeleted(workspace, owner)


def add_quota_routes(app: FastAPI, workspaces: Workspaces) -> None:
    """Add the routes that are about how much may be written."""

    @app.get("/v1/quota")
    def allowance(owner: OwnerName) -> Allowance:
        return workspaces.allowance(owner)

    @app.put("/v1/quota")
    def limit_owner(owner: OwnerName, body: QuotaRequest) -> Allowance:
        return workspaces.limit_owner(owner, body.limit)

    @app.get("/v1/workspaces/{workspace}/quota")
    def allowance_of(workspace: str, owner: OwnerName) -> Allowance:
        return workspaces.allowance_of(workspace, owner)

    @app.put("/v1/workspaces/{workspace}/quota")
    def limit(workspace: str, owner: OwnerName, body: QuotaRequest) -> Allowance:
        return workspaces.limit(workspace, owner, body.limit)
