"""`python -m casahub.activity`: tell the provisioner when the hub's sessions were last active.

A service that the hub starts. It asks the hub with rights to read names and servers, nothing else,
and goes on whatever happens: a workspace of which nobody hears is left where it is, because the
provisioner stops what is idle from going to trash as long as it does not hear from here.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from pydantic import ValidationError
from zfs_provisioner.api.models import SessionActivity
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError

from casahub.hub_sessions import hub_sessions
from casahub.provisioning import HUB

log = logging.getLogger("casahub.activity")

_EVERY: Final = timedelta(minutes=5)
_PER_AGE: Final = 4  # reports in the time after which the provisioner takes silence for a fault
_AGAIN: Final = timedelta(seconds=15)  # after a report that failed
_PATIENCE: Final = httpx.Timeout(30.0, connect=5.0)


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
            log.warning("not reported, tried again: %s", _sentence(error))
            failed, pause = True, _AGAIN
        except Exception:  # its end would only show as a brake of the collection, hours later
            log.exception("not reported, tried again")
            failed, pause = True, _AGAIN
        else:
            if failed:
                log.info("reporting, every %.0f s", pause.total_seconds())
            failed = False
        await asyncio.sleep(pause.total_seconds())


def _sentence(error: Exception) -> str:
    if isinstance(error, ProvisionerError):
        return f"the provisioner: {error}"
    if isinstance(error, ValidationError):
        return "the hub's answer is not understood"
    if isinstance(error, httpx.HTTPStatusError):
        return f"the hub refuses with status {error.response.status_code}"
    return f"the hub: {str(error) or type(error).__name__}"


async def serve(environ: Mapping[str, str]) -> None:
    """Report until SIGTERM or SIGINT."""
    reporting = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        if reporting is not None:
            asyncio.get_running_loop().add_signal_handler(number, reporting.cancel)
    url = environ["JUPYTERHUB_API_URL"].rstrip("/") + "/"
    headers = {"Authorization": f"token {environ['JUPYTERHUB_API_TOKEN']}"}
    socket = Path(environ["CASAHUB_PROVISIONER_SOCKET"])
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=_PATIENCE) as hub,
        ProvisionerClient(socket) as provisioner,
    ):
        await keep_reporting(hub, provisioner)


def main() -> None:
    """Read the environment and report."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it reports every call at INFO
    try:
        asyncio.run(serve(os.environ))
    except KeyError as missing:
        sys.exit(f"casahub.activity: {missing} is not set: it is a service that the hub starts.")
    except asyncio.CancelledError:
        log.info("stopped")


if __name__ == "__main__":
    main()
