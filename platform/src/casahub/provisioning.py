"""A provisioner for whoever needs one: the running site's, or one for the time of a command."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerUnreachableError
from zfs_provisioner.gc.policy import load_policy

from casahub.processes import child
from casahub.settings import Settings
from casahub.state import ensure_state
from casahub.turns import turn

_START: Final = 30  # seconds; reconciling after a crash may have to remove a large half-made copy
_STOP: Final = 60  # seconds; a copy under way is finished
HUB: Final = "hub"  # the name by which the hub's sessions are reported to the provisioner


async def _answers(client: ProvisionerClient) -> bool:
    try:
        return (await client.health()).ready
    except ProvisionerUnreachableError:
        return False


@asynccontextmanager
async def started_provisioner(
    settings: Settings, *, collects: bool
) -> AsyncIterator[ProvisionerClient]:
    """Run a provisioner on the site's storage in the block.

    Parameters
    ----------
    collects
        Whether it collects garbage; it then expects to hear from the hub.
    """
    refuse_bad_policy(settings)
    ensure_state(settings)
    command = [sys.executable, "-m", "zfs_provisioner", "serve", *storage_options(settings)]
    command += [*collection_options(settings, collects=collects), "--socket", str(settings.socket)]
    log = settings.logs / "provisioner.log"
    async with (
        child("provisioner", command, log, dict(os.environ), _STOP) as process,
        ProvisionerClient(settings.socket) as client,
    ):
        await process.ready(lambda: _answers(client), _START)
        yield client


def storage_options(settings: Settings) -> list[str]:
    """Return the provisioner's options that say where workspaces are kept."""
    given = {
        "--root": None if settings.zfs else settings.storage,
        "--zfs": settings.zfs or None,
        "--state": settings.provisioner if settings.zfs else None,
        "--guid": settings.zfs_guid,
        "--owner-quota": settings.owner_quota,
        "--session-account": settings.session_account,
    }
    return [
        text
        for option, value in given.items()
        if value is not None
        for text in (option, str(int(value) if isinstance(value, int) else value))
    ]


def collection_options(settings: Settings, *, collects: bool) -> list[str]:
    """Return the provisioner's options about garbage collection."""
    policy = ["--policy", str(settings.policy)] if settings.policy else []
    return [*policy, *(["--expect-activity", HUB] if collects else ["--no-collection"])]


def refuse_bad_policy(settings: Settings) -> None:
    """Raise InvalidSettingsError, with what the provisioner would say, for a policy that is bad."""
    if settings.policy is not None:
        load_policy(settings.policy)


@asynccontextmanager
async def any_provisioner(settings: Settings) -> AsyncIterator[ProvisionerClient]:
    """Give the running site's provisioner, or start one for the block when there is none."""
    ensure_state(settings)
    async with turn(settings.turns) as ours:
        async with ProvisionerClient(settings.socket) as client:
            if settings.socket.exists() and await _answers(client):
                await ours.with_others()
                yield client
                return
        # A command does what it says and nothing else; without a hub nobody knows what is in use.
        async with started_provisioner(settings, collects=False) as client:
            await ours.with_others()
            try:
                yield client
            finally:
                await ours.alone()  # others may still use it
