"""`python -m casahub.activity`: tell the provisioner when the hub's sessions were last active.

A service that the hub starts. It asks the hub with rights to read names and servers, nothing else,
and goes on whatever happens: a workspace of which nobody hears is left where it is, because the
provisioner stops what is idle from going to trash as long as it does not hear from here.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from pydantic import ValidationError
from zfs_provisioner.api.models import SessionActivity
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError

from casahub.hub_service import hub_client, run, sentence
from casahub.hub_sessions import hub_sessions
from casahub.provisioning import HUB

log = logging.getLogger("casahub.activity")

_EVERY: Final = timedelta(minutes=5)
_PER_AGE: Final = 4  # reports in the time after which the provisioner takes silence for a fault
_AGAIN: Final = timedelta(seconds=15)  # after a report that failed


async def sessions(hub: httpx.AsyncClient) -> AsyncIterator[SessionActivity]:
    """Yield when each session of each user was last active, as the hub knows it; stopped ones too.

    Raises
    ------
    httpx.HTTPError
        The hub does not answer, or refuses.
    ValidationError
        What answers is no hub.
    """
    async for each in hub_sessions(hub):
        if each.active is not None:
            yield SessionActivity(owner=each.owner, session=each.name, at=each.active)


async def report(hub: httpx.AsyncClient, provisioner: ProvisionerClient) -> timedelta:
    """Tell it once; return the time until it should be told again."""
    heard = [each async for each in sessions(hub)]
    await provisioner.report_activity(HUB, heard)
    policy = await provisioner.policy()
    return min(_EVERY, policy.safety.report_age / _PER_AGE)


async def keep_reporting(hub: httpx.AsyncClient, provisioner: ProvisionerClient) -> None:
    """Report, at once and then again and again, until it is cancelled."""
    failed = True  # the first report that succeeds is said
    while True:
        try:
            pause = await report(hub, provisioner)
        except (httpx.HTTPError, ProvisionerError, ValidationError) as error:
            log.warning("not reported, tried again: %s", sentence(error))
            failed, pause = True, _AGAIN
        except Exception:  # its end would only show as a brake of the collection, hours later
            log.exception("not reported, tried again")
            failed, pause = True, _AGAIN
        else:
            if failed:
                log.info("reporting, every %.0f s", pause.total_seconds())
            failed = False
        await asyncio.sleep(pause.total_seconds())


async def serve(environ: Mapping[str, str]) -> None:
    """Report until it is cancelled."""
    socket = Path(environ["CASAHUB_PROVISIONER_SOCKET"])
    async with (
        hub_client(environ["JUPYTERHUB_API_URL"], environ["JUPYTERHUB_API_TOKEN"]) as hub,
        ProvisionerClient(socket) as provisioner,
    ):
        await keep_reporting(hub, provisioner)


def main() -> None:
    """Read the environment and report."""
    run("casahub.activity", lambda: serve(os.environ))


if __name__ == "__main__":
    main()
