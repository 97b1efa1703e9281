"""A real hub with the real portal on a real provisioner; short ways to make what pages show."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from casahub.portal.hub import Server
from casahub.settings import Settings
from casahub.site import hub_environment
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import (
    Dataset,
    DatasetInfo,
    DatasetName,
    Holder,
    Lease,
    Owner,
    Release,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)

PASSWORD = "observe-the-sky"
PORTAL = "/services/portal/"
NGC5921 = DatasetInfo(
    title="NGC 5921, <H I> line", source="NGC 5921", telescope="VLA", observed="1995-04-13"
)


@dataclass
class Process:
    """A child whose output tells when it is ready."""

    command: list[str]
    environment: dict[str, str]
    said: list[str] = field(default_factory=list)

    def start(self, *signs: str) -> None:
        """Return when each sign has been in a line of its output."""
        self._child = subprocess.Popen(
            self.command,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wanted = {sign: threading.Event() for sign in signs}
        threading.Thread(target=self._listen, args=(wanted,), daemon=True).start()
        for sign, seen in wanted.items():
            assert seen.wait(60), f"no {sign!r} in:\n" + "\n".join(self.said)

    def _listen(self, wanted: dict[str, threading.Event]) -> None:
        assert self._child.stdout
        for line in self._child.stdout:
            self.said.append(line.rstrip())
            for sign, seen in wanted.items():
                if sign in line:
                    seen.set()

    def stop(self) -> None:
        """End it, and wait for its end."""
        self._child.send_signal(signal.SIGTERM)
        self._child.wait(60)


@dataclass
class Site:
    """What a test needs to know of the running site."""

    url: str
    provisioner: Process
    hub: Process
    socket: Path

    def sign_in(self, user: str) -> httpx.Client:
        """Return a browser without scripts, signed in and on the portal."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=30)
        client.get("/hub/login")
        token = client.cookies.get("_xsrf", path="/hub/")
        form = {"username": user, "password": PASSWORD, "_xsrf": token}
        assert client.post("/hub/login", params={"next": PORTAL}, data=form).is_success
        assert client.get(PORTAL).url.path == PORTAL
        return client


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("site")
    settings = Settings(
        state=state, port=_four_free_ports(), user_password=PASSWORD, admin_password=PASSWORD * 3
    )
    settings.hub.mkdir()
    provisioner = Process(_provisioner(settings), dict(os.environ))
    hub = Process(_hub(), hub_environment(settings))
    try:
        start_provisioner(provisioner, settings.socket)
        asyncio.run(_import_dataset(settings.socket, state / "observation"))
        try:
            hub.start("JupyterHub is now running", "portal at http")
            yield Site(settings.url, provisioner, hub, settings.socket)
        finally:
            hub.stop()
    finally:
        provisioner.stop()


def start_provisioner(provisioner: Process, path: Path) -> None:
    """Return when it takes calls; it announces itself a moment before it listens."""
    provisioner.start("Started server process")
    for _ in range(500):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.01)
    pytest.fail("\n".join(provisioner.said))


def _provisioner(settings: Settings) -> list[str]:
    command = [sys.executable, "-m", "zfs_provisioner", "serve"]
    return [*command, "--root", str(settings.storage), "--socket", str(settings.socket)]


def _hub() -> list[str]:
    config = Path(sys.modules["casahub"].__path__[0]) / "hub_config.py"
    return [sys.executable, "-m", "jupyterhub", "-f", str(config)]


def _four_free_ports() -> int:
    """Return the first of four free ports in a row, as `casahub.hub_ports` wants them."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        if all(_is_free(port + step) for step in range(4)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def _import_dataset(provisioner: Path, source: Path) -> None:
    (source / "ngc5921.ms").mkdir(parents=True)
    (source / "ngc5921.ms" / "table.dat").write_bytes(b"visibilities" * 1000)
    async with ProvisionerClient(provisioner) as client:
        for release in ("2026-01", "2026-02"):
            await client.import_release("ngc5921", release, source, NGC5921)


NOW = datetime(2026, 8, 2, 14, 3, 5, tzinfo=UTC)
ID = WorkspaceId("0b5f5a3c-9a55-4c0e-8f4f-0a6d6f2f7c11")
DATASET, RELEASE = DatasetName("ngc5921"), ReleaseName("2026-01")


def a_workspace(name: str = "NGC 5921", *, id: str = ID, session: str | None = None) -> Workspace:  # noqa: A002
    return Workspace(
        id=WorkspaceId(id),
        spec=WorkspaceSpec(owner=Owner("ada"), dataset=DATASET, release=RELEASE, name=name),
        state=WorkspaceState.LIVE,
        created=NOW - timedelta(hours=3),
        path="/site/ws/ada/x",
        session=session,
    )


def leased(workspace: Workspace, until: datetime = NOW + timedelta(hours=1)) -> Workspace:
    return replace(workspace, lease=Lease(holder=Holder("hub:ada/x"), until=until))


def in_trash(workspace: Workspace) -> Workspace:
    return replace(workspace, state=WorkspaceState.TRASHED, trashed=NOW - timedelta(days=2))


def a_server(
    name: str, *, workspace: str = "", ready: bool = False, pending: str | None = None
) -> Server:
    return Server(
        name=name,
        title=name.upper(),
        url=f"/user/ada/{name}/",
        ready=ready,
        pending=pending,
        workspace=workspace,
        started=NOW - timedelta(minutes=5) if ready else None,
    )


def servers(*found: Server) -> dict[str, Server]:
    return {each.name: each for each in found}


def a_dataset(title: str = "NGC 5921, H I line", source: str = "NGC 5921") -> Dataset:
    release = Release(
        dataset=DATASET, name=RELEASE, created=NOW, size=34_000_000, files=12, digest="0" * 64
    )
    return Dataset(name=DATASET, info=DatasetInfo(title=title, source=source), releases=(release,))
