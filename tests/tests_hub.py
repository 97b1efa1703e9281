"""A real hub on a real provisioner."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import pytest
from casahub.leftovers import end_parts
from casahub.provisioning import storage_options
from casahub.settings import Settings
from casahub.site import hub_environment
from tests_processes import SLOWNESS, Process, four_free_ports, plain_environment, provisioner
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import DatasetInfo

Result = TypeVar("Result")

PASSWORD: Final = "observe-the-sky"
TOKEN: Final = "a-token-that-only-the-tests-know"
PORTAL: Final = "/services/portal/"
HUB_CONFIG: Final = Path(sys.modules["casahub"].__path__[0]) / "hub_config.py"
# JupyterLab is not looked at in most tests, and takes long to load.
LEAN: Final = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter-server"}
LEAN_ARGUMENTS: Final = [
    f"--ServerApp.jpserver_extensions={each}=False"
    for each in ("jupyterlab", "jupyter_lsp", "notebook_shim")
]
_UP: Final = ("JupyterHub is now running", "portal at http")
NGC5921: Final = DatasetInfo(
    title="NGC 5921, <H I> line", source="NGC 5921", telescope="VLA", observed="1995-04-13"
)


def until(what: str, true: Callable[[], object], seconds: float = 40) -> None:
    """Return as soon as it is true; fail when it does not come true in time."""
    seconds *= SLOWNESS
    deadline, pause = time.monotonic() + seconds, 0.05
    while not true():
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(pause)
        pause = min(0.5, pause * 1.2)  # who asks takes the processor from whom it waits for


@dataclass
class HubSite:
    """What a test needs to know of the running site."""

    settings: Settings
    provisioner: Process
    hub: Process

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def socket(self) -> Path:
        return self.settings.socket

    def ask(self, question: Callable[[ProvisionerClient], Awaitable[Result]]) -> Result:
        """Ask the provisioner, past the hub."""

        async def asked() -> Result:
            async with ProvisionerClient(self.socket) as client:
                return await question(client)

        return asyncio.run(asked())

    def restart_hub(self) -> None:
        """Start the hub again after its sudden end, as `casahub up` would."""
        asyncio.run(end_parts(self.settings, 30))
        self.settings.proxy_pid.unlink()
        self.hub.start(*_UP)

    def sign_in(self, user: str) -> httpx.Client:
        """Return a browser without scripts, signed in and on the portal."""
        return sign_in(self.url, user, PASSWORD)


def sign_in(url: str, user: str, password: str) -> httpx.Client:
    """Return a browser without scripts, signed in and on the portal."""
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
    client.get("/hub/login")
    form = {"username": user, "password": password, "_xsrf": hub_secret(client)}
    assert client.post("/hub/login", params={"next": PORTAL}, data=form).is_success
    assert client.get(PORTAL).url.path == PORTAL
    return client


def hub_secret(client: httpx.Client) -> str:
    """Return what a form of the hub's pages carries to prove that it is one of them."""
    return client.cookies.get("_xsrf", path="/hub/") or ""


def add_test_service(c: Any) -> None:  # traitlets' configuration, which makes what is asked for
    """Let who shows the tests' token start and stop everybody's sessions."""
    c.JupyterHub.services.append({"name": "tests", "api_token": TOKEN})
    c.JupyterHub.load_roles.append(
        {
            "name": "tests",
            "services": ["tests"],
            "scopes": ["admin:users", "admin:servers", "access:servers", "read:users"],
        }
    )


@contextmanager
def running_hub(
    state: Path, config: Path = HUB_CONFIG, zfs: str = "", options: Sequence[str] = ()
) -> Iterator[HubSite]:
    """Run provisioner and hub in the block, with one dataset of two releases."""
    settings = Settings(
        state=state,
        port=four_free_ports(),
        user_password=PASSWORD,
        admin_password=PASSWORD * 3,
        zfs=zfs,
    )
    settings.hub.mkdir()
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    hub = Process(command, plain_environment(hub_environment(settings)))
    site = HubSite(
        settings, provisioner(settings.socket, *storage_options(settings), *options), hub
    )
    site.provisioner.start("serving ")
    try:
        site.ask(lambda client: _import_dataset(client, state / "observation"))
        try:
            hub.start(*_UP)
            yield site
        finally:
            hub.stop()
    finally:
        site.provisioner.stop()


async def _import_dataset(client: ProvisionerClient, source: Path) -> None:
    (source / "ngc5921.ms").mkdir(parents=True)
    (source / "ngc5921.ms" / "table.dat").write_bytes(b"visibilities" * 1000)
    for release in ("2026-01", "2026-02"):
        await client.import_release("ngc5921", release, source, NGC5921)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    with running_hub(tmp_path_factory.mktemp("site")) as running:
        yield running
