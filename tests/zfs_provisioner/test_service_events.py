"""Watching what happens: who hears what, from when on, and what becomes of slow readers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests_processes import Process
from tests_provisioner import Clock
from tests_service import application, raw, serving
from zfs_provisioner.api import streaming
from zfs_provisioner.api.event_routes import add_event_routes
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import EventsLostError, ProvisionerUnreachableError
from zfs_provisioner.events import Events
from zfs_provisioner.journal import Event, NumberedEvent, Verb
from zfs_provisioner.model import Owner

FIRST = 100
OFTEN = 0.02  # seconds between heartbeats


@pytest.fixture
def happened(clock: Clock) -> Callable[[str, str], Event]:
    """Make the event of a workspace of an owner."""
    event = Event(at=clock(), verb=Verb.CREATED, subject="")
    return lambda owner, subject: replace(event, owner=Owner(owner), subject=subject)


Happened = Callable[[str, str], Event]


def subjects(heard: list[NumberedEvent]) -> list[str]:
    return [each.event.subject for each in heard]


async def test_each_owner_hears_of_their_own_and_the_operator_of_all(happened: Happened) -> None:
    events = Events(FIRST)
    with events.listening("alice", None) as alice, events.listening(None, None) as operator:
        for owner, subject in (("alice", "1"), ("bob", "2"), ("alice", "3")):
            events.publish(happened(owner, subject))
        assert subjects(await alice.heard(1)) == ["1", "3"]
        heard = await operator.heard(1)
        assert [(each.number, each.event.subject) for each in heard] == [
            *((100, "1"), (101, "2"), (102, "3")),
        ]
        assert await operator.heard(OFTEN) == []
    assert events.listeners == 0


async def test_what_was_missed_comes_first(happened: Happened) -> None:
    events = Events(FIRST)
    for subject in "abc":
        events.publish(happened("alice", subject))
    with events.listening("alice", FIRST) as listener:
        events.publish(happened("alice", "d"))
        assert subjects(await listener.heard(1)) == ["b", "c", "d"]
    with events.listening("alice", events.newest) as listener:
        assert await listener.heard(OFTEN) == []
        assert not listener.lagged


@pytest.mark.parametrize("after", [0, FIRST + 5, FIRST + 1000], ids=["old run", "gone", "future"])
async def test_what_is_no_longer_kept_is_said_to_be_lost(happened: Happened, after: int) -> None:
    events = Events(FIRST, kept=3)
    for number in range(10):
        events.publish(happened("alice", str(number)))
    with events.listening(None, after) as listener:
        assert await listener.heard(1) == []
        assert listener.lagged


async def test_a_slow_reader_gets_what_fits_and_holds_up_nobody(happened: Happened) -> None:
    lost: list[str] = []
    events = Events(FIRST, lost=lambda: lost.append("one"), waiting=3)
    with events.listening(None, None) as slow, events.listening(None, None) as quick:
        for number in range(5):
            events.publish(happened("alice", str(number)))
            assert subjects(await quick.heard(1)) == [str(number)]
        assert subjects(await slow.heard(1)) == ["0", "1", "2"]
        assert slow.lagged
        assert not quick.lagged
    assert lost == ["one"]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[tuple[Events, Path]]:
    """Events served on a socket, with little patience and many heartbeats."""
    events, app, socket = Events(FIRST, waiting=3), FastAPI(), tmp_path / "p.sock"
    add_event_routes(app, events, OFTEN)
    async with application(app, socket, events.close):
        yield events, socket


async def test_the_client_hears_and_continues_where_it_was(
    watched: tuple[Events, Path], happened: Happened
) -> None:
    events, socket = watched
    async with ProvisionerClient(socket) as client:

        def begin(number: int) -> None:
            assert number == FIRST - 1
            for subject in "abc":
                events.publish(happened("alice", subject))
            events.publish(happened("bob", "d"))

        async with aclosing(client.events("alice", began=begin)) as stream:
            heard = [await anext(stream) for _ in range(2)]
        assert subjects(heard) == ["a", "b"]
        assert heard[0].event == happened("alice", "a")
        async with aclosing(client.events(after=heard[-1].number)) as stream:
            assert subjects([await anext(stream) for _ in range(2)]) == ["c", "d"]
        with pytest.raises(EventsLostError, match="listen again"):
            await anext(client.events(after=3))


async def test_a_heartbeat_shows_that_both_are_there(watched: tuple[Events, Path]) -> None:
    _events, socket = watched
    async with raw(socket) as client, client.stream("GET", "/v1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert [line async for line in _until(lines, ": still there")][:3] == [
            *("event: listening", f"data: {FIRST - 1}", f"id: {FIRST - 1}"),
        ]


async def test_a_heartbeat_is_no_event(watched: tuple[Events, Path], happened: Happened) -> None:
    events, socket = watched
    beats = 0

    async def happen_after_some_beats() -> None:
        nonlocal beats
        async with raw(socket) as other, other.stream("GET", "/v1/events") as answer:
            async for line in answer.aiter_lines():
                beats += line == ": still there"
                if beats == 3:
                    break
        events.publish(happened("alice", "late"))

    async with ProvisionerClient(socket) as client, asyncio.TaskGroup() as tasks:
        began = asyncio.Event()
        stream = client.events("alice", began=lambda _number: began.set())
        async with aclosing(stream) as heard:
            first = asyncio.ensure_future(anext(heard))
            await began.wait()
            tasks.create_task(happen_after_some_beats())
            assert subjects([await first]) == ["late"]
    assert beats == 3


async def _until(lines: AsyncIterator[str], sign: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line == sign:
            return


async def test_a_watcher_that_left_is_noticed(watched: tuple[Events, Path]) -> None:
    events, socket = watched
    async with raw(socket) as client, client.stream("GET", "/v1/events") as answer:
        await anext(answer.aiter_lines())
        assert events.listeners == 1
    async with asyncio.timeout(10), raw(socket) as client:
        while events.listeners:
            await client.get("/v1/events", params={"owner": ""}, headers={"Last-Event-ID": "0"})


async def test_a_reader_that_sleeps_is_told_in_the_end(
    watched: tuple[Events, Path], happened: Happened
) -> None:
    events, socket = watched
    big = "x" * 100_000
    async with raw(socket) as client, client.stream("GET", "/v1/events") as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        for number in range(20):  # more than the socket's and our buffers hold
            events.publish(happened("alice", f"{number}-{big}"))
            await asyncio.sleep(0)
        rest = [line async for line in lines]
    changes = [re.sub("-x+", "", line) for line in rest if "created" in line]
    assert 0 < len(changes) < 20
    assert rest[-3] == "event: lagged"
    assert '"error":"events_lost"' in rest[-2]


async def test_a_reader_that_never_reads_holds_back_no_stop(
    tmp_path: Path, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PATIENCE", OFTEN)
    events, app, socket = Events(FIRST), FastAPI(), tmp_path / "p.sock"
    add_event_routes(app, events, OFTEN)
    async with asyncio.timeout(10):
        async with application(app, socket, events.close):
            reader, writer = await asyncio.open_unix_connection(socket)
            writer.write(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"listening")
            for number in range(20):  # more than the socket's and asyncio's buffers hold
                events.publish(happened("alice", f"{number}-{'x' * 100_000}"))
        writer.close()


async def test_a_stop_ends_the_watching(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    async with ProvisionerClient(socket) as client:
        with serving(tmp_path / "root", "--socket", socket) as process:
            stream = client.events(began=lambda _number: process.process.terminate())
            with pytest.raises(ProvisionerUnreachableError, match="listen again"):
                await anext(stream)
            assert process.wait() == 0


async def test_numbers_grow_across_restarts(tmp_path: Path) -> None:
    socket, numbers = tmp_path / "p.sock", list[int]()
    async with ProvisionerClient(socket) as client:
        for _run in range(2):
            with serving(tmp_path / "root", "--socket", socket) as process:

                def note(number: int, process: Process = process) -> None:
                    numbers.append(number)
                    process.process.terminate()

                with pytest.raises(ProvisionerUnreachableError):
                    await anext(client.events(began=note))
        with serving(tmp_path / "root", "--socket", socket), pytest.raises(EventsLostError):
            await anext(client.events(after=numbers[0]))
    assert numbers[0] < numbers[1]
