"""Real filesystems to keep workspaces on, and data to put there."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests_filesystems import NotHereError, mounted
from tests_model import ModelStorage
from tests_model_pool import ModelPool
from tests_strangers import Stranger, stranger_to
from zfs_provisioner.archive import Archive
from zfs_provisioner.checkpoints import Checkpoints
from zfs_provisioner.custody import Custody
from zfs_provisioner.journal import Event
from zfs_provisioner.model import DatasetInfo, DatasetName, NewRelease, Progress, ReleaseName
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.protocol import Storage
from zfs_provisioner.workspaces import Workspaces

INFO = DatasetInfo(title="A test observation", telescope="VLA")


class Clock:
    """A time that only the test moves.

    Attributes
    ----------
    steady
        Seconds of a clock that nobody sets.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.steady = 0.0

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.steady += seconds

    def jump(self, seconds: float) -> None:
        """Be set, forward or back."""
        self.now += timedelta(seconds=seconds)


def wanted(clock: Clock, release: str = "1", info: DatasetInfo = INFO) -> NewRelease:
    """Ask for a release of the dataset `obs`."""
    return NewRelease(
        dataset=DatasetName("obs"), name=ReleaseName(release), info=info, created=clock.now
    )


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
    with ExitStack() as mounts:

        def mounted_at(kind: str, size: str) -> Path:
            try:
                return mounts.enter_context(mounted(kind, size, tmp_path))
            except NotHereError as reason:
                pytest.skip(str(reason))

        yield mounted_at


@pytest.fixture(params=["model", "here", "ext4", "btrfs", "xfs"])
def kind(request: pytest.FixtureRequest) -> str:
    """The model, this machine's own filesystem, or one of three made for the test."""
    return str(request.param)


@pytest.fixture
def root(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A storage root."""
    if kind in {"model", "here"}:
        return tmp_path / "root"
    mount: Mount = request.getfixturevalue("mount")
    return mount(kind, "400M") / "root"


OpenStorage = Callable[[], Storage]


@pytest.fixture
def open_storage(kind: str, root: Path) -> OpenStorage:
    """Open the root as a provisioner that starts does, as often as wanted."""
    if kind == "model":
        pool = ModelPool(root)
        return lambda: ModelStorage(pool)
    return lambda: DirectoryStorage(root)


@pytest.fixture
def storage(open_storage: OpenStorage) -> Storage:
    return open_storage()


@pytest.fixture
def stranger(storage: Storage, root: Path) -> Iterator[Stranger]:
    """Somebody else who works on the storage."""
    with stranger_to(storage, root) as found:
        yield found


class Site:
    """Archive and workspaces over one storage, with what it holds or a new release `obs@1`."""

    def __init__(self, storage: Storage, clock: Clock, source: Path | None = None) -> None:
        self.storage, self.clock = storage, clock
        self.journal: list[Event] = []
        self.archive = Archive(storage, clock, self.journal.append)
        self.custody = Custody(storage, clock, self.journal.append)
        self.workspaces = Workspaces(self.custody, self.archive)
        self.checkpoints = Checkpoints(self.custody, self.archive)
        if source is not None:
            self.archive.import_release("obs", "1", INFO, source, silent)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The root of `site`."""
    return tmp_path / "plain"


@pytest.fixture
def site(plain: Path, clock: Clock, source: Path) -> Site:
    return Site(DirectoryStorage(plain), clock, source)
