"""The application: layers, refusals and routes. Every call about a workspace names its owner."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from zfs_provisioner.access import Access, TokenAccess
from zfs_provisioner.api.archive_routes import add_archive_routes
from zfs_provisioner.api.checkpoint_routes import add_checkpoint_routes
from zfs_provisioner.api.collection_routes import add_collection_routes, add_fate_routes
from zfs_provisioner.api.event_routes import add_event_routes
from zfs_provisioner.api.guarding import Guarding
from zfs_provisioner.api.models import ErrorAnswer
from zfs_provisioner.api.observing import Observing
from zfs_provisioner.api.refusals import add_refusals
from zfs_provisioner.api.service_routes import add_service_routes
from zfs_provisioner.api.streaming import Works
from zfs_provisioner.api.workspace_routes import (
    add_life_routes,
    add_quota_routes,
    add_workspace_routes,
)
from zfs_provisioner.archive import Archive
from zfs_provisioner.background import Background
from zfs_provisioner.checkpoints import Checkpoints
from zfs_provisioner.events import Events
from zfs_provisioner.gc.collector import Collector
from zfs_provisioner.metrics import Metrics
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces

# Calls that run side by side: 64 callers, which share ZFS's transaction groups, and as many long
# imports and restores before they have to wait. A thread that waits for the disk costs 100 KB.
THREADS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioner:
    """The parts that the routes call, and what goes on beside them."""

    root: str
    storage: Storage
    archive: Archive
    workspaces: Workspaces
    checkpoints: Checkpoints
    collector: Collector
    readiness: Readiness
    events: Events
    metrics: Metrics
    background: Background


def create_app(provisioner: Provisioner, access: Access) -> ASGIApp:
    """Return the application for one storage root."""
    return Observing(_routes(provisioner, access), provisioner.metrics)


def _routes(provisioner: Provisioner, access: Access) -> FastAPI:

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        provisioner.events.attach(asyncio.get_running_loop())
        app.state.works = Works()
        async with provisioner.background.running():
            yield
        await app.state.works.finished()

    # The scheme is only described here, for the page's "Authorize": `Guarding` asks for the token.
    shown = [Depends(HTTPBearer(auto_error=False))] if isinstance(access, TokenAccess) else []
    app = FastAPIOffline(
        redoc_url=None,
        title="zfs-provisioner",
        version="1",
        description="Workspaces on copy-on-write storage.",
        lifespan=lifespan,
        dependencies=shown,
        responses={"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}},
    )
    add_refusals(app)
    add_service_routes(
        app,
        provisioner.root,
        provisioner.storage,
        provisioner.readiness,
        provisioner.metrics,
    )
    add_archive_routes(app, provisioner.archive)
    add_workspace_routes(app, provisioner.workspaces)
    add_life_routes(app, provisioner.workspaces)
    add_quota_routes(app, provisioner.workspaces)
    add_checkpoint_routes(app, provisioner.checkpoints)
    add_collection_routes(app, provisioner.collector)
    add_fate_routes(app, provisioner.collector)
    add_event_routes(app, provisioner.events)
    app.add_middleware(Guarding, access=access, readiness=provisioner.readiness)
    return app
