"""`python -m casahub.reconciler`: end sessions and leases that the hub has lost sight of.

A service that the hub starts. It sees what the hub knows of servers, and cannot change it. It runs
on the hub's machine and as its account, since it ends what the hub's engine started there. Whatever
does not answer, it does nothing and goes on: see `casahub_spawner.reconciling`.

From its environment it takes, besides what the hub gives to each service, `CASAHUB_STATE`,
`CASAHUB_PROVISIONER_SOCKET`, `CASAHUB_ENGINE`, `CASAHUB_ACCESS` (the file for `casahub sessions`)
and `CASAHUB_PERIOD` (seconds).
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from casahub_spawner.engines import engine_named
from casahub_spawner.found import EngineError
from casahub_spawner.reconciling.looks import Site
from casahub_spawner.reconciling.reconciler import Reconciler
from pydantic import BaseModel, ValidationError
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError

from casahub.errors import SiteError
from casahub.hub_servers import all_servers
from casahub.hub_service import hub_client, run, sentence

log = logging.getLogger("casahub.reconciler")

# Seconds between two looks, and for which something has to be wrong. A hub that is busy answers in
# a few; a lost session may as well live a minute longer.
_PERIOD: Final = "60"
EXPECTED: Final = (httpx.HTTPError, ValidationError, ProvisionerError, EngineError, SiteError)


class Access(BaseModel):
    """How `casahub sessions` asks what the service asks; a file that only its account can read."""

    site: str
    engine: str
    socket: Path
    api_url: str
    token: str

    @staticmethod
    def path(hub: Path) -> Path:
        """Return where it is, beside the hub's secrets; when the hub ended it opens nothing."""
        return hub / "reconciler.json"

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Site]:
        """Give whom to ask, in the block."""
        async with (
            hub_client(self.api_url, self.token) as hub,
            ProvisionerClient(self.socket) as provisioner,
        ):
            yield Site(
                name=self.site,
                engine=engine_named(self.engine),
                provisioner=provisioner,
                servers=partial(all_servers, hub),
            )

    def write(self, path: Path) -> None:
        """Keep it for the command."""
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.model_dump_json())


def access(environ: Mapping[str, str]) -> Access:
    """Return the service's own."""
    return Access(
        site=environ["CASAHUB_STATE"],
        engine=environ["CASAHUB_ENGINE"],
        socket=Path(environ["CASAHUB_PROVISIONER_SOCKET"]),
        api_url=environ["JUPYTERHUB_API_URL"],
        token=environ["JUPYTERHUB_API_TOKEN"],
    )


async def keep_sweeping(reconciler: Reconciler, period: float) -> None:
    """Look and repair, at once and then again and again, until it is cancelled."""
    failed = True  # the first look that succeeds is said
    while True:
        try:
            await reconciler.sweep()
        except EXPECTED as error:
            log.warning("nothing done, looked again later: %s", sentence(error))
            failed = True
        except Exception:  # its end would leave what is lost where it is, and nobody would notice
            log.exception("nothing done, looked again later")
            failed = True
        else:
            if failed:
                log.info("looking, every %.0f s", period)
            failed = False
        await asyncio.sleep(period)


async def serve(environ: Mapping[str, str]) -> None:
    """Look and repair until it is cancelled."""
    own, period = access(environ), float(environ.get("CASAHUB_PERIOD", _PERIOD))
    own.write(Path(environ["CASAHUB_ACCESS"]))
    async with own.asking() as site:
        await keep_sweeping(Reconciler(site, period), period)


def main() -> None:
    """Read the environment, look and repair."""
    run("casahub.reconciler", lambda: serve(os.environ))


if __name__ == "__main__":
    main()
