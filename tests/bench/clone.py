"""Making workspaces on OpenZFS through the provisioner's API against a loop of `zfs clone`.

In one boot of the lab, on one pool, a provisioner that was started by its command makes workspaces
of one release until there are as many as a row says. Then one caller makes some one after the
other, the command clones the same release a few times, and 64 callers make some at once. Callers
send HTTP to the provisioner's socket and do nothing else, because they share the lab's one
processor with the provisioner.

The command's time grows with the clones that the release has, and more so when all of them are
below one parent, as they are for whoever scripts it. The provisioner keeps them below one parent
for each user. So everything is measured twice: with workspaces of 500 users in turn, as a site has
them, and with as many of one user, of another release. In both the command finds what the
provisioner has made, and clones into a parent of its own, without a mount and without properties.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

import psutil
from tests_report import Gate, median, seconds, write
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerUnreachableError, StorageUnavailableError
from zfs_provisioner.model import DatasetInfo

LAB: Final = Path(__file__).parents[1] / "lab" / "openzfs"
MEMORY: Final = "4G"
POOL: Final = "/dev/shm/pool"
ROOT, CLONES = "lab/casahub", "lab/clones"
SOCKET, LOG = Path("/run/provisioner.sock"), Path("/run/provisioner.log")

START: Final = 60  # seconds; a process that takes longer to be ready is not going to be

EXISTING: Final = (1, 1000, 4000, 10_000)
USERS: Final = (500, 1)
CALLERS, AT_ONCE = 64, 512
THREE: Final = "three"  # a user with three workspaces, of a release of their own
ONE_BY_ONE, COMMANDS, LISTINGS = 40, 4, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured with some number of existing clones of the release; times in seconds."""

    users: int
    existing: int
    one_caller: float
    callers_rate: float
    command: float
    listing: float
    memory: int

    @property
    def ratio(self) -> float:
        """How many times as many workspaces 64 callers get as the command makes clones."""
        return self.callers_rate * self.command

    def shown(self) -> dict[str, object]:
        """Return the row of the table."""
        return {
            "users": self.users,
            "existing clones": self.existing,
            "one caller p50 (ms)": round(self.one_caller * 1000, 1),
            "64 callers (1/s)": round(self.callers_rate, 1),
            "zfs clone (s)": round(self.command, 3),
            "ratio": round(self.ratio, 1),
            "list three (ms)": round(self.listing * 1000, 1),
            "memory (MiB)": self.memory >> 20,
        }


def main() -> None:
    """Run the benchmark in the lab and report."""
    print("bench clone: ten minutes in the OpenZFS lab", flush=True)
    with tempfile.TemporaryDirectory() as out:
        command = [str(LAB), "run", sys.executable, __file__, out]
        subprocess.run(command, check=True, env={**os.environ, "OUT": out, "MEMORY": MEMORY})
        rows = [Row(**each) for each in json.loads((Path(out) / "rows.json").read_text())]
    by_place = {(row.users, row.existing): row for row in rows}
    also = []
    for users in USERS:
        first, last = by_place[users, 1], by_place[users, 10_000]
        also.append(Gate(f"ratio at 10,000, users: {users}", last.ratio, least=500))
        growth = last.one_caller / first.one_caller
        also.append(Gate(f"p50 at 10,000 to that at 1, users: {users}", growth, most=2))
    ratio = min(by_place[users, 4000].ratio for users in USERS)
    write("clone", [row.shown() for row in rows], ratio, 50, also)


class Caller:
    """A connection to the provisioner; one request after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def create(self, owner: str, dataset: str) -> None:
        """Make a workspace."""
        body = json.dumps({"dataset": dataset, "release": "1", "name": "bench"})
        await self._ask("PUT", f"workspaces/{uuid.uuid4()}?owner={owner}", body)

    async def listing(self, owner: str) -> None:
        """List the owner's workspaces."""
        await self._ask("GET", f"workspaces?owner={owner}", "")

    async def _ask(self, method: str, path: str, body: str) -> None:
        self._writer.write(
            f"{method} /v1/{path} HTTP/1.1\r\nHost: provisioner\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        answer = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 200 "):
            raise RuntimeError(f"{method} {path}: {head}{answer.decode()}")


