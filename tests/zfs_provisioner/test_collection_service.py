"""Garbage collection through the interface: what it says, does, and what stops it."""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests_provisioner import Clock
from tests_service import import_observation, in_process, json_lines, raw
from zfs_provisioner.api.app import Provisioner
from zfs_provisioner.api.models import SessionActivity
from zfs_provisioner.assembly import Collection
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    InvalidRequestError,
    StorageUnavailableError,
    UnknownWorkspaceError,
)
from zfs_provisioner.gc.brakes import Brake
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.gc.policy import Policy, PressureRules, SafetyRules
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import Progress, Workspace, WorkspaceState
from zfs_provisioner.storage.directory import DirectoryStorage

DAY = 24 * 3600.0
# The disk of the machine that runs the tests may be full.
POLICY = Policy(pressure=PressureRules(warn=0, shorten=0, refuse=0, page=0))


@dataclass
class Service:
    """A provisioner with a clock that the test moves, which collects when it is told to."""

    parts: Provisioner
    client: ProvisionerClient
    clock: Clock

    async def workspace(self, owner: str = "alice", name: str = "First") -> Workspace:
        wid = str(uuid.uuid4())
        return await self.client.create(wid, owner, dataset="obs", release="1", name=name)

    async def later(self, days: float) -> None:
        """Let days pass, in which nothing was strange."""
        self.clock.advance(days * DAY)
        await self.client.resume()

    async def live(self, owner: str = "alice") -> set[str]:
        found = await self.client.workspaces(owner)
        return {each.id for each in found if each.state is WorkspaceState.LIVE}


async def prepared(client: ProvisionerClient) -> None:
    """Return when the storage is in order after the start."""
    while True:
        with suppress(StorageUnavailableError):
            return await client.refuse_if_not_ready()
        await asyncio.sleep(0.01)


