"""A provisioner killed again and again while people work with it: what it acknowledged stays."""

import asyncio
import signal
import uuid
from datetime import timedelta
from pathlib import Path
from random import Random

from tests_processes import provisioner
from tests_provisioner import INFO
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerUnreachableError, StorageUnavailableError
from zfs_provisioner.model import Checkpoint, CheckpointName, Owner, WorkspaceId
from zfs_provisioner.storage.directory import DirectoryStorage

SEED = 20260102
PEOPLE, KILLS = 4, 5
LONGEST = 1.5  # seconds between a start and the next kill


class Person:
    """Works on a few workspaces and remembers every answer; an unanswered request may be lost."""

    def __init__(self, name: str, client: ProvisionerClient) -> None:
        self.name, self._client, self._random = name, client, Random(f"{SEED} {name}")
        self.workspaces: dict[str, Path] = {}
        self.kept: dict[tuple[str, CheckpointName], str] = {}
        self._content: dict[str, str] = {}  # where it is known
        self.finished = False

    async def work(self) -> None:
        while not self.finished:
            try:
                await self._step()
            except (ProvisionerUnreachableError, StorageUnavailableError):  # killed, or starting
                await asyncio.sleep(0.02)

    async def _step(self) -> None:
        if len(self.workspaces) < 2 or self._random.random() < 0.1:
            await self._create(str(uuid.UUID(int=self._random.getrandbits(128))))
            return
        wid = self._random.choice([*self.workspaces])
        await self._settle(wid)
        step = self._random.choice(
            [self._keep, self._keep, self._use, self._restore, self._discard]
        )
        await step(wid)

    async def _create(self, wid: str) -> None:
        made = await self._client.create(wid, self.name, dataset="obs", release="1", name="Mine")
        self.workspaces[wid] = Path(made.path) / "notes.txt"

    async def _settle(self, wid: str) -> None:
        """Make sure that a request without an answer left nothing in the way."""
        await self._client.undelete(wid, self.name)
        self._note(wid, await self._client.release_lease(wid, self.name, holder="h"))
        if wid in self._content:
            assert self.workspaces[wid].read_text() == self._content[wid]

    async def _keep(self, wid: str) -> None:
        self._write(wid)
        self._note(wid, await self._client.checkpoint(wid, self.name))

    async def _use(self, wid: str) -> None:
        await self._client.lease(
            wid, self.name, holder="h", session="s", duration=timedelta(minutes=5)
        )
        self._write(wid)
        made = await self._client.release_lease(wid, self.name, holder="h")
        assert made is not None
        self._note(wid, made)

    async def _restore(self, wid: str) -> None:
        known = [name for workspace, name in self.kept if workspace == wid]
        if known:
            wanted = self._random.choice(known)
            self._content.pop(wid, None)
            await self._client.restore(wid, self.name, wanted)
            self._content[wid] = self.kept[wid, wanted]

    async def _discard(self, wid: str) -> None:
        await self._client.trash(wid, self.name)

    def _write(self, wid: str) -> None:
        self._content[wid] = f"{self._random.random()}"
        self.workspaces[wid].write_text(self._content[wid])

    def _note(self, wid: str, made: Checkpoint | None) -> None:
        if made is not None and wid in self._content:
            self.kept[wid, made.name] = self._content[wid]


async def test_nothing_acknowledged_is_lost_when_it_is_killed(tmp_path: Path, source: Path) -> None:
    root, socket, random = tmp_path / "root", tmp_path / "p.sock", Random(SEED)
    process = provisioner(socket, "--root", str(root))
    await asyncio.to_thread(process.start, "serving ")
    async with ProvisionerClient(socket) as client:
        await client.import_release("obs", "1", source, INFO)
        people = [Person(f"person{number}", client) for number in range(PEOPLE)]
        working = [asyncio.create_task(each.work()) for each in people]
        for _kill in range(KILLS):
            await asyncio.sleep(random.uniform(0, LONGEST))
            await asyncio.to_thread(process.stop, signal.SIGKILL)
            await asyncio.to_thread(process.start, "serving ")
        for each in people:
            each.finished = True
        await asyncio.gather(*working)
        assert (await client.verify("obs", "1")).intact
    process.stop(signal.SIGKILL)
    assert_all_there(root, people)


def assert_all_there(root: Path, people: list[Person]) -> None:
    storage = DirectoryStorage(root)
    storage.reconcile()
    assert sum(len(each.kept) for each in people) >= KILLS
    for person in people:
        for wid in person.workspaces:
            found = storage.find(WorkspaceId(wid), Owner(person.name))
            assert found is not None
            names = {each.name for each in storage.checkpoints(found)}
            for name, text in of(person, wid).items():
                assert name in names
                with storage.reading(found, name) as tree:
                    assert (tree / "notes.txt").read_text() == text


def of(person: Person, wid: str) -> dict[CheckpointName, str]:
    return {name: text for (workspace, name), text in person.kept.items() if workspace == wid}
