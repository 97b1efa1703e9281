"""Provisioners in every way of being served, and raw requests to them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp
from tests_processes import Process, four_free_ports
from tests_provisioner import INFO
from zfs_provisioner.access import AccountAccess
from zfs_provisioner.api.app import Provisioner, create_app
from zfs_provisioner.assembly import Collection, assemble, now
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.connections import Connection, Server
from zfs_provisioner.listening import UnixPlace
from zfs_provisioner.metrics import Metrics
from zfs_provisioner.storage.protocol import Storage

SERVE = [sys.executable, "-m", "zfs_provisioner", "serve"]
TOKEN = "0123456789abcdef" * 4


@contextmanager
def serving(root: Path, *options: str | Path) -> Iterator[Process]:
    """Run a provisioner in the block, ready when it begins."""
    process = Process([*SERVE, "--root", str(root), *map(str, options)])
    process.start("serving ")
    try:
        yield process
    finally:
        process.stop()


def token_file(directory: Path, token: str = TOKEN, mode: int = 0o600) -> Path:
    path = directory / "token"
    path.write_text(token + "\n")
    path.chmod(mode)
    return path


def free_place() -> str:
    return f"127.0.0.1:{four_free_ports()}"


def raw(socket: Path) -> httpx.AsyncClient:
    """Return a client for requests that the typed client does not make."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://provisioner"
    )


def json_lines(path_or_lines: Path | list[str]) -> list[dict[str, Any]]:
    """Return the JSON objects of a file or of what a process said, other lines left out."""
    lines = (
        path_or_lines.read_text().splitlines() if isinstance(path_or_lines, Path) else path_or_lines
    )
    return [json.loads(line) for line in lines if line.startswith("{")]


async def ready(client: ProvisionerClient) -> None:
    """Return when a provisioner that was just started can be used."""
    while not (await client.health()).ready:  # noqa: ASYNC110  # it tells by being asked
        await asyncio.sleep(0.01)


async def import_observation(client: ProvisionerClient, place: Path) -> None:
    """Put the release `obs@1` into the archive."""
    data = place / "observation"
    data.mkdir(exist_ok=True)
    (data / "table.dat").write_bytes(os.urandom(10_000))
    await client.import_release("obs", "1", data, INFO)


@asynccontextmanager
async def in_process(
    root: Path,
    storage: Storage,
    socket: Path,
    clock: Callable[[], datetime] = now,
    collection: Collection | None = None,
) -> AsyncIterator[Provisioner]:
    """Serve a storage in this process, so that the test can reach its parts."""
    metrics = Metrics()
    with closing(AuditLog(root / "audit.jsonl", metrics.audited)) as audit_log:
        provisioner = assemble(str(root), storage, audit_log, metrics, clock, collection)
        app = create_app(provisioner, AccountAccess([]))
        async with application(app, socket, provisioner.events.close):
            yield provisioner


@asynccontextmanager
async def application(
    app: ASGIApp, socket: Path, stopping: Callable[[], None]
) -> AsyncIterator[None]:
    """Serve an application in this process, by the provisioner's own server."""
    config = uvicorn.Config(
        app, http=Connection, ws="none", log_config=None, access_log=False, lifespan="on"
    )
    with UnixPlace(path=socket).listening() as listener:
        server = Server(config, stopping=stopping)
        running = asyncio.create_task(server._serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await running
