"""The hub's last activity reaches the provisioner, and its silence stops the collection."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from casahub import activity
from casahub.activity import keep_reporting, report, sessions
from tests_hub import HubSite, hub_secret, running_hub, until
from tests_processes import processes_of
from tests_provisioner import Clock, clock
from tests_service import in_process, ready
from zfs_provisioner.assembly import Collection
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.gc.brakes import Brake
from zfs_provisioner.storage.directory import DirectoryStorage

__all__ = ["clock"]

SHORT = '[safety]\nreport_age = "1 minute"\n'
JUST_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def pages(*users: dict[str, Any]) -> httpx.AsyncClient:
    """Return a client of a hub that has one user on a page."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["include_stopped_servers"] == "true"
        offset = int(request.url.params["offset"])
        following = {"offset": offset + 1, "limit": 1} if offset + 1 < len(users) else None
        body = {"items": [users[offset]], "_pagination": {"offset": offset, "next": following}}
        return httpx.Response(200, json=body)

    return httpx.AsyncClient(base_url="http://hub/", transport=httpx.MockTransport(answer))


async def test_all_sessions_of_all_pages_are_told_by_the_names_that_workspaces_know() -> None:
    at = "2026-11-24T12:00:00.000000Z"
    ada = {"": {"last_activity": at}, "first": {"last_activity": None, "ready": False}}
    ben = {"second": {"last_activity": at, "stopped": True}}
    hub = pages({"name": "ada", "servers": ada}, {"name": "eve"}, {"name": "ben", "servers": ben})
    found = [(each.owner, each.session, each.at) async for each in sessions(hub)]
    assert found == [("ada", "", JUST_NOW), ("ben", "second", JUST_NOW)]


async def test_a_report_holds_for_as_long_as_the_policy_says(tmp_path: Path, clock: Clock) -> None:
    socket, root = tmp_path / "p.sock", tmp_path / "root"
    collection = Collection(expects=("hub",), runs=False)
    async with (
        in_process(root, DirectoryStorage(root), socket, clock, collection),
        ProvisionerClient(socket) as client,
    ):

        async def stopped() -> set[Brake]:
            return {each.brake for each in (await client.plan()).stops}

        await ready(client)
        assert await stopped() == {Brake.ACTIVITY}
        assert await report(pages({"name": "ada", "servers": {}}), client) == timedelta(minutes=5)
        clock.advance(3599)
        assert await stopped() == set()
        clock.advance(2)
        assert await stopped() == {Brake.ACTIVITY}


async def test_whatever_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(activity, "_AGAIN", timedelta(0))
    caplog.set_level(logging.INFO)
    said: dict[str, httpx.Response | Exception] = {
        "the hub: All connection attempts failed": httpx.ConnectError(
            "All connection attempts failed"
        ),
        "the hub: ReadTimeout": httpx.ReadTimeout(""),
        "the hub's answer is not understood": httpx.Response(200, json=[]),
        "the hub refuses with status 403": httpx.Response(403),
        "Traceback": ZeroDivisionError("what nobody thought of"),
        "the provisioner: ": httpx.Response(200, json={"items": [], "_pagination": {"next": None}}),
    }
    answers = iter(said.values())

    def answer(_request: httpx.Request) -> httpx.Response:
        given = next(answers, asyncio.CancelledError())
        if isinstance(given, BaseException):
            raise given
        return given

    hub = httpx.AsyncClient(base_url="http://hub/", transport=httpx.MockTransport(answer))
    async with ProvisionerClient(tmp_path / "nobody.sock") as client:
        with pytest.raises(asyncio.CancelledError):
            await keep_reporting(hub, client)
    assert [each for each in said if each not in caplog.text] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    state = tmp_path_factory.mktemp("state")
    policy = state / "policy.toml"
    policy.write_text(SHORT)
    options = ("--policy", str(policy), "--expect-activity", "hub")
    with running_hub(state, options=options) as running:
        yield running


def stops(site: HubSite) -> set[Brake]:
    return {each.brake for each in site.ask(lambda client: client.plan()).stops}


def test_the_hub_is_heard_until_it_is_silent(site: HubSite) -> None:
    until("the hub was heard", lambda: Brake.ACTIVITY not in stops(site))
    processes = processes_of(site.settings.state)
    [service] = [pid for pid, line in processes.items() if "casahub.activity" in line]
    # A provisioner that was restarted, and a service that does nothing any more.
    psutil.Process(service).suspend()
    site.provisioner.stop()
    site.provisioner.start("serving ")
    assert Brake.ACTIVITY in stops(site)
    psutil.Process(service).resume()
    until("the hub is heard again", lambda: Brake.ACTIVITY not in stops(site))


def test_what_the_hub_knows_of_a_session_keeps_its_workspace(site: HubSite) -> None:
    """The default server's and a named one's, after both stopped and their records got old."""
    browser = site.sign_in("ada")
    browser.get("/hub/home")
    headers = {"X-XSRFToken": hub_secret(browser), "Referer": f"{site.url}/hub/home"}
    for path in ("server", "servers/first"):
        browser.post(
            f"/hub/api/users/ada/{path}", headers=headers, json={"dataset": "ngc5921"}
        ).raise_for_status()

    def servers() -> list[dict[str, Any]]:
        query = "/hub/api/users/ada?include_stopped_servers=1"
        return list(browser.get(query, headers=headers).json()["servers"].values())

    until("both are up", lambda: [each["ready"] for each in servers()] == [True, True], 90)
    for path in ("server", "servers/first"):
        browser.delete(f"/hub/api/users/ada/{path}", headers=headers).raise_for_status()
    until("both stopped", lambda: all(each["stopped"] for each in servers()))
    used = {each.session: each.id for each in site.ask(lambda client: client.workspaces("ada"))}
    assert set(used) == {"", "first"}

    site.provisioner.stop()
    old = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    for record in site.settings.storage.glob("ws/ada/*/workspace.json"):
        text = json.loads(record.read_text()) | {"created": old, "active": old}
        record.write_text(json.dumps(text))
    site.provisioner.start("serving ")
    until("the hub was heard", lambda: Brake.ACTIVITY not in stops(site))
    assert [each.days for each in due(site, "ada")] == [29, 29]
    site.ask(lambda client: client.collect())
    assert [each.days for each in due(site, "ada")] == [89, 89]


def due(site: HubSite, owner: str) -> list[timedelta]:
    """Return how long it is until each workspace of an owner goes."""
    fates = [each.fate for each in site.ask(lambda client: client.fates(owner))]
    return [each.due - datetime.now(UTC) for each in fates if each is not None]
