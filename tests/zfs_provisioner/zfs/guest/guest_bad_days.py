"""A `zfs` that misbehaves, a pool that stops, a pool that is full: no loss and no false claim."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from tests_provisioner import INFO, Clock, Site, silent
from zfs_provisioner.errors import (
    ProvisionerError,
    StorageFullError,
    StorageUnavailableError,
)
from zfs_provisioner.model import CheckpointKind
from zfs_provisioner.residents import Kept, Resident
from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import ZfsCli
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_mounts import sources
from zfs_provisioner.storage.zfs_pool import Pool

from zfs_provisioner import naming

crashes = import_module("test_crashes")
Open = Callable[[], ZfsStorage]

# Obeys the file beside it: the verb that misbehaves, and how.
STUB = """#!/bin/sh
read -r verb how < {orders}
[ "$1" = "$verb" ] || exec {zfs} "$@"
case $how in
    hangs) exec sleep 60 ;;
    answers-rubbish) echo "rubbish" ;;
    fails-after-doing-it) {zfs} "$@"; exit 1 ;;
    succeeds-without-doing-it) ;;
esac
"""
VERBS = {
    "clone": "create",
    "snapshot": "checkpoint",
    "destroy": "restore",
    "rename": "trash",
    "set": "release",
}
MISBEHAVIOUR = [
    ("rename", "hangs"),
    ("list", "hangs"),
    ("list", "answers-rubbish"),
    ("get", "answers-rubbish"),
    *((verb, "fails-after-doing-it") for verb in VERBS),
    *((verb, "succeeds-without-doing-it") for verb in VERBS),
]

LOOKING = [(verb, how) for verb in ("program", "get") for how in ("hangs", "answers-rubbish")]


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that tells `zfs` how to misbehave."""
    orders, stub = tmp_path / "orders", tmp_path / "bin" / "zfs"
    stub.parent.mkdir()
    stub.write_text(STUB.format(orders=orders, zfs=shutil.which("zfs")))
    stub.chmod(0o755)
    orders.write_text("none none\n")
    monkeypatch.setenv("PATH", f"{stub.parent}:{os.environ['PATH']}")
    return orders


