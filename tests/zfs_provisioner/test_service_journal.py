"""Every change is told: to the audit log with who asked for it, and to those who watch."""

import asyncio
import uuid
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

from tests_service import import_observation, json_lines, raw, serving
from zfs_provisioner.client import ProvisionerClient


async def life(client: ProvisionerClient, place: Path) -> str:
    """Let a workspace go through its life; return its id."""
    await import_observation(client, place)
    wid = str(uuid.uuid4())
    await client.create(wid, "alice", dataset="obs", release="1", name="A test")
    await client.lease(wid, "alice", holder="h", session="s", duration=timedelta(hours=1))
    await client.release_lease(wid, "alice", holder="h")
    made = await client.checkpoint(wid, "alice")
    await client.restore(wid, "alice", made.name)
    await client.trash(wid, "alice")
    await client.undelete(wid, "alice")
    return wid


VERBS = ["created", "leased", "released", "checkpointed", "restored", "trashed", "undeleted"]


async def test_a_life_is_audited_with_who_asked(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    with serving(tmp_path / "root", "--socket", socket):
        async with ProvisionerClient(socket) as client, raw(socket) as plain:
            wid = await life(client, tmp_path)
            body = {"holder": "h", "session": "s", "seconds": 60}
            await plain.put(
                f"/v1/workspaces/{wid}/lease",
                params={"owner": "alice"},
                json=body,
                headers={"X-Request-ID": "r-1"},
            )
            told = (await plain.get("/metrics")).text
    imported, *lines = json_lines(tmp_path / "root" / "audit.jsonl")
    assert (imported["verb"], imported["subject"], imported["owner"]) == (
        *("imported", "obs@1"),
        None,
    )
    assert [each["verb"] for each in lines] == [*VERBS, "leased"]
    assert {(each["subject"], each["owner"]) for each in lines} == {(wid, "alice")}
    assert all(each["peer"].startswith("uid=") and each["request_id"] for each in lines)
    assert lines[-1]["request_id"] == "r-1"
    assert f'audit_lines_total{{outcome="written"}} {len(lines) + 1}.0' in told


async def test_who_watches_hears_of_a_life(tmp_path: Path) -> None:
    socket, listening = tmp_path / "p.sock", asyncio.Event()
    with serving(tmp_path / "root", "--socket", socket):
        async with ProvisionerClient(socket) as client, asyncio.timeout(30):

            async def watch(owner: str) -> list[str]:
                async with aclosing(
                    client.events(owner, began=lambda _number: listening.set())
                ) as events:
                    return [(await anext(events)).event.verb for _ in VERBS]

            watching = asyncio.create_task(watch("alice"))
            await listening.wait()
            await life(client, tmp_path)
            assert await watching == VERBS


async def test_what_is_refused_or_repeated_is_not_told(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    with serving(tmp_path / "root", "--socket", socket):
        async with ProvisionerClient(socket) as client:
            await import_observation(client, tmp_path)
            wid = str(uuid.uuid4())
            for _ in range(3):
                await client.create(wid, "alice", dataset="obs", release="1", name="A test")
        async with raw(socket) as plain:
            await plain.put(f"/v1/workspaces/{wid}/trash", params={"owner": "bob"})
    verbs = [each["verb"] for each in json_lines(tmp_path / "root" / "audit.jsonl")]
    assert verbs == ["imported", "created"]
