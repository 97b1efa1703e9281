"""`python -m casahub.portal`: run as a service of the hub, until it says stop."""

import asyncio
import logging
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from zfs_provisioner.client import ProvisionerClient

from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from casahub.errors import SiteError
from casahub.portal.app import make_app
from casahub.portal.facts import Sources
from casahub.portal.hub import HubApi
from casahub.portal.idle import IdleSessions
from casahub.portal.measurements import Measurements
from casahub.portal.settings import PortalSettings, SettingsError
from casahub.portal.site import Site, environment
from casahub.settings import Settings, load_settings

log = logging.getLogger("casahub.portal")


async def serve(settings: PortalSettings, site: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with _sources(settings, site) as sources:
        portal = Site(settings, sources, environment(), lambda: str(uuid.uuid4()))
        server = make_app(portal).listen(settings.port, address=settings.host, xheaders=True)
        log.info("portal at http://%s:%d%s", settings.host, settings.port, settings.prefix)
        await stopping.wait()
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def _sources(settings: PortalSettings, site: Settings) -> AsyncIterator[Sources]:
    hub = HubApi(settings.hub_api_url)
    async with ProvisionerClient(settings.provisioner_socket) as provisioner:
        measurements = Measurements(provisioner)
        try:
            yield Sources(
                provisioner, hub, measurements, lambda: datetime.now(UTC), _idle_sessions(site)
            )
        finally:
            await measurements.aclose()
            await hub.aclose()


def _idle_sessions(site: Settings) -> IdleSessions:
    return IdleSessions(
        Rule(idle=site.idle_stop, keep=site.idle_keep),
        Keeps(site.culling),
        Hindrances(site.culling),
    )


def main() -> None:
    """Read the environment and serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it reports every call at INFO
    try:
        settings, site = PortalSettings.from_environ(os.environ), load_settings()
    except (SettingsError, SiteError) as error:
        sys.exit(f"casahub.portal: {error}")
    asyncio.run(serve(settings, site))


if __name__ == "__main__":
    main()
