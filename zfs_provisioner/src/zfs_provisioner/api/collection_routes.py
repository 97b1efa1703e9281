"""Garbage collection: what it will do and why, doing it, and how to stop it."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from zfs_provisioner.api.models import ActivityReport, KeepRequest, PauseRequest, RunRequest
from zfs_provisioner.api.parameters import OwnerName
from zfs_provisioner.api.streaming import long_answer
from zfs_provisioner.gc.collector import UNLIMITED, Collector
from zfs_provisioner.gc.outlook import Outlook, WorkspaceFate
from zfs_provisioner.gc.plans import Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import Owner, Workspace
from zfs_provisioner.storage.protocol import Report


def add_collection_routes(app: FastAPI, collector: Collector) -> None:
    """Add the routes below `/v1/gc`, and the report of activity."""

    @app.get("/v1/gc/plan")
    def plan(
        owner: Annotated[str | None, Query(description="Without it: everybody's")] = None,
    ) -> Outlook:
        """Return what would be done now and what comes; it changes nothing."""
        return collector.outlook(owner)

    @app.get("/v1/gc/policy")
    def policy() -> Policy:
        return collector.policy

    @app.post("/v1/gc/run", response_model=list[Outcome])
    async def run(body: RunRequest, request: Request) -> Response:
        """Do what may be done now, all of it; the answer says what became of each action."""

        def work(report: Report) -> list[Outcome]:
            return collector.round(report, allow_many=body.allow_many, budget=UNLIMITED)

        return await long_answer(request, work)

    @app.put("/v1/gc/pause", status_code=204)
    def pause(body: PauseRequest) -> None:
        """Do nothing more, also after a restart, until it is resumed."""
        collector.pause(body.why)

    @app.delete("/v1/gc/pause", status_code=204)
    def resume() -> None:
        """End a pause, and the quiet after an absence."""
        collector.resume()

    @app.put("/v1/activity", status_code=204)
    def report_activity(body: ActivityReport) -> None:
        """Take a source's report of when sessions were last active."""
        # An owner who has no workspace here is no fault: a hub reports all its sessions.
        collector.hear(
            body.source, {(Owner(each.owner), each.session): each.at for each in body.sessions}
        )


def add_fate_routes(app: FastAPI, collector: Collector) -> None:
    """Add the routes that tell owners what becomes of their workspaces."""

    @app.get("/v1/gc/fates")
    def fates(
        owner: Annotated[str | None, Query(description="Without it: everybody's")] = None,
    ) -> list[WorkspaceFate]:
        """Return it for all of an owner's, as the last look at the storage saw them."""
        return collector.fates(owner)

    @app.get("/v1/workspaces/{workspace}/fate")
    def fate(workspace: str, owner: OwnerName) -> WorkspaceFate:
        """Return it for one, after a close look at it."""
        return collector.fate(workspace, owner)

    @app.put("/v1/workspaces/{workspace}/keep")
    def keep(workspace: str, owner: OwnerName, body: KeepRequest) -> Workspace:
        return collector.keep(workspace, owner, body.until)
