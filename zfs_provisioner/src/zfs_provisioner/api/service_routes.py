"""How the provisioner is: alive, ready, able to what, and how busy."""

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from zfs_provisioner.api.models import Health
from zfs_provisioner.metrics import Metrics
from zfs_provisioner.model import Capabilities
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.protocol import Storage

Answer = TypeVar("Answer")


def add_service_routes(
    app: FastAPI, root: str, storage: Storage, readiness: Readiness, metrics: Metrics
) -> None:
    """Add health, readiness, metrics and what the storage can do."""
    threads: list[anyio.CapacityLimiter] = []

    async def aside(work: Callable[[], Answer]) -> Answer:
        """Ask in threads of its own: a provisioner that is busy has to say how it is, too."""
        if not threads:
            threads.append(anyio.CapacityLimiter(4))
        return await run_sync(work, limiter=threads[0])

    @app.get("/v1/health")
    async def health() -> Health:
        """Say how the provisioner is; answers as long as it runs."""
        reasons = await aside(readiness.reasons)
        return Health(ready=not reasons, root=root, reasons=list(reasons))

    @app.get("/v1/ready")
    async def ready() -> Health:
        """Answer 200 when the provisioner can be used now, else 503."""
        await aside(readiness.refuse_if_not_ready)
        return Health(ready=True, root=root)

    @app.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}}},
    )
    async def metrics_page() -> Response:
        """Return metrics in Prometheus' text form."""
        return Response(await aside(metrics.render), media_type=CONTENT_TYPE_LATEST)

    @app.get("/v1/storage")
    def capabilities() -> Capabilities:
        """Return what the storage can do, and its space."""
        return storage.capabilities()
