"""What a provisioner tells of its work: request ids, log lines, metrics, its own description."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests_processes import Process
from tests_service import import_observation, in_process, json_lines, raw, serving
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ReleaseExistsError
from zfs_provisioner.model import Capabilities
from zfs_provisioner.storage.directory import DirectoryStorage


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observing")


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[Process]:
    with serving(place / "root", "--socket", place / "p.sock", "--log-format", "json") as process:
        yield process


@pytest.fixture
def socket(running: Process, place: Path) -> Path:
    return place / "p.sock"


async def test_a_request_keeps_its_id_or_gets_one(socket: Path) -> None:
    async with raw(socket) as client:
        ours = await client.get("/v1/health", headers={"X-Request-ID": "spawn-17"})
        assert ours.headers["X-Request-ID"] == "spawn-17"
        fresh = await client.get("/v1/health")
        assert uuid.UUID(fresh.headers["X-Request-ID"])
        for bad in ('a"b', "x" * 129, "a b", ""):
            answer = await client.get("/v1/health", headers={"X-Request-ID": bad})
            assert uuid.UUID(answer.headers["X-Request-ID"]), bad
        refused = await client.get("/v1/nothing", headers={"X-Request-ID": "r-1"})
        assert refused.headers["X-Request-ID"] == "r-1"


async def test_each_request_is_one_line(socket: Path, running: Process) -> None:
    wid = uuid.uuid4()
    async with raw(socket) as client:
        headers = {"X-Request-ID": "line-1"}
        await client.get(f"/v1/workspaces/{wid}", params={"owner": "alice"}, headers=headers)
    running.wait_for("line-1")
    [line] = [each for each in json_lines(running.said) if each.get("request_id") == "line-1"]
    assert (line["method"], line["path"], line["status"]) == (
        *("GET", "/v1/workspaces/{workspace}"),
        404,
    )
    assert line["milliseconds"] > 0
    assert line["peer"].startswith("uid=0 pid=")
    assert str(wid) not in line["message"]


async def test_a_stream_is_a_line_at_its_end_with_what_it_came_to(
    socket: Path, running: Process, place: Path
) -> None:
    async with ProvisionerClient(socket) as client:
        await import_observation(client, place)
        with pytest.raises(ReleaseExistsError):
            await import_observation(client, place)
    running.wait_for('"status": 409')
    statuses = [
        each["status"]
        for each in json_lines(running.said)
        if each.get("path") == "/v1/datasets/{dataset}/releases/{release}"
    ]
    assert statuses == [200, 409]


async def figures(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """Return each sample of the metrics under its name and the values of its labels, sorted."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (
            sample.name.removeprefix("zfs_provisioner_"),
            *sorted(sample.labels.values()),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_metrics_count_calls_space_and_workspaces(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    with serving(tmp_path / "root", "--socket", socket):
        async with ProvisionerClient(socket) as client, raw(socket) as plain:
            await import_observation(client, tmp_path)
            ids = [str(uuid.uuid4()) for _ in range(3)]
            for wid in ids:
                await client.create(wid, "alice", dataset="obs", release="1", name="A test")
            await client.lease(
                ids[0], "alice", holder="h", session="s", duration=timedelta(hours=1)
            )
            await client.trash(ids[1], "alice")
            with pytest.raises(ReleaseExistsError):
                await import_observation(client, tmp_path)
            told = await figures(plain)
            assert told["call_seconds_count", "create", "ok"] == 3
            assert told["call_seconds_count", "import_release", "refused"] == 1
            assert told["calls_in_flight",] == 1
            states = {state: told["workspaces", state] for state in ("live", "leased", "trashed")}
            assert states == {"live": 1, "leased": 1, "trashed": 1}
            assert told["storage_available",] == 1
            assert 0 < told["storage_free_bytes",] <= told["storage_size_bytes",]
            assert ("audit_lines_total", "written") in told
            assert told["audit_lines_total", "failed"] == 0


class Meeting(DirectoryStorage):
    """A storage that answers when as many ask as are expected, and not before."""

    def __init__(self, root: Path, expected: int) -> None:
        super().__init__(root)
        self._all_here = threading.Barrier(expected, timeout=30)

    def capabilities(self) -> Capabilities:
        self._all_here.wait()
        return super().capabilities()


async def test_64_callers_run_side_by_side_and_health_beside_them(tmp_path: Path) -> None:
    storage, socket = Meeting(tmp_path, 65), tmp_path / "p.sock"
    async with in_process(tmp_path, storage, socket), ProvisionerClient(socket) as client:
        while not (await client.health()).ready:
            pass
        callers = [asyncio.create_task(client.capabilities()) for _ in range(64)]
        assert (await client.health()).ready
        assert not any(each.done() for each in callers)
        await client.capabilities()
        assert len(await asyncio.gather(*callers)) == 64
