"""Real filesystems to keep workspaces on, and data to put there."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from zfs_provisioner.archive import Archive
from zfs_provisioner.model import DatasetInfo, Progress
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.workspaces import Workspaces

INFO = DatasetInfo(title="A test observation", telescope="VLA")


class Clock:
    """A time that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def silent(_progress: Progress) -> None:
    """Report to nobody."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory shaped like a MeasurementSet's parent."""
    directory = tmp_path / "observation"
    table = directory / "obs.ms"
    (table / "ANTENNA").mkdir(parents=True)
    (table / "table.dat").write_bytes(b"main table")
    (table / "table.f1").write_bytes(os.urandom(300_000))
    (table / "ANTENNA" / "table.dat").write_bytes(b"antennas")
    (directory / "notes.txt").write_text("flag antenna 7\n")
    return directory


Mount = Callable[[str, str], Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mount a fresh filesystem of a type and size; skip where the machine cannot."""
    mounted: list[Path] = []

    def mounted_at(kind: str, size: str) -> Path:
        if os.geteuid():
            pytest.skip(f"mounting {kind} needs root")
        place = tmp_path / f"mounted-{kind}"
        place.mkdir()
        if kind == "tmpfs":
            command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
        else:
            maker = shutil.which(f"mkfs.{kind}")
            if maker is None:
                pytest.skip(f"mkfs.{kind} is missing: apt-get install {kind}progs")
            image = tmp_path / f"{kind}.img"
            subprocess.run(["truncate", "-s", size, image], check=True)
            subprocess.run([maker, "-q", image], check=True, capture_output=True)
            command = ["mount", "-o", "loop", str(image), str(place)]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            pytest.skip(f"{kind} cannot be mounted here: {answer.stderr.strip()}")
        mounted.append(place)
        return place

    yield mounted_at
    for place in reversed(mounted):
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture(params=["here", "btrfs", "xfs"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A storage root on this machine's own filesystem, on btrfs and on XFS."""
    kind: str = request.param
    if kind == "here":
        return tmp_path / "root"
    mount: Mount = request.getfixturevalue("mount")
    return mount(kind, "400M") / "root"


@pytest.fixture
def storage(root: Path) -> DirectoryStorage:
    root.mkdir()
    return DirectoryStorage(root)


class Site:
    """Archive and workspaces over one storage, with one release `obs@1` in it."""

    def __init__(self, storage: DirectoryStorage, clock: Clock, source: Path) -> None:
        self.storage, self.clock = storage, clock
        self.archive = Archive(storage, clock)
        self.workspaces = Workspaces(storage, self.archive, clock)
        self.archive.import_release("obs", "1", INFO, source, silent)


@pytest.fixture
def site(tmp_path: Path, clock: Clock, source: Path) -> Site:
    root = tmp_path / "plain"
    root.mkdir()
    return Site(DirectoryStorage(root), clock, source)