async def measured(users: int, provisioner: psutil.Process) -> list[Row]:
    """Import a release and measure with more and more clones of it."""
    dataset = f"of-{users}"
    await import_release(dataset)
    names = [f"user{number}-{dataset}" for number in range(users)]
    made, rows = 0, []
    for existing in EXISTING:
        missing = existing - made
        await create(missing, min(missing, CALLERS), names, dataset)
        times = await create(ONE_BY_ONE, 1, names[:1], dataset)
        commands = [seconds(partial(clone, dataset)) for _ in range(COMMANDS)]
        started = time.perf_counter()
        await create(AT_ONCE, CALLERS, names, dataset)
        taken = time.perf_counter() - started
        row = Row(
            users=users,
            existing=existing,
            one_caller=median(times),
            callers_rate=AT_ONCE / taken,
            command=median(commands),
            listing=await listing_time(),
            memory=provisioner.memory_info().rss,
        )
        print(row.shown(), flush=True)
        rows.append(row)
        made = existing + ONE_BY_ONE + COMMANDS + AT_ONCE
    return rows


@contextmanager
def serving() -> Iterator[psutil.Process]:
    """Run a provisioner in the block."""
    serve = [sys.executable, "-m", "zfs_provisioner", "serve", "--zfs", ROOT]
    command = [*serve, "--state", "/run/provisioner", "--socket", str(SOCKET)]
    # Into a file, as a service's log goes: here, nobody has time to read it.
    with LOG.open("w") as log:
        provisioner = psutil.Popen(command, stdout=log, stderr=log)
    try:
        yield provisioner
    except BaseException:
        print(LOG.read_text(), file=sys.stderr)
        raise
    finally:
        provisioner.terminate()
        provisioner.wait()


async def all_rows(provisioner: psutil.Process) -> list[Row]:
    """Wait for the provisioner and measure."""
    async with asyncio.timeout(START), ProvisionerClient(SOCKET) as client:
        while True:
            with suppress(ProvisionerUnreachableError, StorageUnavailableError):
                await client.refuse_if_not_ready()
                break
            await asyncio.sleep(0.1)
    await import_release(THREE)
    await create(3, 1, [THREE], THREE)
    return [row for users in USERS for row in await measured(users, provisioner)]


async def import_release(dataset: str) -> None:
    """Import a release of one small file: what it holds makes no difference to a clone."""
    with tempfile.TemporaryDirectory() as source:
        (Path(source) / "table.dat").write_bytes(b"data")
        async with ProvisionerClient(SOCKET) as client:
            await client.import_release(dataset, "1", Path(source), DatasetInfo(title="bench"))


async def create(number: int, callers: int, names: list[str], dataset: str) -> list[float]:
    """Make workspaces of these users in turn; return how long each took."""
    numbers, times = iter(range(number)), []

    async def call() -> None:
        reader, writer = await asyncio.open_unix_connection(SOCKET)
        caller = Caller(reader, writer)
        for each in numbers:
            started = time.perf_counter()
            await caller.create(names[each % len(names)], dataset)
            times.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(call() for _ in range(callers)))
    return times


async def listing_time() -> float:
    """Return how long it takes to list the workspaces of a user who has three."""
    reader, writer = await asyncio.open_unix_connection(SOCKET)
    caller, times = Caller(reader, writer), []
    for _ in range(LISTINGS):
        started = time.perf_counter()
        await caller.listing(THREE)
        times.append(time.perf_counter() - started)
    writer.close()
    return median(times)


_numbers = count(1)


def clone(dataset: str) -> None:
    """Clone as a script would."""
    run("zfs", "clone", f"{ROOT}/archive/{dataset}@1", f"{CLONES}/{next(_numbers)}")


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


def measure(out: Path) -> None:
    """Run in the guest: measure on a pool in its memory."""
    run("truncate", "-s", "2G", POOL)
    run("zpool", "create", "-O", "mountpoint=legacy", ROOT.partition("/")[0], POOL)
    run("zfs", "create", ROOT)
    run("zfs", "create", CLONES)
    with serving() as provisioner:
        rows = asyncio.run(all_rows(provisioner))
    (out / "rows.json").write_text(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(Path(sys.argv[1]))
    else:
        main()
