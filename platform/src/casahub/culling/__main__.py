"""`python -m casahub.culling`: stop idle sessions, as a service of the hub."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from zfs_provisioner.client import ProvisionerClient

from casahub.culling.asking import Sessions
from casahub.culling.culler import Culler
from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from casahub.errors import SiteError
from casahub.settings import Settings, load_settings

log = logging.getLogger("casahub.culling")

_PATIENCE: Final = httpx.Timeout(30.0, connect=5.0)


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    """Sweep until SIGTERM or SIGINT; where the site stops no session, only wait for that."""
    serving = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        if serving is not None:
            asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    rule = Rule(idle=settings.idle_stop, keep=settings.idle_keep)
    if not rule.stops_any:
        log.info("CASAHUB_IDLE_STOP is never: no session is stopped")
        await asyncio.Event().wait()
    api = environ["JUPYTERHUB_API_URL"].rstrip("/") + "/"
    token = {"Authorization": f"token {environ['JUPYTERHUB_API_TOKEN']}"}
    async with (
        httpx.AsyncClient(base_url=api, headers=token, timeout=_PATIENCE) as hub,
        httpx.AsyncClient(base_url=settings.url, headers=token, timeout=_PATIENCE) as site,
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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it reports every call at INFO
    try:
        asyncio.run(serve(load_settings(), os.environ))
    except SiteError as error:
        sys.exit(f"casahub.culling: {error}")
    except KeyError as missing:
        sys.exit(f"casahub.culling: {missing} is not set: it is a service that the hub starts.")
    except asyncio.CancelledError:
        log.info("stopped")


if __name__ == "__main__":
    main()