@pytest.mark.parametrize("change", [ZfsCli], indirect=True)
def test_a_zfs_that_misbehaves_is_not_believed(
    open_storage: Open,
    orders: Path,
    source: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each request is as it was promised, or refused with nothing lost; repeated it succeeds."""
    site = Site(open_storage(), clock, source)
    promises = {each: crashes.promised(crashes.Trial(site, each)) for each in {*VERBS.values()}}
    trials = {each: crashes.Trial(site, VERBS.get(each[0], "checkpoint")) for each in MISBEHAVIOUR}
    for trial in trials.values():
        trial.prepare()
    refused: dict[tuple[str, str], ProvisionerError] = {}
    for (verb, how), trial in trials.items():
        orders.write_text(f"{verb} {how}\n")
        with monkeypatch.context() as patched:
            if how == "hangs":
                patched.setattr(zfs_command, "TIMEOUT", 2.0)
            try:
                trial.request()
            except ProvisionerError as error:
                refused[verb, how] = error
    orders.write_text("none none\n")
    again = Site(open_storage(), clock)
    again.storage.reconcile()
    for case, trial in trials.items():
        trial.site = again
        promise = promises[trial.operation]
        if case in refused:
            crashes.assert_nothing_lost(trial, promise, case)
        else:
            crashes.assert_kept(trial, promise, case)
        trial.request()
        crashes.assert_kept(trial, promise, case)
    for case in MISBEHAVIOUR:
        if case[1] != "fails-after-doing-it":
            assert "`zpool status`" in refused[case].message
        if case[1] == "hangs":
            assert (refused[case].status, refused[case].retry) == (503, True)


def discarded(site: Site) -> Resident:
    """Put a workspace that was changed and kept into trash."""
    trial = crashes.Trial(site, "undelete")
    trial.prepare()
    (found,) = [each for each in site.storage.survey().residents if each.workspace.id == trial.id]
    assert found.workspace.trashed
    assert found.checkpoints
    return found


@pytest.mark.parametrize("change", [ZfsCli], indirect=True)
def test_what_a_zfs_that_misbehaves_says_of_destroying_is_not_believed(
    open_storage: Open,
    orders: Path,
    source: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site(open_storage(), clock, source)
    for how in ("hangs", "answers-rubbish", "succeeds-without-doing-it"):
        found = discarded(site)
        orders.write_text(f"program {how}\n")
        with monkeypatch.context() as patched:
            patched.setattr(zfs_command, "TIMEOUT", 5.0)
            with pytest.raises(ProvisionerError, match="`zpool status`"):
                site.storage.destroy([found])
            with pytest.raises(ProvisionerError, match="`zpool status`"):
                site.storage.destroy_checkpoints(*kept_automatically(site))
        orders.write_text("none none\n")
        assert found in site.storage.survey().residents
        assert site.storage.find(found.workspace.id, found.workspace.spec.owner)
        assert site.storage.destroy([found]) == []
    found, (live, those) = discarded(site), kept_automatically(site)
    orders.write_text("program fails-after-doing-it\n")
    assert site.storage.destroy([found]) == []
    assert site.storage.destroy_checkpoints(live, those) == those
    assert site.storage.find(found.workspace.id, found.workspace.spec.owner) is None
    for verb, how in LOOKING:
        orders.write_text(f"{verb} {how}\n")
        with monkeypatch.context() as patched:
            patched.setattr(zfs_command, "TIMEOUT", 2.0)
            with pytest.raises(ProvisionerError, match="`zpool status`"):
                site.storage.look_closer([live])
    for how in ("hangs", "answers-rubbish"):
        orders.write_text(f"list {how}\n")
        with monkeypatch.context() as patched:
            patched.setattr(zfs_command, "TIMEOUT", 2.0)
            with pytest.raises(ProvisionerError, match="`zpool status`"):
                site.storage.survey()


def kept_automatically(site: Site) -> tuple[Resident, list[Kept]]:
    """Make a workspace with an automatic checkpoint that is no base."""
    trial = crashes.Trial(site, "checkpoint")
    trial.create()
    found = site.workspaces.get(trial.id, crashes.OWNER)
    name = naming.format_checkpoint(CheckpointKind.AUTO, site.clock.now, 1)
    site.storage.take_checkpoint(found, name)
    (live,) = [each for each in site.storage.survey().residents if each.workspace.id == trial.id]
    return live, [*live.checkpoints]


class SmallPool:
    """A pool of its own, whose disk is a file that may grow as far as a tmpfs lets it."""

    def __init__(self, directory: Path, disk: str) -> None:
        self.disk = directory / "disk"
        self.disk.mkdir()
        self._run("mount", "-t", "tmpfs", "-o", f"size={disk}", "small", str(self.disk))
        image = self.disk / "image"
        self._run("truncate", "-s", "96M", str(image))
        self._run("zpool", "create", "-O", "mountpoint=none", "small", str(image))
        self._run("zfs", "create", "small/root")
        self.mounts = directory / "mounts"

    def open(self) -> ZfsStorage:
        return ZfsStorage(Pool("small/root"), self.mounts, LibZfsCore())

    def state(self) -> str:
        return Path("/proc/spl/kstat/zfs/small/state").read_text().strip()

    def wait_until(self, state: str) -> None:
        end = time.monotonic() + 60
        while self.state() != state:
            assert time.monotonic() < end, f"the pool is {self.state()}"
            time.sleep(0.2)

    @property
    def _repair(self) -> str:
        return f"mount -o remount,size=200M {self.disk} && zpool clear small"

    @contextmanager
    def suspended(self, place: Path) -> Iterator[None]:
        """Write more than the disk takes, and repair the pool after the block.

        A verb that waits for the pool in the block would wait for ever, so it is repaired after a
        minute all the same.
        """
        with (
            subprocess.Popen(["sh", "-c", f"sleep 60; {self._repair}"]) as late,
            subprocess.Popen(["dd", "if=/dev/urandom", f"of={place}", "bs=1M", "count=30"]),
        ):
            self.wait_until("SUSPENDED")
            yield
            self.repair()
            late.kill()

    def repair(self) -> None:
        """Give the disk room, and let a pool that stopped go on."""
        self._run("sh", "-c", self._repair)
        self.wait_until("ONLINE")

    def close(self) -> None:
        self.repair()
        for place in sorted(sources(), key=len, reverse=True):
            if Path(place).is_relative_to(self.mounts):
                self._run("umount", place)
        self._run("zpool", "destroy", "small")
        self._run("umount", str(self.disk))

    @staticmethod
    def _run(*command: str) -> None:
        subprocess.run(command, check=True, timeout=60, capture_output=True)


@pytest.fixture
def small_pool(tmp_path: Path) -> Iterator[Callable[[str], SmallPool]]:
    with ExitStack() as stack:

        def make(disk: str) -> SmallPool:
            made = SmallPool(tmp_path, disk)
            stack.callback(made.close)
            return made

        yield make


def test_a_suspended_pool_is_answered_at_once_and_goes_on(
    small_pool: Callable[[str], SmallPool], source: Path, clock: Clock
) -> None:
    """The disk takes no more blocks, so ZFS waits for a repair; commands on the pool would too."""
    pool = small_pool("24M")
    site = Site(pool.open(), clock, source)
    trial, other = crashes.Trial(site, "checkpoint"), crashes.Trial(site, "create")
    trial.prepare()
    path = Path(site.workspaces.get(trial.id, crashes.OWNER).path)
    asks: list[Callable[[], object]] = [
        other.request,
        trial.request,
        trial.trash,
        trial.release,
        trial.restore,
        trial.publish,
        site.workspaces.all,
        site.archive.datasets,
        lambda: site.archive.import_release("obs", "2", INFO, source, silent),
        lambda: site.workspaces.usage(trial.id, crashes.OWNER),
        lambda: site.workspaces.allowance(crashes.OWNER),
        site.storage.survey,
        lambda: site.storage.destroy([]),
        lambda: site.storage.write_memo("later"),
        site.storage.capabilities,
        site.storage.refuse_if_unavailable,
        site.storage.reconcile,
        pool.open,
    ]
    with pool.suspended(path / "large"):
        start = time.monotonic()
        for ask in asks:
            with pytest.raises(StorageUnavailableError, match=r"is SUSPENDED.*repeat the request"):
                ask()
        assert time.monotonic() - start < 5
    other.request()
    trial.request()
    kept = site.checkpoints.of(trial.id, crashes.OWNER)
    assert len(kept) == 2
    found = site.workspaces.get(trial.id, crashes.OWNER)
    with site.storage.reading(found, kept[-1].name) as tree:
        assert (tree / "large").stat().st_size == 30 * 1024**2
    assert site.archive.verify("obs", "1").intact


# What an operator does about a full pool, as the page on storage says.
MAKE_ROOM = {
    "freeing": ["destroy", "small/filler"],
    "ballast": ["set", "refreservation=none", "small/root/ballast"],
}


@pytest.mark.parametrize("way", MAKE_ROOM)
def test_a_full_pool_refuses_and_goes_on_when_there_is_space(
    way: str, small_pool: Callable[[str], SmallPool], source: Path, clock: Clock, tmp_path: Path
) -> None:
    pool = small_pool("200M")
    ballast = ["zfs", "create", "-o", "refreservation=20M", "small/root/ballast"]
    subprocess.run(ballast, check=True)
    site = Site(pool.open(), clock, source)
    trials = [crashes.Trial(site, each) for each in ("create", "checkpoint", "branch", "publish")]
    promises = [crashes.promised(crashes.Trial(site, each.operation)) for each in trials]
    for trial in trials:
        trial.prepare()
    fill(tmp_path / "filler")
    for trial in trials:
        with pytest.raises(StorageFullError, match=r"The pool is full .* Free space"):
            trial.request()
    with pytest.raises(StorageFullError):
        site.archive.import_release("other", "1", INFO, source, silent)
    subprocess.run(["zfs", *MAKE_ROOM[way]], check=True)
    subprocess.run(["zpool", "sync", "small"], check=True)
    again = Site(pool.open(), clock)
    again.storage.reconcile()
    for trial, promise in zip(trials, promises, strict=True):
        trial.site = again
        crashes.assert_nothing_lost(trial, promise, trial.operation)
        trial.request()
        crashes.assert_kept(trial, promise, trial.operation)
    again.archive.import_release("other", "1", INFO, source, silent)


def test_what_is_in_trash_goes_from_a_full_pool(
    small_pool: Callable[[str], SmallPool],
    source: Path,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = small_pool("200M")
    site = Site(pool.open(), clock, source)
    first, second = discarded(site), discarded(site)
    fill(tmp_path / "filler")
    with pytest.raises(StorageFullError):
        crashes.Trial(site, "create").request()
    assert site.storage.destroy([first]) == []

    # With less than a quarter of what ZFS keeps back for itself, it runs no program at all.
    def refused(pool: str, _script: str, _argument: str) -> str:
        raise ZfsError(Reason.OTHER, "zfs program", "Could not open pool", pool)

    with monkeypatch.context() as patched:
        patched.setattr(LibZfsCore, "program", lambda _self, *arguments: refused(*arguments))
        with pytest.raises(StorageFullError, match="refreservation=none small/root/ballast"):
            site.storage.destroy([second])
    with monkeypatch.context() as patched:
        patched.setattr(LibZfsCore, "program", lambda *_arguments: "refused:28")
        with pytest.raises(StorageFullError, match="refreservation=none small/root/ballast"):
            site.storage.destroy([second])
    assert site.storage.destroy([second]) == []


def fill(place: Path) -> None:
    """Let somebody else fill the pool until it takes no more."""
    place.mkdir()
    subprocess.run(["zfs", "create", "-o", f"mountpoint={place}", "small/filler"], check=True)
    for number, size in enumerate([1_000_000, 1_000_000, 100_000, 100_000, 10_000, 10_000]):
        try:
            with (place / str(number)).open("wb") as file:
                while True:
                    file.write(os.urandom(size))
                    file.flush()
        except OSError:
            subprocess.run(["zpool", "sync", "small"], check=True)
