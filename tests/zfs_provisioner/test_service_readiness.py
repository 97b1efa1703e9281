"""A provisioner says whether it can be used, and answers nothing else while it cannot."""

import threading
from pathlib import Path

import pytest
from tests_provisioner import Clock
from tests_service import in_process, json_lines, raw, serving
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import StorageUnavailableError
from zfs_provisioner.journal import Event, Verb
from zfs_provisioner.readiness import Readiness
from zfs_provisioner.storage.directory import DirectoryStorage


async def test_a_root_that_went_away_is_said_and_comes_back(tmp_path: Path) -> None:
    root, socket = tmp_path / "root", tmp_path / "p.sock"
    with serving(root, "--socket", socket):
        async with ProvisionerClient(socket) as client, raw(socket) as plain:
            await client.refuse_if_not_ready()
            root.rename(tmp_path / "elsewhere")
            with pytest.raises(StorageUnavailableError, match="is its disk mounted"):
                await client.refuse_if_not_ready()
            root.mkdir()
            health = await client.health()
            assert not health.ready
            assert "is not the directory" in health.reasons[0]
            assert (await plain.get("/v1/ready")).status_code == 503
            assert "storage_available 0.0" in (await plain.get("/metrics")).text
            root.rmdir()
            (tmp_path / "elsewhere").rename(root)
            assert (await client.health()).reasons == []


def test_what_a_crash_left_is_put_in_order_and_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "ws" / "alice" / ".half.building").mkdir(parents=True)
    with serving(root, "--socket", tmp_path / "p.sock") as process:
        process.wait_for("after an interrupted run: removed the half-made .half.building")
    assert not (root / "ws" / "alice" / ".half.building").exists()
    [line] = json_lines(root / "audit.jsonl")
    assert (line["verb"], line["subject"]) == ("reconciled", str(root))
    assert line["request_id"] is None


class Slow(DirectoryStorage):
    """A storage whose leftovers take as long as the test wants, or cannot be removed at first."""

    def __init__(self, root: Path, *, failures: int = 0) -> None:
        super().__init__(root)
        self.may_end = threading.Event()
        self.failures = failures

    def reconcile(self) -> list[str]:
        assert self.may_end.wait(30)
        if self.failures:
            self.failures -= 1
            raise StorageUnavailableError("The disk is not there yet: mount it.")
        return ["tidied"]


def test_not_ready_has_a_reason_until_all_is_in_order(tmp_path: Path, clock: Clock) -> None:
    storage, told = Slow(tmp_path, failures=1), list[Event]()
    readiness = Readiness(storage, "root", clock, told.append)
    assert "just started" in readiness.reasons()[0]
    storage.may_end.set()
    with pytest.raises(StorageUnavailableError):
        readiness.prepare()
    assert readiness.reasons() == ("The disk is not there yet: mount it.",)
    with pytest.raises(StorageUnavailableError, match="not there yet"):
        readiness.refuse_if_unprepared()
    readiness.prepare()
    assert readiness.reasons() == ()
    assert [(each.verb, each.detail) for each in told] == [(Verb.RECONCILED, "tidied")]


async def test_it_answers_before_the_storage_is_in_order_and_says_so(tmp_path: Path) -> None:
    root, socket = tmp_path / "root", tmp_path / "p.sock"
    root.mkdir()
    storage = Slow(root)
    async with (
        in_process(root, storage, socket) as provisioner,
        ProvisionerClient(socket) as client,
        raw(socket) as plain,
    ):
        health = await client.health()
        assert (health.ready, len(health.reasons)) == (False, 1)
        assert "just started" in health.reasons[0]
        for path in ("/v1/ready", "/v1/datasets", "/v1/workspaces", "/v1/storage", "/v1/events"):
            answer = await plain.get(path)
            assert (answer.status_code, answer.json()["error"]) == (503, "storage_unavailable")
            assert answer.json()["retry"] is True
        assert "storage_available 0.0" in (await plain.get("/metrics")).text
        assert (await plain.get("/docs")).status_code == 200
        storage.may_end.set()
        with provisioner.events.listening(None, None) as listener:
            assert [each.event.detail for each in await listener.heard(30)] == ["tidied"]
