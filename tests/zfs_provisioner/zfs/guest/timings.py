"""Print how long a workspace takes to make, by commands and by the library, with few and many.

Inside the guest, from the repository:

    tests/lab/openzfs run .venv/bin/python tests/zfs_provisioner/zfs/guest/timings.py

Processes start ten times slower there than on a real machine, and the pool is in memory: compare
the columns and the rows, and do not quote the milliseconds.
"""

import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from zfs_provisioner.model import (
    DatasetInfo,
    DatasetName,
    NewRelease,
    Owner,
    Progress,
    ReleaseName,
    WorkspaceId,
    WorkspaceSpec,
)
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli
from zfs_provisioner.storage.zfs_pool import Pool

REPEATS = 15
MANY = 200
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def silent(_progress: Progress) -> None:
    """Report to nobody."""


def main() -> None:
    subprocess.run(["truncate", "-s", "1G", "/dev/shm/pool"], check=True)
    subprocess.run(["zpool", "create", "-O", "mountpoint=none", "lab", "/dev/shm/pool"], check=True)
    print("median milliseconds           clones  clone only  create")
    for change in (ZfsCli(), LibZfsCore()):
        measure(change)


def measure(change: Mutations) -> None:
    root = f"lab/{type(change).__name__.lower()}"
    subprocess.run(["zfs", "create", root], check=True)
    with tempfile.TemporaryDirectory() as source:
        (Path(source) / "table.dat").write_bytes(b"data")
        storage = ZfsStorage(Pool(root), Path(tempfile.mkdtemp()), change)
        info, dataset, release = DatasetInfo(title="A"), DatasetName("a"), ReleaseName("1")
        asked = NewRelease(dataset=dataset, name=release, info=info, created=NOW)
        storage.import_release(asked, Path(source), silent)
    spec = WorkspaceSpec(owner=Owner("alice"), dataset=dataset, release=release, name="A")

    def create() -> object:
        return storage.create(WorkspaceId(str(uuid.uuid4())), spec, NOW, silent)

    def clone() -> None:
        change.clone(f"{root}/archive/a@1", f"{root}/ws/alice/{uuid.uuid4()}", {})

    create()
    populate = ZfsStorage(Pool(root), Path(tempfile.mkdtemp()), LibZfsCore())
    for clones in (1, MANY):
        while len(populate.workspaces()) < clones:
            missing = clones - len(populate.workspaces())
            for _ in range(missing):
                populate.create(WorkspaceId(str(uuid.uuid4())), spec, NOW, silent)
        print(f"{change.method:30}{clones:6}{timed(clone):12.1f}{timed(create):8.1f}", flush=True)


def timed(work: Callable[[], object]) -> float:
    """Return the median milliseconds."""
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken)


if __name__ == "__main__":
    main()
