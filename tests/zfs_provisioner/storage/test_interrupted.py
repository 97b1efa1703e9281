"""Whatever is interrupted is whole or not there after the next start."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests_provisioner import Clock, Mount, Site, silent, wanted
from zfs_provisioner.errors import StorageFullError
from zfs_provisioner.model import CheckpointKind, DatasetName, Progress
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.directory_places import Root


class Interrupt(BaseException):
    """Like a kill: no handler of errors sees it as one."""


def interrupting(_progress: Progress) -> None:
    raise Interrupt


def hidden(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".*") if path.name != ".lock"]


def test_an_interrupted_import_leaves_nothing(
    site: Site, plain: Path, source: Path, clock: Clock
) -> None:
    asked = replace(wanted(clock), dataset=DatasetName("other"))
    with pytest.raises(Interrupt):
        site.storage.import_release(asked, source, interrupting)
    assert [each.name for each in site.storage.datasets()] == ["obs"]
    assert hidden(plain) == []


@pytest.mark.parametrize("rename", [1, 2, 3])
def test_a_restore_cut_off_at_any_rename_ends_old_or_new(
    site: Site, plain: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, rename: int
) -> None:
    """The three renames: built → incoming, live → replaced, incoming → live."""
    made = site.workspaces.ensure_created(
        "0f5f2f2e-9d2f-4f65-9b0c-0a4f5b8f9a11",
        owner="alice",
        dataset="obs",
        release="1",
        name="x",
        report=silent,
    )
    live = Path(made.path)
    old = trees.digest(live)
    site.storage.take_checkpoint(made, format_checkpoint(CheckpointKind.USER, clock.now, 1))
    (live / "notes.txt").write_text("changed")
    changed = trees.digest(live)
    renames = 0
    original = Path.rename

    def cut_off(path: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == rename:
            raise Interrupt
        return original(path, target)

    monkeypatch.setattr(Path, "rename", cut_off)
    monkeypatch.setattr(Root, "removed_on_failure", _no_clean_up)
    with pytest.raises(Interrupt):
        site.storage.restore(made, site.storage.checkpoints(made)[0], (), silent)
    monkeypatch.undo()

    again = DirectoryStorage(plain)
    assert again.reconcile()
    assert again.reconcile() == []
    assert trees.digest(live) == (old if rename == 3 else changed)
    assert hidden(plain) == []


def _no_clean_up(_self: Root, _tree: Path) -> "NoCleanUp":
    return NoCleanUp()


class NoCleanUp:
    """What SIGKILL does: the block ends and nothing is tidied."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_args: object) -> None:
        pass


KILLED = """
import datetime, sys
from pathlib import Path
from zfs_provisioner.model import DatasetInfo, DatasetName, NewRelease, ReleaseName
from zfs_provisioner.storage.directory import DirectoryStorage
def report(progress):
    if progress.done:
        print("copying", flush=True)
        sys.stdin.read()
wanted = NewRelease(
    dataset=DatasetName("killed"), name=ReleaseName("1"), info=DatasetInfo(title="t"),
    created=datetime.datetime.now(datetime.UTC))
DirectoryStorage(Path(sys.argv[1])).import_release(wanted, Path(sys.argv[2]), report)
"""


def test_a_process_killed_while_it_copies_leaves_an_archive_that_works(
    site: Site, plain: Path, source: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(plain), str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"copying\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert hidden(plain) != []
    again = DirectoryStorage(plain)
    assert len(again.reconcile()) == 1
    assert hidden(plain) == []
    assert [each.name for each in again.datasets()] == ["obs"]


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    mount: Mount, source: Path, clock: Clock
) -> None:
    root = mount("tmpfs", "1M") / "root"
    root.mkdir()
    storage = DirectoryStorage(root)
    (source / "large").write_bytes(os.urandom(2_000_000))
    with pytest.raises(StorageFullError, match=r"2 MB are needed .* Free space"):
        storage.import_release(wanted(clock), source, silent)
    assert storage.datasets() == []
    assert hidden(root) == []
    (source / "large").unlink()
    storage.import_release(wanted(clock), source, silent)
    assert len(storage.datasets()) == 1
