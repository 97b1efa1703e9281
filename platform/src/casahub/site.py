"""`casahub up`: the whole site on this machine's loopback, until it is told to stop."""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.text import Text
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Capabilities

from casahub.engines import hub_address, site_offers, spawner_class
from casahub.errors import SiteError
from casahub.hub_login import discover
from casahub.leftovers import MARK, end_leases, end_parts, end_sessions, mark_environment
from casahub.processes import Child, child
from casahub.provisioning import refuse_bad_policy, started_provisioner
from casahub.samples import ensure_samples
from casahub.settings import Login, Settings
from casahub.site_lock import only_site, refuse_taken_ports
from casahub.terminal import ProgressBars

_START: Final = 60  # seconds for the hub's first answer
_ANSWERING: Final = ("/hub/health", "/services/portal/health")
_STOP: Final = 120  # seconds for all sessions to stop and to be checkpointed
_STOP_PART: Final = 10  # seconds; proxy, portal and Jupyter stop in about one


async def run_site(settings: Settings, console: Console) -> None:
    """Bring the site up and keep it until SIGINT or SIGTERM.

    Raises
    ------
    SiteError, ProvisionerError
        It cannot start; what was started is stopped again.
    """
    started = time.monotonic()
    _cancel_on_sigterm()
    refuse_bad_policy(settings)
    spawner_class(settings.engine)
    site_offers(settings)
    hub_address(settings)
    with only_site(settings):
        await end_parts(settings, _STOP)
        refuse_taken_ports(settings)
        if settings.login is Login.OIDC:
            discover(settings.oidc_issuer)  # the hub asks again, but only its log has the answer
        mark_environment(settings)
        settings = with_passwords(settings)
        console.print("casahub: starting the provisioner")
        async with started_provisioner(settings, collects=True) as client:
            await end_leases(settings, client)
            with ProgressBars(console) as bars:
                await ensure_samples(settings, client, bars.report)
            storage = await client.capabilities()
            console.print("casahub: starting hub, proxy and portal")
            async with _cleaned_up(settings, client), _hub(settings) as hub:
                told = _told()
                console.print(_welcome(settings, storage, time.monotonic() - started))
                await _until(told, hub)
                console.print("casahub: stopping; sessions get a checkpoint …")
    console.print("casahub: stopped. Workspaces are kept; `make run` continues with them.")


def with_passwords(settings: Settings) -> Settings:
    """Return the settings with a password made for each that is not set."""
    if settings.login is not Login.PASSWORD:
        return settings
    made = {
        "user_password": settings.user_password or secrets.token_urlsafe(12),
        "admin_password": settings.admin_password or secrets.token_urlsafe(30),
    }
    return settings.model_copy(update=made)


@asynccontextmanager
async def _cleaned_up(settings: Settings, client: ProvisionerClient) -> AsyncIterator[None]:
    """Do after the block what a hub that was killed did not do."""
    try:
        yield
    finally:
        await end_parts(settings, _STOP_PART)
        await end_sessions(settings)
        await end_leases(settings, client)


@asynccontextmanager
async def _hub(settings: Settings) -> AsyncIterator[Child]:
    settings.hub.mkdir(parents=True, exist_ok=True, mode=0o700)
    # No proxy of ours runs any more, and the hub would end whoever has its number by now.
    settings.proxy_pid.unlink(missing_ok=True)
    config = Path(__file__).with_name("hub_config.py")
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    environment = hub_environment(settings)
    async with (
        child("hub", command, settings.logs / "hub.log", environment, _STOP) as hub,
        httpx.AsyncClient(base_url=settings.url) as http,
    ):

        async def answers() -> bool:
            try:
                pages = [await http.get(path) for path in _ANSWERING]
            except httpx.TransportError:
                return False
            return not any(page.is_error for page in pages)

        await hub.ready(answers, _START)
        yield hub


def hub_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which the hub's configuration finds the settings again."""
    own_programs = Path(sys.executable).parent
    given = {
        f"CASAHUB_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json").items()
        if value is not None and name != "port"
    }
    return {
        **os.environ,
        **given,
        "PORT": str(settings.port),
        MARK: os.environ.get(MARK, str(os.getpid())),
        "PATH": f"{own_programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def _welcome(settings: Settings, storage: Capabilities, seconds: float) -> Text:
    place = settings.zfs or settings.state
    lines = [
        "",
        f"  casahub is up at {settings.url}  (in {seconds:.1f} s)",
        f"  workspaces: {storage.clone_method} on {storage.filesystem}, kept in {place}",
    ]
    if settings.login is Login.PASSWORD:
        admin = settings.admins.split(",")[0]
        lines += [
            f"  log in as any user, such as 'astronomer', password {settings.user_password}",
            f"  administrator {admin!r}, password {settings.admin_password}",
        ]
    else:
        lines.append(f"  log in with {settings.oidc_issuer}")
    welcome = Text("\n".join([*lines, "  Ctrl-C stops it", ""]))
    welcome.highlight_regex(r"casahub is up at \S+", "bold")
    return welcome


def _cancel_on_sigterm() -> None:
    """Treat SIGTERM during the start like Ctrl-C: what was started is stopped in order."""
    running = asyncio.current_task()
    if running is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)


def _told() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set from now on, instead of interrupting."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    return told


async def _until(told: asyncio.Event, hub: Child) -> None:
    """Return when told; raise SiteError when the hub ended by itself."""
    waiting = {asyncio.ensure_future(told.wait()), asyncio.ensure_future(hub.wait())}
    _done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if not told.is_set():
        raise SiteError(
            f"The hub ended by itself (status {await hub.wait()}); see {hub.log}. Everything was "
            "stopped, sessions too; workspaces are kept."
        )
