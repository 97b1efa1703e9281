"""A provisioner for whoever needs one: the running site's, or one for the time of a command."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerUnreachableError

from casahub.processes import child
from casahub.settings import Settings
from casahub.state import ensure_state, refuse_foreign_socket

_START: Final = 30  # seconds; reconciling after a crash may have to remove a large half-made copy
_STOP: Final = 60  # seconds; a copy under way is finished


async def _answers(client: ProvisionerClient) -> bool:
    try:
        return (await client.health()).ready
    except ProvisionerUnreachableError:
        return False


@asynccontextmanager
async def started_provisioner(settings: Settings) -> AsyncIterator[ProvisionerClient]:
    """Run a provisioner on the site's storage in the block."""
    ensure_state(settings)
    command = [sys.executable, "-m", "zfs_provisioner", "serve", *storage_options(settings)]
    command += ["--socket", str(settings.socket)]
    log = settings.logs / "provisioner.log"
    async with (
        child("provisioner", command, log, dict(os.environ), _STOP) as process,
        ProvisionerClient(settings.socket) as client,
    ):
        await process.ready(lambda: _answers(client), _START)
        yield client


def storage_options(settings: Settings) -> list[str]:
    """Return the provisioner's options that say where workspaces are kept."""
    if not settings.zfs:
        return ["--root", str(settings.storage)]
    given = {
        "--zfs": settings.zfs,
        "--state": settings.provisioner,
        "--guid": settings.zfs_guid,
        "--owner-quota": settings.owner_quota,
    }
    return [
        text
        for option, value in given.items()
        if value is not None
        for text in (option, str(int(value) if isinstance(value, int) else value))
    ]


@asynccontextmanager
async def any_provisioner(settings: Settings) -> AsyncIterator[ProvisionerClient]:
    """Give the running site's provisioner, or start one for the block when there is none."""
    refuse_foreign_socket(settings)
    async with ProvisionerClient(settings.socket) as client:
        if settings.socket.exists() and await _answers(client):
            yield client
            return
    async with started_provisioner(settings) as client:
        yield client
