"""The provisioner as its users meet it: a process, a socket, the typed client."""

import asyncio
import stat
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests_provisioner import INFO
from tests_service import serving
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    InvalidNameError,
    ProvisionerUnreachableError,
    ReleaseExistsError,
    UnknownWorkspaceError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import Progress, WorkspaceState


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def service(place: Path) -> Iterator[Path]:
    data = place / "observation"
    data.mkdir()
    (data / "table.dat").write_bytes(b"x" * 100_000)
    with serving(place / "root", "--socket", place / "p.sock"):
        yield place / "p.sock"


@pytest.fixture
async def client(service: Path, place: Path) -> AsyncIterator[ProvisionerClient]:
    async with ProvisionerClient(service) as client:
        if not await client.datasets():
            await client.import_release("obs", "1", place / "observation", INFO)
        yield client


async def make(client: ProvisionerClient, owner: str = "alice", wid: str | None = None) -> str:
    made = await client.create(
        wid or str(uuid.uuid4()), owner, dataset="obs", release="1", name="A test"
    )
    return made.id


def test_only_the_account_itself_can_open_the_socket(service: Path) -> None:
    assert stat.S_IMODE(service.stat().st_mode) == 0o600


async def test_a_whole_life(client: ProvisionerClient) -> None:
    wid = await make(client)
    leased = await client.lease(
        wid, "alice", holder="h", session="s", duration=timedelta(minutes=5)
    )
    assert leased.lease is not None
    (Path(leased.path) / "table.dat").write_bytes(b"changed")
    assert (await client.usage(wid, "alice")).changed
    before = leased.lease.until - timedelta(seconds=1)
    assert await client.release_lease(wid, "alice", holder="h", until=before) is None
    made = await client.release_lease(wid, "alice", holder="h", until=leased.lease.until)
    assert [made] == await client.checkpoints(wid, "alice")
    second = await client.checkpoint(wid, "alice")
    await client.restore(wid, "alice", second.name)
    assert (await client.trash(wid, "alice")).state is WorkspaceState.TRASHED
    assert (await client.undelete(wid, "alice")).state is WorkspaceState.LIVE
    assert wid in [each.id for each in await client.workspaces("alice")]
    assert (await client.verify("obs", "1")).intact


async def test_progress_arrives_while_the_work_is_done(
    client: ProvisionerClient, place: Path
) -> None:
    seen: list[Progress] = []
    name = f"r{uuid.uuid4().hex[:8]}"
    made = await client.import_release("progress", name, place / "observation", INFO, seen.append)
    assert {each.total for each in seen} == {made.size}
    assert max(each.done for each in seen) == made.size


async def test_a_hundred_callers_of_one_id_get_one_workspace(client: ProvisionerClient) -> None:
    wid = str(uuid.uuid4())
    made = await asyncio.gather(*(make(client, "carol", wid) for _ in range(100)))
    assert set(made) == {wid}
    assert len(await client.workspaces("carol")) == 1


async def test_errors_arrive_as_the_classes_that_were_raised(
    client: ProvisionerClient, place: Path
) -> None:
    wid = await make(client)
    with pytest.raises(UnknownWorkspaceError):
        await client.workspace(wid, "bob")
    with pytest.raises(InvalidNameError, match="UUIDs"):
        await client.workspace("../../etc/passwd", "alice")
    with pytest.raises(ReleaseExistsError):
        await client.import_release("obs", "1", place / "observation", INFO)
    await client.lease(wid, "alice", holder="h", session="s", duration=timedelta(minutes=5))
    with pytest.raises(WorkspaceInUseError) as caught:
        await client.trash(wid, "alice")
    assert (caught.value.status, caught.value.retry) == (409, True)


async def test_a_wrong_request_is_a_client_error(service: Path, client: ProvisionerClient) -> None:
    wid = await make(client)
    transport = httpx.AsyncHTTPTransport(uds=str(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://x/v1") as raw:
        no_owner = await raw.get(f"/workspaces/{wid}")
        unknown_field = await raw.put(
            f"/workspaces/{wid}/lease",
            params={"owner": "alice"},
            json={"holder": "h", "session": "s", "seconds": 60, "second": 1},
        )
        described = await raw.get("http://x/openapi.json")
    assert (no_owner.status_code, unknown_field.status_code) == (422, 422)
    assert "/v1/workspaces/{workspace}/lease" in described.json()["paths"]


async def test_nobody_there_is_said_with_the_remedy(tmp_path: Path) -> None:
    async with ProvisionerClient(tmp_path / "none.sock") as client:
        with pytest.raises(ProvisionerUnreachableError, match="make run"):
            await client.datasets()


def test_a_root_has_one_provisioner(place: Path, service: Path) -> None:
    second = subprocess.run(
        [
            *(sys.executable, "-m", "zfs_provisioner", "serve"),
            *("--root", place / "root", "--socket", place / "q.sock"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert "another provisioner (pid " in second.stderr
    assert "Traceback" not in second.stderr
    assert service.exists()


def test_it_stops_cleanly_and_continues(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    for _start in range(2):
        with serving(tmp_path / "root", "--socket", socket) as running:
            assert socket.exists()
        assert running.process.returncode == 0
        assert not socket.exists()


def test_the_client_needs_nothing_of_the_servers() -> None:
    servers = {"fastapi", "uvicorn", "starlette", "prometheus_client", "psutil"}
    told = subprocess.run(
        [sys.executable, "-c", "import sys, zfs_provisioner.client; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert servers & set(told.stdout.split()) == set()
