"""`python -m casahub.culling`: stop idle sessions, as a service of the hub."""

import asyncio
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from zfs_provisioner.client import ProvisionerClient

from casahub.culling.asking import Sessions
from casahub.culling.culler import Culler
from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from casahub.hub_service import hub_client, run
from casahub.settings import Settings, load_settings

log = logging.getLogger("casahub.culling")


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    """Sweep until it is cancelled; where the site stops no session, only wait for that."""
    rule = Rule(idle=settings.idle_stop, keep=settings.idle_keep)
    if not rule.stops_any:
        log.info("CASAHUB_IDLE_STOP is never: no session is stopped")
        await asyncio.Event().wait()
    api_url, token = environ["JUPYTERHUB_API_URL"], environ["JUPYTERHUB_API_TOKEN"]
    async with (
        hub_client(api_url, token) as hub,
        hub_client(settings.url, token) as site,
        ProvisionerClient(Path(environ["CASAHUB_PROVISIONER_SOCKET"])) as provisioner,
    ):
        log.info("sessions stop after %s, looked at every %s", rule.idle, rule.every)
        await Culler(
            rule=rule,
            hub=hub,
            sessions=Sessions(site, _page(environ)),
            provisioner=provisioner,
            keeps=Keeps(settings.culling),
            hindrances=Hindrances(settings.culling),
            clock=lambda: datetime.now(UTC),
        ).keep_sweeping()


def _page(environ: Mapping[str, str]) -> str:
    return f"{environ.get('JUPYTERHUB_HOST', '')}{environ['JUPYTERHUB_BASE_URL']}services/portal/"


def main() -> None:
    """Read the environment and sweep."""
    run("casahub.culling", lambda: serve(load_settings(), os.environ))


if __name__ == "__main__":
    main()