Open = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
def opened(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Start a provisioner of the same root, as often as wanted."""
    monkeypatch.setattr("zfs_provisioner.assembly.steady", lambda: clock().timestamp())
    root, socket = tmp_path / "root", tmp_path / "p.sock"

    @asynccontextmanager
    async def service(
        *expects: str, policy: Policy = POLICY, runs: bool = False
    ) -> AsyncIterator[Service]:
        collection = Collection(policy=policy, expects=expects, runs=runs)
        storage = DirectoryStorage(root)
        async with (
            in_process(root, storage, socket, clock, collection) as parts,
            ProvisionerClient(socket) as client,
        ):
            await prepared(client)
            if not await client.datasets():
                await import_observation(client, tmp_path)
            yield Service(parts, client, clock)

    return service


async def test_from_idle_to_gone_with_every_step_told(opened: Open, tmp_path: Path) -> None:
    async with opened() as service, asyncio.timeout(60):
        client = service.client
        mine, other = await service.workspace(), await service.workspace("bob", "Second")
        begun = asyncio.Event()

        async def watch() -> list[tuple[Verb, str]]:
            heard = []
            stream = client.events("alice", began=lambda _number: begun.set())
            async with aclosing(stream) as events:
                async for each in events:
                    heard.append((each.event.verb, each.event.detail))
                    if each.event.verb is Verb.DESTROYED:
                        break
            return heard

        watching = asyncio.create_task(watch())
        await begun.wait()
        await service.later(84)
        assert await client.collect() == []
        assert [(each.kind, each.workspace.id) for each in (await client.plan()).coming] == [
            *((ActionKind.TRASH, mine.id), (ActionKind.TRASH, other.id)),
        ]
        await service.later(7)
        planned = await client.plan()
        assert {each.workspace.id for each in planned.actions} == {mine.id, other.id}
        progress: list[Progress] = []
        outcomes = await client.collect(progress.append)
        assert [each.done for each in outcomes] == [True, True]
        assert (progress[-1].stage, progress[-1].done, progress[-1].total) == ("collecting", 2, 2)
        assert [each.state for each in await client.workspaces()] == [WorkspaceState.TRASHED] * 2
        await service.later(6)
        assert await client.collect() == []
        await client.undelete(other.id, "bob")  # one day before its end
        await service.later(2)
        assert await client.collect() == []  # it was past its time in one look only
        service.clock.advance(11 * 60)
        [destroyed] = await client.collect()
        assert (destroyed.done, destroyed.action.workspace.id) == (True, mine.id)
        with pytest.raises(UnknownWorkspaceError):
            await client.workspace(mine.id, "alice")
        assert await service.live("bob") == {other.id}
        heard = await watching
    # Everything is told once when it is announced and once when it is done, with its reason.
    [first, trashed, second, gone] = heard
    assert first == (
        Verb.ANNOUNCED,
        "goes to trash 2026-04-02T03:04:05Z: not used since 2026-01-02; idle ones stay for 90 days",
    )
    assert trashed == (Verb.TRASHED, "not used since 2026-01-02; idle ones stay for 90 days")
    assert second[0] is Verb.ANNOUNCED
    assert second[1].startswith("is destroyed 2026-04-10T03:04:05Z: in trash since 2026-04-03")
    assert gone == (Verb.DESTROYED, "in trash since 2026-04-03, where it stays for 7 days")
    lines = [
        each for each in json_lines(tmp_path / "root/audit.jsonl") if each["subject"] == mine.id
    ]
    assert [(each["verb"], each["detail"]) for each in lines[1:]] == heard
    assert all(each["request_id"] for each in lines)


async def test_a_plan_of_ones_own_hides_others(opened: Open, tmp_path: Path) -> None:
    async with opened() as service:
        mine, other = await service.workspace(), await service.workspace("bob", "Second")
        await service.later(91)
        (tmp_path / "root" / "ws" / "stray").write_text("")
        both, own = await service.client.plan(), await service.client.plan("alice")
        assert len(both.actions) == 2
        assert any("stray" in each for each in both.odd)
        assert [each.workspace.id for each in own.actions] == [mine.id]
        assert own.odd == ()
        assert other.id not in str(own)
        assert [each.workspace for each in await service.client.fates("bob")] == [other.id]
        assert len(await service.client.fates()) == len(await service.client.workspaces())
        with pytest.raises(UnknownWorkspaceError):
            await service.client.fate(other.id, "alice")
        assert await service.live() == {mine.id}


async def test_a_fate_says_when_and_why(opened: Open) -> None:
    async with opened() as service:
        client, mine = service.client, await service.workspace()
        [listed] = await client.fates("alice")
        close = await client.fate(mine.id, "alice")
        assert listed.fate
        assert close == listed
        assert listed.fate.kind is ActionKind.TRASH
        assert listed.fate.due == service.clock.now + timedelta(days=90)
        await client.lease(mine.id, "alice", holder="h", session="s", duration=timedelta(hours=1))
        assert (await client.fate(mine.id, "alice")).fate is None
        assert [each.fate for each in await client.fates("alice")] == [None]
        assert await client.policy() == POLICY


async def test_what_is_to_be_kept_stays(opened: Open) -> None:
    async with opened() as service:
        client, mine = service.client, await service.workspace()
        until = service.clock.now + timedelta(days=400)
        assert (await client.keep(mine.id, "alice", until)).keep == until
        await service.later(399)
        assert await client.collect() == []
        fate = (await client.fate(mine.id, "alice")).fate
        assert fate is not None
        assert fate.due == until
        assert "it was to be kept until 2027-02-06" in fate.why
        await client.keep(mine.id, "alice", None)
        assert [each.done for each in await client.collect()] == [True]


@pytest.mark.parametrize(
    ("days", "said"), [(-1, "until a time to come"), (731, "kept for 730 days at most")]
)
async def test_no_longer_than_the_policy_allows(opened: Open, days: int, said: str) -> None:
    async with opened() as service:
        mine = await service.workspace()
        until = service.clock.now + timedelta(days=days)
        with pytest.raises(InvalidRequestError, match=said):
            await service.client.keep(mine.id, "alice", until)
        assert (await service.client.workspace(mine.id, "alice")).keep is None


@pytest.mark.parametrize("until", ["2026-06-01T00:00:00", "9999-12-31T23:59:59-14:00", "soon"])
async def test_a_time_that_is_none_is_refused(opened: Open, tmp_path: Path, until: str) -> None:
    async with opened() as service, raw(tmp_path / "p.sock") as client:
        mine = await service.workspace()
        answer = await client.put(
            f"/v1/workspaces/{mine.id}/keep", params={"owner": "alice"}, json={"until": until}
        )
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")


async def test_a_pause_outlives_the_provisioner(opened: Open) -> None:
    async with opened() as service:
        mine = await service.workspace()
        await service.later(91)
        await service.client.pause("the array  moves")
    async with opened() as service:
        client = service.client
        [stop] = (await client.plan()).stops
        assert (stop.brake, stop.why) == (Brake.PAUSED, "Paused: the array moves")
        assert await client.collect() == []
        assert await service.live() == {mine.id}
        await client.resume()
        assert (await client.plan()).stops == ()
        assert [each.done for each in await client.collect()] == [True]


@pytest.mark.parametrize("why", ["", " \n", "\x1b[31m", "x" * 501])
async def test_a_pause_needs_a_reason(opened: Open, why: str, tmp_path: Path) -> None:
    async with opened(), raw(tmp_path / "p.sock") as client:
        answer = await client.put("/v1/gc/pause", json={"why": why})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")


async def test_a_memo_that_cannot_be_read_stops_all(opened: Open, tmp_path: Path) -> None:
    async with opened() as service:
        await service.workspace()
        await service.later(91)
        await service.client.pause("nobody must forget this")
        (tmp_path / "root" / "memo").write_text("spoilt")
        for ask in (service.client.plan, service.client.collect):
            with pytest.raises(Exception, match="gc --resume"):
                await ask()
        await service.client.resume()
        assert [each.done for each in await service.client.collect()] == [True]


async def test_a_pause_ends_a_run_before_its_next_action(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as service:
        for name in ("First", "Second", "Third"):
            await service.workspace(name=name)
        await service.later(91)
        collector, trash = service.parts.collector, service.parts.workspaces.put_into_trash
        pausing = threading.Thread(target=collector.pause, args=["stop it"])

        def slow(*args: Any) -> Workspace:  # whatever the verb takes
            pausing.start()
            assert collector._halted.wait(30)
            return trash(*args)

        monkeypatch.setattr(service.parts.workspaces, "put_into_trash", slow)
        assert [each.done for each in await service.client.collect()] == [True]
        await asyncio.to_thread(pausing.join)
        assert len(await service.live()) == 2
        assert [each.brake for each in (await service.client.plan()).stops] == [Brake.PAUSED]


async def test_a_first_look_leaves_people_time(opened: Open) -> None:
    async with opened() as service:
        mine = await service.workspace()
        service.clock.advance(91 * DAY)
        [before] = (await service.client.plan()).stops
        assert await service.client.collect() == []
        [after] = (await service.client.plan()).stops
        assert before == after
        assert (after.brake, await service.live()) == (Brake.ABSENCE, {mine.id})


async def test_more_than_a_good_policy_asks_for_is_done_only_when_told(opened: Open) -> None:
    async with opened() as service:
        mine = {(await service.workspace(name=f"Number {number}")).id for number in range(11)}
        await service.later(91)
        assert await service.client.collect() == []
        [stop] = (await service.client.plan()).stops
        assert (stop.brake, stop.kinds) == (Brake.TOO_MANY, frozenset({ActionKind.TRASH}))
        assert await service.live() == mine
        assert len(await service.client.collect(allow_many=True)) == 11


async def test_nothing_is_idle_as_long_as_a_hub_is_silent(opened: Open) -> None:
    async with opened("hub") as service:
        client = service.client
        used, idle = await service.workspace(name="Used"), await service.workspace(name="Idle")
        for each, session in ((used, "one"), (idle, "two")):
            await client.lease(
                each.id, "alice", holder="h", session=session, duration=timedelta(hours=1)
            )
            await client.release_lease(each.id, "alice", holder="h")
        await service.later(91)
        assert await client.collect() == []
        [stop] = (await client.plan()).stops
        assert stop.brake is Brake.ACTIVITY
        assert "No report of activity from hub for 1 hour" in stop.why
        tomorrow = service.clock.now + timedelta(days=1)  # its clock is wrong
        report = [
            SessionActivity(owner="alice", session="one", at=tomorrow),
            SessionActivity(owner="stranger", session="one", at=tomorrow),
        ]
        await client.report_activity("hub", report)
        assert (await client.plan()).stops == ()
        assert [each.action.workspace.id for each in await client.collect()] == [idle.id]
        [fate] = [each.fate for each in await client.fates("alice") if each.workspace == used.id]
        assert fate is not None
        assert fate.due == service.clock.now + timedelta(days=90)
        service.clock.advance(3601)
        assert [each.brake for each in (await client.plan()).stops] == [Brake.ACTIVITY]


async def test_it_collects_by_itself(opened: Open) -> None:
    often = SafetyRules.model_construct(every=timedelta(milliseconds=20))
    policy = POLICY.model_copy(update={"safety": often})
    async with opened(policy=policy, runs=True) as service, asyncio.timeout(30):
        await service.workspace()
        before = service.parts.events.newest
        await service.later(91)
        stream = service.client.events("alice", after=before)
        async with aclosing(stream) as events:
            async for each in events:
                if each.event.verb is Verb.TRASHED:
                    break
        assert await service.live() == set()


async def test_metrics_say_what_was_found_and_done(opened: Open, tmp_path: Path) -> None:
    async with opened() as service, raw(tmp_path / "p.sock") as plain:

        async def samples() -> dict[str, float]:
            text = (await plain.get("/metrics")).text
            return {
                " ".join(
                    [each.name.removeprefix("zfs_provisioner_gc_"), *each.labels.values()]
                ): each.value
                for family in text_string_to_metric_families(text)
                for each in family.samples
                if each.name.startswith("zfs_provisioner_gc_")
            }

        assert (await samples())["last_round_seconds"] == -1
        await service.workspace()
        await service.later(91)
        await service.client.pause("a look at it")
        await service.client.collect()
        found = await samples()
        assert (found["planned trash"], found["done_total trash"]) == (1, 0)
        assert (found["stopped paused"], found["stopped clock"], found["pressure"]) == (1, 0, 0)
        await service.client.resume()
        await service.client.collect()
        service.clock.advance(5)
        found = await samples()
        assert (found["done_total trash"], found["stopped paused"]) == (1, 0)
        assert (found["refused_total trash"], found["last_round_seconds"]) == (0, 5)
