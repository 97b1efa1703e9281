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

from casahub.portal.app import make_app
from casahub.portal.facts import Sources
from casahub.portal.hub import HubApi
from casahub.portal.measurements import Measurements
from casahub.portal.settings import PortalSettings, SettingsError
from casahub.portal.site import Site, environment

log = logging.getLogger("casahub.portal")


async def serve(settings: PortalSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with _sources(settings) as sources:
        site = Site(settings, sources, environment(), lambda: str(uuid.uuid4()))
        server = make_app(site).listen(settings.port, address=settings.host, xheaders=True)
        log.info("portal at http://%s:%d%s", settings.host, settings.port, settings.prefix)
        await stopping.wait()
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def _sources(settings: PortalSettings) -> AsyncIterator[Sources]:
    hub = HubApi(settings.hub_api_url)
    async with ProvisionerClient(settings.provisioner_socket) as provisioner:
        measurements = Measurements(provisioner)
        try:
            yield Sources(provisioner, hub, measurements, lambda: datetime.now(UTC))
        finally:
            await measurements.aclose()
            await hub.aclose()


def main() -> None:
    """Read the environment and serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it reports every call at INFO
    try:
        settings = PortalSettings.from_environ(os.environ)
    except SettingsError as error:
        sys.exit(f"casahub.portal: {error}")
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
