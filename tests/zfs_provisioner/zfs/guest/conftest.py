"""Inside the guest: one pool in its memory, and a fresh root on it for each test."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from tests_guest import ID, SPEC, Open, ZfsStranger, opened
from tests_provisioner import Clock, silent, wanted
from zfs_provisioner.model import Workspace
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli
from zfs_provisioner.storage.zfs_mounts import sources
from zfs_provisioner.storage.zfs_pool import Pool

from zfs_provisioner import naming

sys.path.insert(0, str(Path(__file__).parents[2] / "storage"))
pytest.register_assert_rewrite("test_contract", "test_crashes", "test_collection")

_numbers = count(1)


@pytest.fixture(scope="session")
def pool() -> str:
    if Path("/proc/sys/kernel/hostname").read_text().strip() != "openzfs":
        pytest.exit("these tests make a pool: run them by test_on_openzfs.py, inside the guest")
    image = "/dev/shm/pool"
    subprocess.run(["truncate", "-s", "1G", image], check=True)
    subprocess.run(["zpool", "create", "-O", "mountpoint=none", "lab", image], check=True)
    return "lab"


@pytest.fixture(params=[ZfsCli, LibZfsCore])
def change(request: pytest.FixtureRequest) -> Mutations:
    made: Mutations = request.param()
    return made


@pytest.fixture
def filesystem(pool: str) -> str:
    """The root of a new tree."""
    name = f"{pool}/root{next(_numbers)}"
    subprocess.run(["zfs", "create", name], check=True)
    return name


@pytest.fixture
def open_storage(filesystem: str, tmp_path: Path, change: Mutations) -> Iterator[Open]:
    """Open the root as a provisioner that starts does, as often as wanted."""
    directory = tmp_path / "mounts"
    yield lambda: ZfsStorage(Pool(filesystem), directory, change)
    # Deepest first: the directory is a mount too.
    for place in sorted(sources(), key=len, reverse=True):
        if Path(place).is_relative_to(directory):
            subprocess.run(["umount", place], check=True)


@pytest.fixture
def storage(open_storage: Open) -> ZfsStorage:
    return open_storage()


@pytest.fixture
def imported(storage: ZfsStorage, source: Path, clock: Clock) -> ZfsStorage:
    storage.import_release(wanted(clock), source, silent)
    return storage


@pytest.fixture
def workspace(imported: ZfsStorage, clock: Clock) -> Workspace:
    return opened(imported, imported.create(ID, SPEC, clock.now, silent))


@pytest.fixture
def clone(filesystem: str) -> str:
    """The filesystem of the workspace ID."""
    return f"{filesystem}/ws/alice/{naming.workspace_directory(ID)}"


@pytest.fixture
def stranger(filesystem: str, tmp_path: Path) -> Iterator[ZfsStranger]:
    """Somebody else who works on the pool."""
    found = ZfsStranger(filesystem, tmp_path / "elsewhere")
    yield found
    found.stop()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands that are run from now on."""
    started: list[Sequence[str]] = []
    popen = subprocess.Popen

    def counted(command: Sequence[str], **options: object) -> object:
        started.append(command)
        return popen(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", counted)
    return started
